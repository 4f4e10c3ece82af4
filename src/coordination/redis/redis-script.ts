import { createHash } from 'node:crypto';
import type { Redis } from 'ioredis';

/** Lua that Redis runs at once, without anything in between. */
export class RedisScript {
  private readonly digest: string;

  constructor(private readonly lua: string) {
    this.digest = createHash('sha1').update(lua).digest('hex');
  }

  async run(redis: Redis, key: string, ...values: (string | number)[]): Promise<unknown> {
    try {
      return await redis.evalsha(this.digest, 1, key, ...values);
    } catch (error) {
      // Redis forgets scripts when it starts anew.
      if (!(error as Error).message.startsWith('NOSCRIPT')) throw error;
      return redis.eval(this.lua, 1, key, ...values);
    }
  }
}
