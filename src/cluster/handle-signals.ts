import type { EventEmitter } from 'node:events';
import { isatty } from 'node:tty';
import { endingSignals } from '../ending-signals.js';
import type { Supervisor } from './supervisor.js';

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
  const end = endingSignals(
    () => {
      supervisor.stop();
    },
    () => {
      supervisor.kill();
    },
  );
  source.on('SIGTERM', end);
  source.on('SIGINT', end);
  source.on('SIGHUP', () => {
    // The signal has two meanings; whoever closes the terminal window does not want the gateway to go on without it.
    if (hadTerminal && !hasTerminal()) end('SIGHUP');
    else void supervisor.restart();
  });
}
