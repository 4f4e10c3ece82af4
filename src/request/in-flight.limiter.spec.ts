import { jest } from '@jest/globals';
import fc from 'fast-check';
import { parseEnvironment } from '../config/environment.js';
import { GatewayError } from '../errors/gateway-error.js';
import { InFlightLimiter, type Admission } from './in-flight.limiter.js';

const TIMEOUT_MS = 1_000;

function limiterWith(limit: number, queue: number): InFlightLimiter {
  return new InFlightLimiter(
    parseEnvironment({
      MAX_IN_FLIGHT: String(limit),
      QUEUE_LIMIT: String(queue),
      QUEUE_TIMEOUT_MS: String(TIMEOUT_MS),
    }),
  );
}

const settle = () => jest.advanceTimersByTimeAsync(0);

/** What became of an admission, as its request sees it. */
interface Visit {
  place: Admission;
  /** waiting, running, left, or the name of the error it was refused with. */
  seen: string;
}

function visit(place: Admission): Visit {
  const it: Visit = { place, seen: place.entered === true ? 'running' : 'waiting' };
  if (place.entered !== true) {
    place.entered.then(
      (isAdmitted) => (it.seen = isAdmitted ? 'running' : 'left'),
      (error: unknown) => (it.seen = (error as GatewayError).errorName),
    );
  }
  return it;
}

beforeEach(() => {
  jest.useFakeTimers();
});
afterEach(() => {
  jest.useRealTimers();
});

describe('InFlightLimiter', () => {
  it('should let so many run, let so many wait, and refuse the rest', () => {
    const limiter = limiterWith(2, 1);
    expect([limiter.enter().entered, limiter.enter().entered]).toEqual([true, true]);
    expect(limiter.enter().entered).toBeInstanceOf(Promise);
    expect(() => limiter.enter()).toThrow(expect.objectContaining({ errorName: 'overloaded' }) as Error);
    expect([limiter.running, limiter.waiting, limiter.size]).toEqual([2, 1, 3]);
  });

  it('should refuse with 503, the code of an overload and whole seconds to wait', () => {
    const limiter = limiterWith(1, 0);
    limiter.enter();
    let error: unknown;
    try {
      limiter.enter();
    } catch (thrown) {
      error = thrown;
    }
    expect(error).toMatchObject({ status: 503, code: 'server_is_overloaded' });
    expect(Number.isInteger((error as GatewayError).retryAfter)).toBe(true);
  });

  it('should admit those who wait in the order they came', async () => {
    const limiter = limiterWith(1, 10);
    const running = limiter.enter();
    const waiting = [1, 2, 3].map(() => visit(limiter.enter()));
    waiting[0]!.place.leave();
    running.leave();
    await settle();
    expect(waiting.map(({ seen }) => seen)).toEqual(['left', 'running', 'waiting']);
    waiting[1]!.place.leave();
    await settle();
    expect(waiting[2]!.seen).toBe('running');
  });

  it('should hand a freed place on at once, so that a newcomer cannot take it', () => {
    const limiter = limiterWith(1, 10);
    const running = limiter.enter();
    limiter.enter();
    running.leave();
    expect(limiter.enter().entered).toBeInstanceOf(Promise);
    expect([limiter.running, limiter.waiting]).toEqual([1, 1]);
  });

  it('should refuse who has waited too long', async () => {
    const limiter = limiterWith(1, 10);
    limiter.enter();
    const late = visit(limiter.enter());
    await jest.advanceTimersByTimeAsync(TIMEOUT_MS - 1);
    expect(late.seen).toBe('waiting');
    await jest.advanceTimersByTimeAsync(1);
    expect(late.seen).toBe('overloaded');
    expect(limiter.waiting).toBe(0);
  });

  it('should have no limit where it is 0', () => {
    const limiter = limiterWith(0, 0);
    const entered = Array.from({ length: 5_000 }, () => limiter.enter().entered);
    expect(entered.every((value) => value === true)).toBe(true);
  });

  it('should refuse all who wait once it is closed, and whoever would have to', async () => {
    const limiter = limiterWith(1, 10);
    const running = limiter.enter();
    const waiting = [1, 2].map(() => visit(limiter.enter()));
    limiter.close(new GatewayError('shutting_down'));
    await settle();
    expect(waiting.map(({ seen }) => seen)).toEqual(['shutting_down', 'shutting_down']);
    expect(() => limiter.enter()).toThrow(expect.objectContaining({ errorName: 'shutting_down' }) as Error);
    expect(limiter.size).toBe(3);
    for (const { leave } of [running, ...waiting.map(({ place }) => place)]) leave();
    expect(limiter.size).toBe(0);
  });

  it('should never lose a place or give one twice, whatever happens in whatever order', async () => {
    const step = fc.oneof(
      { weight: 4, arbitrary: fc.record({ kind: fc.constant('enter' as const) }) },
      { weight: 4, arbitrary: fc.record({ kind: fc.constant('leave' as const), which: fc.nat() }) },
      { weight: 1, arbitrary: fc.record({ kind: fc.constant('wait' as const), ms: fc.nat(TIMEOUT_MS) }) },
      { weight: 2, arbitrary: fc.record({ kind: fc.constant('settle' as const) }) },
    );
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 1, max: 4 }),
        fc.integer({ min: 0, max: 4 }),
        fc.array(step, { maxLength: 80 }),
        fc.boolean(),
        async (limit, queue, steps, closes) => {
          const limiter = limiterWith(limit, queue);
          const visits: Visit[] = [];
          const gone = new Set<Visit>();
          const order: number[] = [];
          const check = (): void => {
            expect(limiter.running).toBeLessThanOrEqual(limit);
            expect(limiter.waiting).toBeLessThanOrEqual(queue);
            // Nobody waits beside a free place.
            if (limiter.running < limit) expect(limiter.waiting).toBe(0);
            expect(limiter.size).toBe(visits.length - gone.size);
          };
          for (const [index, action] of steps.entries()) {
            if (closes && index === 60) limiter.close(new GatewayError('shutting_down'));
            if (action.kind === 'settle') await settle();
            else if (action.kind === 'wait') await jest.advanceTimersByTimeAsync(action.ms);
            else if (action.kind === 'enter') {
              const isFull = limiter.running >= limit && limiter.waiting >= queue;
              try {
                const it = visit(limiter.enter());
                const number = visits.push(it);
                if (it.place.entered !== true)
                  it.place.entered.then(
                    (isAdmitted) => isAdmitted && order.push(number),
                    () => undefined,
                  );
                expect(isFull).toBe(false);
              } catch (error) {
                if (!(error instanceof GatewayError)) throw error;
                expect(isFull || closes).toBe(true);
              }
            } else if (visits.length > 0) {
              const it = visits[action.which % visits.length]!;
              it.place.leave();
              gone.add(it);
            }
            check();
          }
          await settle();
          const running = visits.filter((it) => !gone.has(it) && it.seen === 'running');
          expect(limiter.running).toBe(running.length);
          expect(order).toEqual([...order].sort((one, other) => one - other));
          for (const { place } of visits) place.leave();
          await settle();
          expect([limiter.running, limiter.waiting, limiter.size]).toEqual([0, 0, 0]);
          expect(jest.getTimerCount()).toBe(0);
        },
      ),
      { numRuns: 300 },
    );
  });
});
