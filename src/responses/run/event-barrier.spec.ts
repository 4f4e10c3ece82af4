import fc from 'fast-check';
import type { ResponseEvent } from '../../contracts/response-events.js';
import { EventBarrier, type Recorder } from './event-barrier.js';

const event = (sequence_number: number) =>
  ({ type: 'response.in_progress', sequence_number }) as ResponseEvent;

function barrier(before: Recorder['before'], pass?: (event: ResponseEvent) => void) {
  const passed: number[] = [];
  const crashes: unknown[] = [];
  const made = new EventBarrier(
    { before },
    pass ?? (({ sequence_number }) => passed.push(sequence_number)),
    (error) => crashes.push(error),
  );
  return { made, passed, crashes };
}

const settled = () => new Promise<void>((resolve) => setImmediate(resolve));

describe('EventBarrier', () => {
  it('should pass on at once what need not be kept', () => {
    const { made, passed } = barrier(() => undefined);
    made.emit(event(0));
    expect(passed).toEqual([0]);
  });

  it('should hold an event, and those behind it, until it is kept', async () => {
    let keep!: () => void;
    const kept = new Promise<void>((resolve) => (keep = resolve));
    const { made, passed } = barrier(({ sequence_number }) => (sequence_number === 1 ? kept : undefined));
    const order: string[] = [];
    for (const number of [0, 1, 2]) made.emit(event(number));
    made.whenPassed(() => order.push('passed'));
    await settled();
    expect(passed).toEqual([0]);
    expect(order).toEqual([]);
    keep();
    await settled();
    expect(passed).toEqual([0, 1, 2]);
    expect(order).toEqual(['passed']);
    made.emit(event(3));
    expect(passed).toEqual([0, 1, 2, 3]);
  });

  it('should call back at once where nothing is held', () => {
    const { made } = barrier(() => undefined);
    let isCalled = false;
    made.whenPassed(() => (isCalled = true));
    expect(isCalled).toBe(true);
  });

  it('should go on behind an event at which its reader throws', async () => {
    const passed: number[] = [];
    const { made, crashes } = barrier(
      () => Promise.resolve(),
      ({ sequence_number }) => {
        passed.push(sequence_number);
        if (sequence_number === 0) throw new Error('reader');
      },
    );
    made.emit(event(0));
    made.emit(event(1));
    await settled();
    expect(passed).toEqual([0, 1]);
    expect(crashes).toEqual([new Error('reader')]);
  });

  it('should keep the order, however long each takes to be kept', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.option(fc.nat(3)), { maxLength: 30 }),
        fc.scheduler(),
        async (delays, scheduler) => {
          const { made, passed } = barrier(({ sequence_number }) =>
            delays[sequence_number] === null ? undefined : scheduler.schedule(Promise.resolve()),
          );
          delays.forEach((_delay, index) => {
            made.emit(event(index));
          });
          await scheduler.waitIdle();
          await settled();
          expect(passed).toEqual(delays.map((_delay, index) => index));
        },
      ),
    );
  });
});
