/** How many things there may be: some at once, and more as time goes by. */
export class Allowance {
  private left: number;
  private since: number;

  constructor(
    private readonly most: number,
    private readonly perSecond: number,
    private readonly now: () => number = () => performance.now(),
  ) {
    this.left = most;
    this.since = now();
  }

  /** @returns false when there are too many */
  take(): boolean {
    const now = this.now();
    this.left = Math.min(this.most, this.left + ((now - this.since) / 1_000) * this.perSecond);
    this.since = now;
    if (this.left < 1) return false;
    this.left -= 1;
    return true;
  }

  renew(): void {
    this.left = this.most;
  }
}
