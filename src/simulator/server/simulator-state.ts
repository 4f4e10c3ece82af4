import { type Random, seededRandom } from '../script/seeded-random.js';
import type { WriteText } from '../script/write-text.js';
import type { SimulatorOptions } from '../simulator-options.js';

/** What a simulator has served so far. */
export interface SimulatorStats {
  /** Chat completion requests. */
  chats: number;
  /** Requests being served now. */
  active: number;
  /** Answers that were sent to their end. */
  completed: number;
  /** Requests whose client went away before that. */
  aborted: number;
  /** Faults that were injected. */
  faults: number;
  /** Tokens handed to clients. */
  tokens: number;
}

/** What one simulated server holds between requests. */
export interface SimulatorState {
  options: SimulatorOptions;
  write: WriteText;
  stats: SimulatorStats;
  /** Decides which requests fail. */
  failures: Random;
  /** performance.now() */
  readyAt: number;
}

/** A server that has just been launched. */
export function newState(options: SimulatorOptions, write: WriteText): SimulatorState {
  return {
    options,
    write,
    stats: { chats: 0, active: 0, completed: 0, aborted: 0, faults: 0, tokens: 0 },
    failures: seededRandom(options.seed),
    readyAt: performance.now() + options.startupDuration,
  };
}
