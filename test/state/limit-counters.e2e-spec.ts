import { randomUUID } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import fc from 'fast-check';
import { MemoryRateCounter } from '../../src/coordination/memory/memory-rate-counter.js';
import { MemorySlotCounter } from '../../src/coordination/memory/memory-slot-counter.js';
import type { RateCounter } from '../../src/coordination/rate-counter.js';
import { RedisConnections } from '../../src/coordination/redis/redis-connections.js';
import { RedisRateCounter } from '../../src/coordination/redis/redis-rate-counter.js';
import { RedisSlotCounter } from '../../src/coordination/redis/redis-slot-counter.js';
import type { SlotCounter } from '../../src/coordination/slot-counter.js';
import { recordingLogger } from '../support/recording-logger.js';
import { HAS_REDIS, RedisServer } from '../support/redis.js';
import { until } from '../support/until.js';

const LEASE_MS = 600;

interface Counters {
  rates: RateCounter;
  slots: SlotCounter;
}

/** Two replicas; in memory there is one alone. */
interface Place {
  one: Counters;
  other: Counters;
  redis: RedisServer | null;
  close: () => Promise<void>;
}

function openMemory(): Promise<Place> {
  const one = { rates: new MemoryRateCounter(), slots: new MemorySlotCounter() };
  return Promise.resolve({ one, other: one, redis: null, close: () => Promise.resolve() });
}

async function openRedis(): Promise<Place> {
  const redis = await RedisServer.start();
  const opened: RedisConnections[] = [];
  const join = async (): Promise<Counters> => {
    const connections = (await RedisConnections.open({ REDIS_URL: redis.url }, recordingLogger().logger))!;
    opened.push(connections);
    return {
      rates: new RedisRateCounter(connections),
      slots: new RedisSlotCounter(connections, LEASE_MS),
    };
  };
  return {
    one: await join(),
    other: await join(),
    redis,
    close: async () => {
      await Promise.all(opened.map((connections) => connections.onApplicationShutdown()));
      await redis.remove();
    },
  };
}

const PLACES = [
  { name: 'memory', isHere: true, open: openMemory },
  { name: 'Redis', isHere: HAS_REDIS, open: openRedis },
].filter(({ isHere }) => isHere);

describe.each(PLACES)('counting limits ($name)', ({ open }) => {
  let place: Place;
  let one: Counters;
  let other: Counters;
  let name: string;
  beforeAll(async () => {
    place = await open();
    ({ one, other } = place);
  });
  afterAll(() => place.close());
  beforeEach(() => {
    name = randomUUID();
  });

  it('should let so many through in a minute, whichever replica asks', async () => {
    const first = await one.rates.take(name, 2, 3);
    expect(first).toMatchObject({ isTaken: true, used: 2 });
    expect(first.resetMs).toBeGreaterThan(0);
    expect(first.resetMs).toBeLessThanOrEqual(60_000);
    expect(await other.rates.take(name, 1, 3)).toMatchObject({ isTaken: true, used: 3 });
    const refused = await one.rates.take(name, 1, 3);
    expect(refused).toMatchObject({ isTaken: false, used: 3 });
    expect(refused.resetMs).toBeLessThanOrEqual(first.resetMs);
    expect(await one.rates.take(`${name}:2`, 1, 3)).toMatchObject({ isTaken: true });
  });

  it('should take nothing where less is left, and then what fits', async () => {
    await one.rates.take(name, 70, 100);
    expect(await other.rates.take(name, 31, 100)).toMatchObject({ isTaken: false, used: 70 });
    expect(await one.rates.take(name, 30, 100)).toMatchObject({ isTaken: true, used: 100 });
  });

  it('should correct what was taken, beyond the limit too, and never below nothing', async () => {
    await one.rates.take(name, 50, 100);
    await other.rates.correct(name, 70);
    expect(await one.rates.take(name, 1, 100)).toMatchObject({ isTaken: false, used: 120 });
    await one.rates.correct(name, -500);
    expect(await other.rates.take(name, 100, 100)).toMatchObject({ isTaken: true, used: 100 });
  });

  it('should give nothing back where nothing was taken', async () => {
    await one.rates.correct(name, -50);
    expect(await one.rates.take(name, 101, 100)).toMatchObject({ isTaken: false, used: 0 });
    expect(await one.rates.take(name, 100, 100)).toMatchObject({ isTaken: true, used: 100 });
  });

  it('should never let more than the limit through, however many ask at once', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.integer({ min: 1, max: 40 }), { minLength: 2, maxLength: 40 }),
        fc.integer({ min: 1, max: 200 }),
        async (amounts, limit) => {
          const wanted = randomUUID();
          const counted = await Promise.all(
            amounts.map((amount, at) => (at % 2 === 0 ? one : other).rates.take(wanted, amount, limit)),
          );
          const taken = amounts.filter((_, at) => counted[at]!.isTaken);
          expect(taken.reduce((sum, amount) => sum + amount, 0)).toBeLessThanOrEqual(limit);
        },
      ),
      { numRuns: 30 },
    );
  });

  it('should have so many slots at once, each free again once it was left', async () => {
    const leave = (await one.slots.enter(name, 2))!;
    expect(await other.slots.enter(name, 2)).not.toBeNull();
    expect(await one.slots.enter(name, 2)).toBeNull();
    expect(await one.slots.enter(`${name}:2`, 2)).not.toBeNull();
    leave();
    leave();
    await until(async () => (await other.slots.enter(name, 2)) !== null);
    expect(await one.slots.enter(name, 2)).toBeNull();
  });

  it('should have no slot run out while it is held', async () => {
    const leave = (await one.slots.enter(name, 1))!;
    const end = performance.now() + 3 * LEASE_MS;
    while (performance.now() < end) {
      await pause(LEASE_MS / 4);
      expect(await other.slots.enter(name, 1)).toBeNull();
    }
    leave();
    await until(async () => (await other.slots.enter(name, 1)) !== null);
  });
});

(HAS_REDIS ? describe : describe.skip)('counting limits in Redis', () => {
  let place: Place;
  beforeEach(async () => {
    place = await openRedis();
  });
  afterEach(() => place.close());

  it('should get the slots of a replica back that has died', async () => {
    expect(await place.one.slots.enter('one', 1)).not.toBeNull();
    expect(await place.other.slots.enter('one', 1)).toBeNull();
    // What it held is no longer renewed, and nothing was left.
    clearInterval((place.one.slots as unknown as { renewal: NodeJS.Timeout }).renewal);
    await until(async () => (await place.other.slots.enter('one', 1)) !== null);
  });

  it('should be done by each replica for itself while Redis is away, and together once it is back', async () => {
    const { one, other, redis } = place;
    expect(await one.rates.take('one', 1, 2)).toMatchObject({ isTaken: true, used: 1 });
    await redis!.kill();
    for (const { rates, slots } of [one, other]) {
      expect(await rates.take('one', 2, 2)).toMatchObject({ isTaken: true, used: 2 });
      expect(await rates.take('one', 1, 2)).toMatchObject({ isTaken: false });
      expect(await slots.enter('one', 1)).not.toBeNull();
      expect(await slots.enter('one', 1)).toBeNull();
      await rates.correct('one', -1);
    }
    await redis!.startAgain();
    await until(async () => {
      const { isTaken, used } = await one.rates.take('two', 1, 1_000);
      return isTaken && (await other.rates.take('two', 1, 1_000)).used === used + 1;
    });
  });
});
