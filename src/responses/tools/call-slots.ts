/** So many calls at a time; the others wait for their turn, in their order. */
export class CallSlots {
  private readonly waiting: (() => void)[] = [];
  private taken = 0;

  constructor(private readonly size: number) {}

  /** @throws what `signal` was aborted with, where that comes before its turn */
  async run<T>(call: () => Promise<T>, signal: AbortSignal): Promise<T> {
    if (this.taken < this.size) this.taken++;
    else await new Promise<void>((resolve) => this.waiting.push(resolve));
    try {
      signal.throwIfAborted();
      return await call();
    } finally {
      this.release();
    }
  }

  private release(): void {
    const next = this.waiting.shift();
    if (next) next();
    else this.taken--;
  }
}
