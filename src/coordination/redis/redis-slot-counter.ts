import { randomUUID } from 'node:crypto';
import { MemorySlotCounter } from '../memory/memory-slot-counter.js';
import { SlotCounter } from '../slot-counter.js';
import { KEY_PREFIX, type RedisConnections } from './redis-connections.js';
import { RedisScript } from './redis-script.js';

/** Sets `now` by the clock that all replicas share, ms. */
const NOW = `
  local time = redis.call('TIME')
  local now = time[1] * 1000 + math.floor(time[2] / 1000)`;
const ENTER = new RedisScript(`${NOW}
  local holder, limit, keep = ARGV[1], tonumber(ARGV[2]), tonumber(ARGV[3])
  redis.call('ZREMRANGEBYSCORE', KEYS[1], '-inf', now)
  if redis.call('ZCARD', KEYS[1]) >= limit then return 0 end
  redis.call('ZADD', KEYS[1], now + keep, holder)
  redis.call('PEXPIRE', KEYS[1], keep)
  return 1`);
/** A slot that Redis has forgotten is entered again: it is held. */
const RENEW = new RedisScript(`${NOW}
  for at = 2, #ARGV do redis.call('ZADD', KEYS[1], now + ARGV[1], ARGV[at]) end
  redis.call('PEXPIRE', KEYS[1], ARGV[1])`);
const LEAVE = new RedisScript(`redis.call('ZREM', KEYS[1], ARGV[1])`);

/**
 * Counts for all replicas: a sorted set for each name, of the slots and when they end unless they are renewed. While Redis cannot be
 * reached each replica counts for itself.
 */
export class RedisSlotCounter extends SlotCounter {
  private readonly alone = new MemorySlotCounter();
  /** Those of this process, by name. */
  private readonly held = new Map<string, Set<string>>();
  private renewal: NodeJS.Timeout | undefined;

  constructor(
    private readonly connections: RedisConnections,
    private readonly leaseMs: number,
  ) {
    super();
  }

  async enter(name: string, limit: number): Promise<(() => void) | null> {
    const holder = randomUUID();
    try {
      if ((await this.connections.runScript(ENTER, keyOf(name), holder, limit, this.leaseMs)) !== 1)
        return null;
    } catch {
      return this.alone.enter(name, limit);
    }
    this.hold(name, holder);
    return () => {
      this.leave(name, holder);
    };
  }

  private hold(name: string, holder: string): void {
    const holders = this.held.get(name) ?? new Set();
    this.held.set(name, holders.add(holder));
    this.renewal ??= setInterval(this.renew, this.leaseMs / 3).unref();
  }

  private leave(name: string, holder: string): void {
    const holders = this.held.get(name);
    if (!holders?.delete(holder)) return;
    if (holders.size === 0) this.held.delete(name);
    if (this.held.size === 0) {
      clearInterval(this.renewal);
      this.renewal = undefined;
    }
    // Where it is not heard, the slot ends by itself.
    this.connections.runScript(LEAVE, keyOf(name), holder).catch(() => undefined);
  }

  private readonly renew = (): void => {
    for (const [name, holders] of this.held) {
      // The next time may be luckier.
      this.connections.runScript(RENEW, keyOf(name), this.leaseMs, ...holders).catch(() => undefined);
    }
  };
}

function keyOf(name: string): string {
  return `${KEY_PREFIX}slots:${name}`;
}
