import { randomUUID } from 'node:crypto';
import fc from 'fast-check';
import type { Lease } from '../../src/coordination/lease.js';
import { until } from '../support/until.js';
import { BACKENDS, usePlace } from './coordination-backends.js';

const LONG = 60_000;

describe.each(BACKENDS)('a lease ($name)', (backend) => {
  const join = usePlace(backend);
  let one: Lease;
  let other: Lease;
  let name: string;

  beforeAll(async () => {
    one = (await join()).lease;
    other = (await join()).lease;
  });
  beforeEach(() => {
    name = `conversation:${randomUUID()}`;
  });

  it('should be held by one only, and by the next once it is released', async () => {
    const held = await one.acquire(name, LONG);
    expect(held).not.toBeNull();
    expect(await other.acquire(name, LONG)).toBeNull();
    expect(await one.acquire(name, LONG)).toBeNull();
    await held!.release();
    expect(await other.acquire(name, LONG)).not.toBeNull();
  });

  it('should not stand in the way of another', async () => {
    await one.acquire(name, LONG);
    expect(await other.acquire(`${name}:2`, LONG)).not.toBeNull();
  });

  it('should go to another when its time has passed, and be lost to the first for good', async () => {
    const first = (await one.acquire(name, 50))!;
    await until(async () => (await other.acquire(name, LONG)) !== null);
    expect(await first.renew()).toBe(false);
    await first.release();
    expect(await one.acquire(name, LONG)).toBeNull();
  });

  it('should last as long as it is renewed', async () => {
    const held = (await one.acquire(name, 400))!;
    const end = performance.now() + 1_000;
    while (performance.now() < end) {
      expect(await held.renew()).toBe(true);
      expect(await other.acquire(name, LONG)).toBeNull();
    }
  });

  it('should be had by exactly one of many that ask at once', async () => {
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 2, max: 12 }), async (count) => {
        const wanted = `conversation:${randomUUID()}`;
        const answers = await Promise.all(
          Array.from({ length: count }, (_, index) => (index % 2 === 0 ? one : other).acquire(wanted, LONG)),
        );
        expect(answers.filter((answer) => answer !== null)).toHaveLength(1);
      }),
      { numRuns: 20 },
    );
  });
});
