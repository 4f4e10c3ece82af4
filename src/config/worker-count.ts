import { availableParallelism } from 'node:os';

/** More is a slip of the keyboard rather than a wish. */
export const MAX_WORKERS = 1024;

/**
 * Reads WORKERS.
 *
 * @returns the number of processes, for `auto` that of the processors this process may use; NaN for anything else
 */
export function readWorkerCount(text: string): number {
  const wish = text.trim();
  if (/^auto$/i.test(wish)) return availableParallelism();
  return /^\d+$/.test(wish) ? Number(wish) : NaN;
}
