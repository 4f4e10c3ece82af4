import { Injectable } from '@nestjs/common';
import { Environment } from '../config/environment.js';
import { GatewayError } from '../errors/gateway-error.js';

/** How a request was admitted. */
export interface Admission {
  /** true: it may run. A promise: it waits; resolves with whether it may run, false when it has left; rejects when it is refused. */
  readonly entered: true | Promise<boolean>;
  /** To be called when all is over for the request, whatever state it is in; each further call does nothing. */
  readonly leave: () => void;
}

interface Waiting {
  admit: () => void;
  refuse: (error: GatewayError) => void;
}

/**
 * Bounds how many answers run at the same time: MAX_IN_FLIGHT run, QUEUE_LIMIT wait for QUEUE_TIMEOUT_MS, first come first
 * served, and the rest is refused.
 */
@Injectable()
export class InFlightLimiter {
  private readonly queue = new Set<Waiting>();
  private readonly limits: Pick<Environment, 'MAX_IN_FLIGHT' | 'QUEUE_LIMIT' | 'QUEUE_TIMEOUT_MS'>;
  private runningCount = 0;
  private admissions = 0;
  private closed: GatewayError | null = null;

  constructor(environment: Environment) {
    this.limits = environment;
  }

  /** How many run. */
  get running(): number {
    return this.runningCount;
  }

  /** How many wait. */
  get waiting(): number {
    return this.queue.size;
  }

  /** How many have not left: they run, wait, or were refused while they waited. */
  get size(): number {
    return this.admissions;
  }

  /** @throws GatewayError (503) when there is room neither to run nor to wait */
  enter(): Admission {
    const { MAX_IN_FLIGHT: limit, QUEUE_LIMIT } = this.limits;
    if (limit > 0 && this.runningCount >= limit) {
      if (this.closed) throw this.closed;
      if (this.queue.size >= QUEUE_LIMIT) throw new GatewayError('overloaded');
      return this.wait();
    }
    return this.run();
  }

  /** Refuses those who wait, and lets nobody wait any more. */
  close(error: GatewayError): void {
    this.closed = error;
    for (const waiting of this.queue) waiting.refuse(error);
  }

  private run(): Admission {
    this.runningCount++;
    this.admissions++;
    let hasLeft = false;
    const leave = (): void => {
      if (hasLeft) return;
      hasLeft = true;
      this.admissions--;
      this.free();
    };
    return { entered: true, leave };
  }

  private wait(): Admission {
    this.admissions++;
    let state: 'waiting' | 'running' | 'refused' | 'left' = 'waiting';
    let resolve!: (isAdmitted: boolean) => void;
    let reject!: (error: GatewayError) => void;
    const entered = new Promise<boolean>((...settlers) => {
      [resolve, reject] = settlers;
    });
    const settle = (next: typeof state): void => {
      state = next;
      clearTimeout(timer);
      this.queue.delete(waiting);
    };
    const waiting: Waiting = {
      admit: () => {
        settle('running');
        this.runningCount++;
        resolve(true);
      },
      refuse: (error) => {
        settle('refused');
        reject(error);
      },
    };
    const timer = setTimeout(() => {
      waiting.refuse(new GatewayError('overloaded'));
    }, this.limits.QUEUE_TIMEOUT_MS);
    const leave = (): void => {
      if (state === 'left') return;
      const before = state;
      settle('left');
      this.admissions--;
      if (before === 'running') this.free();
      else resolve(false);
    };
    this.queue.add(waiting);
    return { entered, leave };
  }

  /** Admits whoever has waited longest at once: nobody who comes meanwhile can get ahead. */
  private free(): void {
    this.runningCount--;
    const [next] = this.queue;
    next?.admit();
  }
}
