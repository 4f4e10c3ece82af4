/** What became of a wish to take something of a minute. @public */
export interface Counted {
  /** false: less was left, and nothing was taken. */
  isTaken: boolean;
  /** Taken in this minute, this one included where it was. */
  used: number;
  /** Until all of it can be taken again, ms. */
  resetMs: number;
}

/**
 * Extension point: what may be had only so many times a minute, over all replicas. A minute begins when the first is taken: what is
 * taken in one is never more than its limit, however many replicas take at once.
 * @public
 */
export abstract class RateCounter {
  /** Takes it all, or nothing where less is left. */
  abstract take(name: string, amount: number, limit: number): Promise<Counted>;

  /**
   * Corrects what was taken in the minute that runs now, beyond its limit too.
   *
   * @param by negative: so much is given back, and never more than was taken
   */
  abstract correct(name: string, by: number): Promise<void>;
}
