import { Injectable } from '@nestjs/common';
import { Environment } from '../config/environment.js';
import { GatewayError } from '../errors/gateway-error.js';

/** How a request was admitted. */
export interface Admission {
  /** true: it may run. A promise: it is queued; resolves with true when it may run, false when it has left; rejects when it is refused. */
  readonly entered: true | Promise<boolean>;
  /** Releases the slot or the place in the queue; idempotent. */
  readonly leave: () => void;
}

interface Waiting {
  admit: () => void;
  refuse: (error: GatewayError) => void;
}

/**
 * The concurrency limit: MAX_IN_FLIGHT requests run, QUEUE_LIMIT wait in a FIFO queue for up to QUEUE_TIMEOUT_MS, further ones are
 * rejected.
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

  /** Rejects all queued requests, and queues none from now on. */
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

  /** Hands the slot over synchronously, so that a new request cannot overtake the queue. */
  private free(): void {
    this.runningCount--;
    const [next] = this.queue;
    next?.admit();
  }
}
