import { setTimeout as pause } from 'node:timers/promises';

const LOOK_AGAIN_MS = 5;

/** Waits for what no event tells of; the time limit of the test is the limit. */
export async function until(isSo: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await isSo())) await pause(LOOK_AGAIN_MS);
}
