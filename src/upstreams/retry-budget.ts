/** Retries that requests earn: one in ten. */
const SHARE = 0.1;
/** What is saved at most: the share of a thousand requests. */
const CAPACITY = 100;
/** Where there are few requests, so many retries are there all the same, one more each second. */
const FLOOR = 10;
const FLOOR_PER_MS = 1 / 1_000;

/** Keeps retries from multiplying the load of servers that fail because there is too much of it. */
export class RetryBudget {
  private saved = FLOOR;

  /** @param lookedAt the time now, ms */
  constructor(private lookedAt: number) {}

  /** To be called for each request. */
  earn(): void {
    this.saved = Math.min(CAPACITY, this.saved + SHARE);
  }

  /** @returns whether one more retry may be made, which is then counted */
  spend(now: number): boolean {
    if (this.saved < FLOOR)
      this.saved = Math.min(FLOOR, this.saved + Math.max(0, now - this.lookedAt) * FLOOR_PER_MS);
    this.lookedAt = now;
    if (this.saved < 1) return false;
    this.saved -= 1;
    return true;
  }
}
