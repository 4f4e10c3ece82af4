import { type IdempotencyState, IdempotencyStore } from '../idempotency-store.js';
import { KEY_PREFIX, type RedisConnections } from './redis-connections.js';
import { RedisScript } from './redis-script.js';

const BEGIN = new RedisScript(`
  if redis.call('HSETNX', KEYS[1], 'fingerprint', ARGV[1]) == 1 then
    redis.call('PEXPIRE', KEYS[1], ARGV[2])
    return false
  end
  return redis.call('HMGET', KEYS[1], 'fingerprint', 'outcome')`);
const RENEW = new RedisScript(`
  if redis.call('HEXISTS', KEYS[1], 'outcome') == 0 then redis.call('PEXPIRE', KEYS[1], ARGV[1]) end`);
const FINISH = new RedisScript(`
  if redis.call('EXISTS', KEYS[1]) == 0 then return end
  redis.call('HSET', KEYS[1], 'outcome', ARGV[1])
  redis.call('PEXPIRE', KEYS[1], ARGV[2])`);
const RELEASE = new RedisScript(`
  if redis.call('HEXISTS', KEYS[1], 'outcome') == 0 then redis.call('DEL', KEYS[1]) end`);

/** A hash for each key, which expires. */
export class RedisIdempotencyStore extends IdempotencyStore {
  constructor(private readonly connections: RedisConnections) {
    super();
  }

  async begin(scope: string, fingerprint: string, forMs: number): Promise<IdempotencyState> {
    const known = await this.connections.runScript(BEGIN, keyOf(scope), fingerprint, forMs);
    if (known === null) return { kind: 'begun' };
    const [of, outcome] = known as [string, string | null];
    if (of !== fingerprint) return { kind: 'other' };
    return outcome === null ? { kind: 'running' } : { kind: 'done', outcome };
  }

  async renew(scope: string, forMs: number): Promise<void> {
    await this.connections.runScript(RENEW, keyOf(scope), forMs);
  }

  async finish(scope: string, outcome: string, keepMs: number): Promise<void> {
    await this.connections.runScript(FINISH, keyOf(scope), outcome, keepMs);
  }

  async release(scope: string): Promise<void> {
    await this.connections.runScript(RELEASE, keyOf(scope));
  }
}

function keyOf(scope: string): string {
  return `${KEY_PREFIX}idempotency:${scope}`;
}
