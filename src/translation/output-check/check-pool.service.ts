import { createHash } from 'node:crypto';
import { createRequire } from 'node:module';
import { availableParallelism } from 'node:os';
import { Injectable, type OnApplicationShutdown } from '@nestjs/common';
import type { Piscina } from 'piscina';
import { Environment } from '../../config/environment.js';
import { Semaphore } from './semaphore.js';
import type { Verdict } from './verdict.js';

const load = createRequire(import.meta.url);

const WORKER = new URL('./check-text.worker.mjs', import.meta.url).href;
/** Two where they leave a core to the event loop. */
const THREADS = Math.max(1, Math.min(2, availableParallelism() - 1));
const MAX_WAITING = 1_000;
const MAX_TEXT_CHARACTERS = 16_777_216;
/** Deeply nested text takes a deep stack: tens of thousands of levels fit. */
const LIMITS = { maxOldGenerationSizeMb: 192, maxYoungGenerationSizeMb: 32, stackSizeMb: 16 };
const IDLE_MS = 60_000;
const OVERRUN: Verdict = { kind: 'overrun' };
const MAX_SUSPECTS = 500;
const SUSPECT_FOR_MS = 60_000;

/**
 * Runs the checks of texts against callers' schemas in threads beside the event loop. A check that is not done by its deadline is
 * given up, along with its thread.
 */
@Injectable()
export class CheckPool implements OnApplicationShutdown {
  private pool: Piscina | null = null;
  private readonly threads = new Semaphore(THREADS, MAX_WAITING);
  /** Schemas whose checks were given up, and until when they are not tried again: others wait for the same threads. */
  private readonly suspects = new Map<string, number>();

  constructor(private readonly environment: Environment) {}

  /**
   * @param schema as JSON
   * @param signal the check is no longer wanted
   */
  async check(schema: string, text: string, signal: AbortSignal): Promise<Verdict> {
    const { STRICT_OUTPUT_TIMEOUT_MS: limit } = this.environment;
    if (text.length > MAX_TEXT_CHARACTERS || this.isSuspect(schema)) return OVERRUN;
    if (!(await withDeadline(signal, limit, (due) => this.threads.acquire(due)))) return OVERRUN;
    try {
      // Another check of it may have been given up in the meantime.
      if (this.isSuspect(schema)) return OVERRUN;
      this.pool ??= open();
      const { pool } = this;
      return await withDeadline(
        signal,
        limit,
        (due) => pool.run({ schema, text }, { signal: due }) as Promise<Verdict>,
      );
    } catch {
      if (!signal.aborted) this.suspect(schema);
      return OVERRUN;
    } finally {
      this.threads.release();
    }
  }

  async onApplicationShutdown(): Promise<void> {
    await this.pool?.destroy();
  }

  private isSuspect(schema: string): boolean {
    const until = this.suspects.size === 0 ? undefined : this.suspects.get(hash(schema));
    return until !== undefined && performance.now() < until;
  }

  private suspect(schema: string): void {
    this.suspects.set(hash(schema), performance.now() + SUSPECT_FOR_MS);
    const [oldest] = this.suspects.keys();
    if (this.suspects.size > MAX_SUSPECTS && oldest !== undefined) this.suspects.delete(oldest);
  }
}

/** The queue is ours: Piscina's own forgets tasks that wait for a thread which is then terminated. */
function open(): Piscina {
  const { Piscina } = load('piscina') as typeof import('piscina');
  return new Piscina({
    filename: WORKER,
    minThreads: 0,
    maxThreads: THREADS,
    idleTimeout: IDLE_MS,
    resourceLimits: LIMITS,
    recordTiming: false,
    execArgv: [],
    // Where the system lets it: the event loop goes first.
    niceIncrement: 10,
  });
}

function hash(schema: string): string {
  return createHash('sha256').update(schema).digest('base64');
}

/**
 * Runs `work` with a signal that is aborted along with `outer`, or when the time is over. With a timer of its own: Node 20 may collect the
 * signals of AbortSignal.any and AbortSignal.timeout before they fire.
 */
async function withDeadline<T>(
  outer: AbortSignal,
  milliseconds: number,
  work: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const inner = new AbortController();
  const abort = (): void => {
    inner.abort();
  };
  if (outer.aborted) abort();
  outer.addEventListener('abort', abort, { once: true });
  const timer = setTimeout(abort, milliseconds);
  try {
    return await work(inner.signal);
  } finally {
    clearTimeout(timer);
    outer.removeEventListener('abort', abort);
  }
}
