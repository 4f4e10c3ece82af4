import type { RateLimiterMemory } from 'rate-limiter-flexible';
import { type Counted, RateCounter } from '../rate-counter.js';
import { WINDOW_S } from '../rate-window.js';

/** Counts for this process alone. */
export class MemoryRateCounter extends RateCounter {
  private opening: Promise<RateLimiterMemory> | null = null;

  async take(name: string, amount: number, limit: number): Promise<Counted> {
    const limiter = await this.open();
    const { consumedPoints, msBeforeNext } = await limiter.penalty(name, amount);
    // The limiter ends a minute by a timer, and tells what is left of it by the wall clock, which may have been set back.
    const resetMs = Math.min(msBeforeNext, WINDOW_S * 1_000);
    if (consumedPoints <= limit) return { isTaken: true, used: consumedPoints, resetMs };
    const { consumedPoints: used } = await limiter.reward(name, amount);
    return { isTaken: false, used, resetMs };
  }

  async correct(name: string, by: number): Promise<void> {
    const limiter = await this.open();
    if (by > 0) {
      await limiter.penalty(name, by);
      return;
    }
    const current = await limiter.get(name);
    if (current) await limiter.reward(name, Math.min(-by, current.consumedPoints));
  }

  private open(): Promise<RateLimiterMemory> {
    this.opening ??= import('rate-limiter-flexible').then(
      // The limit comes with each call: the limiter's own is never reached.
      ({ RateLimiterMemory: Limiter }) =>
        new Limiter({ points: Number.MAX_SAFE_INTEGER, duration: WINDOW_S }),
    );
    return this.opening;
  }
}
