import type { HeldLease, Lease } from './lease.js';

/** Parts of its time after which it is renewed, and after which that is tried again. */
const RENEWED = 1 / 3;
const TRIED_AGAIN = 1 / 9;

/** A lease that is renewed until it is released or lost. */
export interface LeaseHold {
  /** Aborted when it was lost: another may have it. */
  readonly lost: AbortSignal;
  /**
   * Leaves it to its holder, who acquires it once more elsewhere. It is renewed until it was released there, or taken by another.
   *
   * @param forMs how long at most
   */
  handOver(forMs: number): void;
  /** Gives it back, once. A lease that cannot be given back ends by itself. */
  release(): Promise<void>;
}

/**
 * Acquires a lease and renews it.
 *
 * @param forMs how long it outlives this process
 * @param holder who holds it; absent: nobody that could come again
 * @returns null where another holds it
 * @throws GatewayError `store_unavailable`
 */
export async function holdLease(
  lease: Lease,
  name: string,
  forMs: number,
  holder?: string,
): Promise<LeaseHold | null> {
  const askedAt = performance.now();
  const held = await lease.acquire(name, forMs, holder);
  return held && new RenewedLease(held, forMs, askedAt);
}

class RenewedLease implements LeaseHold {
  private readonly loss = new AbortController();
  private renewal: NodeJS.Timeout | undefined;
  private deadline: NodeJS.Timeout | undefined;
  private isOver = false;
  /** Once it was handed over: until when it is renewed. */
  private leftUntil: number | null = null;

  /** @param askedAt time of the question, not of the answer: the other side counts from somewhere between them */
  constructor(
    private readonly held: HeldLease,
    private readonly forMs: number,
    askedAt: number,
  ) {
    this.extend(askedAt);
    this.schedule(RENEWED);
  }

  get lost(): AbortSignal {
    return this.loss.signal;
  }

  handOver(forMs: number): void {
    this.leftUntil ??= performance.now() + forMs;
  }

  async release(): Promise<void> {
    if (this.isOver || this.leftUntil !== null) return;
    this.end();
    await this.held.release().catch(() => undefined);
  }

  private schedule(part: number): void {
    this.renewal = setTimeout(() => void this.renew(), this.forMs * part).unref();
  }

  private async renew(): Promise<void> {
    const askedAt = performance.now();
    if (this.leftUntil !== null && askedAt >= this.leftUntil) {
      this.end();
      return;
    }
    // null: nobody knows.
    const isHeld = await this.held.renew().catch(() => null);
    if (this.isOver) return;
    if (isHeld === false) {
      this.lose();
      return;
    }
    if (isHeld) this.extend(askedAt);
    this.schedule(isHeld ? RENEWED : TRIED_AGAIN);
  }

  private extend(askedAt: number): void {
    clearTimeout(this.deadline);
    const left = askedAt + this.forMs - performance.now();
    this.deadline = setTimeout(() => {
      this.lose();
    }, left).unref();
  }

  private lose(): void {
    this.end();
    this.loss.abort();
  }

  private end(): void {
    this.isOver = true;
    clearTimeout(this.renewal);
    clearTimeout(this.deadline);
  }
}
