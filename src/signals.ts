import type { EventEmitter } from 'node:events';
import { writeSync } from 'node:fs';
import { constants } from 'node:os';
import type { WatchedFiles } from './reload/watched-files.service.js';

/** npm hands on what its child has got already, from the terminal or a service manager: within this time it is the same signal. */
const ECHO_MS = 200;
/** What a shell adds to the number of the signal that has ended a process. */
const SIGNALLED = 128;

/** A second signal to end does not wait for the answers that the first waits for. @param source process, which emits signals by name */
export function exitOnSecondSignal(
  source: EventEmitter = process,
  exit: (code: number) => void = (code) => process.exit(code),
): void {
  let first: { name: NodeJS.Signals; at: number } | null = null;
  const end = (name: NodeJS.Signals): void => {
    const at = performance.now();
    if (!first) first = { name, at };
    else if (name !== first.name || at - first.at >= ECHO_MS) exit(SIGNALLED + constants.signals[name]);
  };
  source.on('SIGTERM', end).on('SIGINT', end);
}

/**
 * A window that is closed sends SIGHUP too, and would leave behind a process that holds the port: that one ends as usual.
 *
 * @param die ends this process as the signal does where nobody listens for it
 */
export function reloadOnHangup(
  files: Pick<WatchedFiles, 'reload'>,
  source: EventEmitter = process,
  hasLostTerminal: () => boolean = isTerminalGone,
  die: () => void = dieOfHangup,
): void {
  const take = (): void => {
    if (!hasLostTerminal()) {
      files.reload();
      return;
    }
    source.off('SIGHUP', take);
    die();
  };
  source.on('SIGHUP', take);
}

function isTerminalGone(): boolean {
  if (!process.stdout.isTTY) return false;
  try {
    writeSync(process.stdout.fd, '');
    return false;
  } catch {
    return true;
  }
}

/** process.exit() would abort: Node resets the terminal, and there is none. */
function dieOfHangup(): void {
  process.kill(process.pid, 'SIGHUP');
}
