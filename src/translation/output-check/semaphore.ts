/** Admits a number of holders at a time; others queue, first come first served. Each holder releases once. */
export class Semaphore {
  private free: number;
  private readonly waiting = new Set<() => void>();

  /** @param maxWaiting length of the queue */
  constructor(
    count: number,
    private readonly maxWaiting: number,
  ) {
    this.free = count;
  }

  /** @returns false when the queue is full, or `signal` was aborted first */
  async acquire(signal: AbortSignal): Promise<boolean> {
    if (signal.aborted) return false;
    if (this.free > 0) {
      this.free--;
      return true;
    }
    if (this.waiting.size >= this.maxWaiting) return false;
    return new Promise((resolve) => {
      const admit = (): void => {
        signal.removeEventListener('abort', giveUp);
        resolve(true);
      };
      const giveUp = (): void => {
        this.waiting.delete(admit);
        resolve(false);
      };
      this.waiting.add(admit);
      signal.addEventListener('abort', giveUp, { once: true });
    });
  }

  release(): void {
    const [first] = this.waiting;
    if (first) {
      this.waiting.delete(first);
      first();
    } else {
      this.free++;
    }
  }
}
