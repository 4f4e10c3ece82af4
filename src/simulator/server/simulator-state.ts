import { PromptCache } from '../engine/prompt-cache.js';
import { type Random, seededRandom } from '../engine/seeded-random.js';
import type { SimulatorOptions } from '../simulator-options.js';
import { newStats, type SimulatorStats } from '../simulator-stats.js';

/** A request as it came in, for tests that look at what a client sends. */
export interface RecordedRequest {
  method: string;
  path: string;
  headers: Record<string, string | string[] | undefined>;
  body: unknown;
}

/** What one simulated server holds between requests. */
export interface SimulatorState {
  options: SimulatorOptions;
  stats: SimulatorStats;
  requests: RecordedRequest[];
  promptCache: PromptCache;
  /** Decides which requests fail. */
  failures: Random;
  readyAt: number;
  sleeping: boolean;
}

/** A server that has just been launched. */
export function newState(options: SimulatorOptions): SimulatorState {
  return {
    options,
    stats: newStats(),
    requests: [],
    promptCache: new PromptCache(),
    failures: seededRandom(options.seed),
    readyAt: Date.now() + options.startupDuration,
    sleeping: false,
  };
}
