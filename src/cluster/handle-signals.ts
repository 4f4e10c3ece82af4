import type { EventEmitter } from 'node:events';
import { isatty } from 'node:tty';
import type { Supervisor } from './supervisor.js';

/** npm hands Ctrl-C on to a process that the terminal has told already: within this time it is the same one. */
const ECHO_MS = 1_000;
const STDIN = 0;

/**
 * SIGTERM and SIGINT stop the workers, a second one kills them, SIGHUP replaces them one by one.
 *
 * @param source process, which emits signals by name
 * @param hasTerminal whether standard input is a terminal that is still there
 */
export function handleSignals(
  supervisor: Pick<Supervisor, 'stop' | 'kill' | 'restart'>,
  source: EventEmitter = process,
  hasTerminal: () => boolean = () => isatty(STDIN),
): void {
  const hadTerminal = hasTerminal();
  let stoppedAt: number | undefined;
  const end = (): void => {
    stoppedAt ??= performance.now();
    if (performance.now() - stoppedAt < ECHO_MS) supervisor.stop();
    else supervisor.kill();
  };
  source.on('SIGTERM', end);
  source.on('SIGINT', end);
  source.on('SIGHUP', () => {
    // The signal has two meanings; whoever closes the terminal window does not want the gateway to go on without it.
    if (hadTerminal && !hasTerminal()) end();
    else void supervisor.restart();
  });
}
