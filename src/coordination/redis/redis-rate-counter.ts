import type { RateLimiterRedis, RateLimiterRes } from 'rate-limiter-flexible';
import { MemoryRateCounter } from '../memory/memory-rate-counter.js';
import { type Counted, RateCounter } from '../rate-counter.js';
import { WINDOW_S } from '../rate-window.js';
import { KEY_PREFIX, type RedisConnections } from './redis-connections.js';

/**
 * In place of the library's own script, which counts what it refuses too, and lets a minute begin with less than nothing where something
 * is given back that was taken in the one before.
 */
const TAKE_WHAT_FITS = `
  local points, seconds, limit = tonumber(ARGV[1]), tonumber(ARGV[2]), tonumber(ARGV[3])
  local used = tonumber(redis.call('GET', KEYS[1]) or 0)
  local ttl = redis.call('PTTL', KEYS[1])
  if points < 0 and used == 0 then return {0, ttl} end
  if points < -used then points = -used end
  if used + points > limit then return {used + points, ttl} end
  if ttl < 0 then
    redis.call('SET', KEYS[1], points, 'EX', seconds)
    ttl = seconds * 1000
  else
    redis.call('INCRBY', KEYS[1], points)
  end
  return {used + points, ttl}`;
const NO_LIMIT = Number.MAX_SAFE_INTEGER;

type Library = typeof import('rate-limiter-flexible');

/**
 * Counts for all replicas. While Redis cannot be reached each counts for itself: callers are better served a little too much than not
 * at all.
 */
export class RedisRateCounter extends RateCounter {
  private readonly alone = new MemoryRateCounter();
  /** By limit, of which there are few. */
  private readonly limiters = new Map<number, RateLimiterRedis>();
  private loading: Promise<Library> | null = null;

  constructor(private readonly connections: RedisConnections) {
    super();
  }

  async take(name: string, amount: number, limit: number): Promise<Counted> {
    const limiter = await this.limiterOf(limit);
    try {
      const { consumedPoints, msBeforeNext } = await limiter.consume(name, amount);
      return { isTaken: true, used: consumedPoints, resetMs: msBeforeNext };
    } catch (refusal) {
      if (!isCounted(refusal)) return this.alone.take(name, amount, limit);
      const { consumedPoints, msBeforeNext } = refusal;
      return { isTaken: false, used: consumedPoints - amount, resetMs: Math.max(0, msBeforeNext) };
    }
  }

  async correct(name: string, by: number): Promise<void> {
    const limiter = await this.limiterOf(NO_LIMIT);
    try {
      await limiter.penalty(name, by);
    } catch {
      await this.alone.correct(name, by);
    }
  }

  private async limiterOf(limit: number): Promise<RateLimiterRedis> {
    this.loading ??= import('rate-limiter-flexible');
    const { RateLimiterRedis: Limiter } = await this.loading;
    let limiter = this.limiters.get(limit);
    if (!limiter) {
      limiter = new Limiter({
        storeClient: this.connections.commands,
        keyPrefix: `${KEY_PREFIX}rate`,
        points: limit,
        duration: WINDOW_S,
        customIncrTtlLuaScript: TAKE_WHAT_FITS,
        rejectIfRedisNotReady: true,
      });
      this.limiters.set(limit, limiter);
    }
    return limiter;
  }
}

/** The library throws the count where the limit is reached, and an error where Redis was not. */
function isCounted(refusal: unknown): refusal is RateLimiterRes {
  return typeof refusal === 'object' && refusal !== null && 'consumedPoints' in refusal;
}
