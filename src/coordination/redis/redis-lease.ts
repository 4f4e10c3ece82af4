import { randomUUID } from 'node:crypto';
import { type HeldLease, Lease } from '../lease.js';
import { KEY_PREFIX, type RedisConnections } from './redis-connections.js';
import { RedisScript } from './redis-script.js';

const ACQUIRE = new RedisScript(`
  local holder = redis.call('GET', KEYS[1])
  if holder and holder ~= ARGV[1] then return 0 end
  redis.call('SET', KEYS[1], ARGV[1], 'PX', ARGV[2])
  return 1`);
const RENEW = new RedisScript(`
  if redis.call('GET', KEYS[1]) ~= ARGV[1] then return 0 end
  return redis.call('PEXPIRE', KEYS[1], ARGV[2])`);
const RELEASE = new RedisScript(`
  if redis.call('GET', KEYS[1]) == ARGV[1] then redis.call('DEL', KEYS[1]) end`);

/** Leases as keys that expire. */
export class RedisLease extends Lease {
  constructor(private readonly connections: RedisConnections) {
    super();
  }

  async acquire(name: string, forMs: number, holder: string = randomUUID()): Promise<HeldLease | null> {
    const key = `${KEY_PREFIX}lease:${name}`;
    const taken = await this.connections.runScript(ACQUIRE, key, holder, forMs);
    if (taken !== 1) return null;
    return {
      renew: async () => (await this.connections.runScript(RENEW, key, holder, forMs)) === 1,
      release: async () => {
        await this.connections.runScript(RELEASE, key, holder);
      },
    };
  }
}
