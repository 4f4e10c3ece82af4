import { readVariables } from './read-variables.js';
import { readWorkerCount } from './worker-count.js';
import { isWorker } from './worker-variables.js';

/** `single` serves alone, a `primary` runs `worker`s that do. */
export type ProcessRole = 'single' | 'primary' | 'worker';

export function readProcessRole(): ProcessRole {
  if (isWorker()) return 'worker';
  const workers = readWorkerCount(readVariables().WORKERS ?? '');
  // What is not a number is no different: starting alone ends with the message that says so.
  return workers > 1 ? 'primary' : 'single';
}
