/** A number of places, and a line of those who wait for one. Whoever was let in leaves once. */
export class Slots {
  private free: number;
  private readonly waiting = new Set<() => void>();

  /** @param maxWaiting how long the line may become */
  constructor(
    count: number,
    private readonly maxWaiting: number,
  ) {
    this.free = count;
  }

  /** @returns whether a place was had before `signal` was aborted */
  async enter(signal: AbortSignal): Promise<boolean> {
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

  leave(): void {
    const [first] = this.waiting;
    if (first) {
      this.waiting.delete(first);
      first();
    } else {
      this.free++;
    }
  }
}
