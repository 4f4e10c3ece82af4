import { randomUUID } from 'node:crypto';
import fc from 'fast-check';
import type { ResponseEvent } from '../../src/contracts/response-events.js';
import type { EventLog } from '../../src/coordination/event-log.js';
import { until } from '../support/until.js';
import { BACKENDS, usePlace } from './coordination-backends.js';

const KEEP = { isEnd: false, keepMs: 60_000 };
const END = { isEnd: true, keepMs: 60_000 };
const LIMIT = 1_000;

/** Events whose sequence numbers are `from` to `to - 1`. */
function eventsOf(from: number, to: number): ResponseEvent[] {
  return Array.from(
    { length: to - from },
    (_, index) =>
      ({
        type: 'response.output_text.delta',
        sequence_number: from + index,
        delta: `é${index}\n`,
      }) as ResponseEvent,
  );
}

const numbersOf = (events: readonly ResponseEvent[] | undefined): number[] | undefined =>
  events?.map(({ sequence_number }) => sequence_number);

const range = (from: number, to: number): number[] =>
  eventsOf(from, to).map(({ sequence_number }) => sequence_number);

/** Reads a log to its end, and leaves and comes back after so many events each time. */
async function readToEnd(log: EventLog, name: string, stays: readonly number[]): Promise<number[]> {
  const seen: number[] = [];
  for (let visit = 0; ; visit++) {
    const isOver = await stay(log, name, seen, stays[visit % stays.length]!);
    if (isOver) return seen;
  }
}

async function stay(log: EventLog, name: string, seen: number[], length: number): Promise<boolean> {
  let wake = (): void => undefined;
  const leave = log.follow(name, () => {
    wake();
  });
  try {
    for (let left = length; left > 0;) {
      const news = new Promise<void>((resolve) => (wake = resolve));
      const part = await log.read(name, seen.at(-1) ?? -1, left);
      seen.push(...(numbersOf(part?.events) ?? []));
      left -= part?.events.length ?? 0;
      if (part?.isEnded) return true;
      if ((part?.events.length ?? 0) === 0) await news;
    }
    return false;
  } finally {
    leave();
  }
}

describe.each(BACKENDS)('an event log ($name)', (backend) => {
  const join = usePlace(backend);
  let writer: EventLog;
  let reader: EventLog;
  let name: string;

  beforeAll(async () => {
    writer = (await join()).events;
    reader = (await join()).events;
  });
  beforeEach(() => {
    name = `resp_${randomUUID()}`;
  });

  it('should give back what was appended, unchanged, on another replica', async () => {
    const events = eventsOf(0, 3);
    await writer.append(name, events, KEEP);
    expect(await reader.read(name, -1, LIMIT)).toEqual({ events, isEnded: false });
  });

  it('should not know a log that nobody has written to', async () => {
    expect(await reader.read(name, -1, LIMIT)).toBeNull();
  });

  it('should give the events behind one, within a batch and at its borders', async () => {
    await writer.append(name, eventsOf(0, 3), KEEP);
    await writer.append(name, eventsOf(3, 7), END);
    for (const after of [-1, 0, 1, 2, 3, 5, 6, 7, 100]) {
      const part = await reader.read(name, after, LIMIT);
      expect(numbersOf(part?.events)).toEqual(range(Math.min(after + 1, 7), 7));
      expect(part?.isEnded).toBe(true);
    }
  });

  it('should give no more than was asked for, and tell the end with the last only', async () => {
    await writer.append(name, eventsOf(0, 5), END);
    expect(await reader.read(name, -1, 4)).toEqual({ events: eventsOf(0, 5).slice(0, 4), isEnded: false });
    expect(await reader.read(name, 3, 4)).toMatchObject({ isEnded: true });
  });

  it('should take an append twice', async () => {
    await writer.append(name, eventsOf(0, 3), KEEP);
    await writer.append(name, eventsOf(0, 3), KEEP);
    await writer.append(name, eventsOf(3, 5), END);
    await writer.append(name, eventsOf(3, 5), END);
    const part = await reader.read(name, -1, LIMIT);
    expect(numbersOf(part?.events)).toEqual(range(0, 5));
    expect(part?.isEnded).toBe(true);
  });

  it('should take one again that has more in it the second time', async () => {
    await writer.append(name, eventsOf(0, 3), KEEP);
    await writer.append(name, eventsOf(1, 6), KEEP);
    expect(numbersOf((await reader.read(name, -1, LIMIT))?.events)).toEqual(range(0, 6));
    expect(numbersOf((await reader.read(name, 1, LIMIT))?.events)).toEqual(range(2, 6));
  });

  it('should take the end again where it has the events already', async () => {
    await writer.append(name, eventsOf(0, 3), KEEP);
    await writer.append(name, eventsOf(0, 3), END);
    expect(await reader.read(name, 2, LIMIT)).toEqual({ events: [], isEnded: true });
  });

  it('should take an end without events', async () => {
    await writer.append(name, eventsOf(0, 3), KEEP);
    await writer.append(name, [], END);
    const part = await reader.read(name, 0, LIMIT);
    expect(numbersOf(part?.events)).toEqual([1, 2]);
    expect(part?.isEnded).toBe(true);
    expect(await reader.read(name, 2, LIMIT)).toEqual({ events: [], isEnded: true });
  });

  it('should take nothing behind the end', async () => {
    await writer.append(name, eventsOf(0, 3), END);
    await writer.append(name, eventsOf(3, 5), KEEP);
    expect(numbersOf((await reader.read(name, -1, LIMIT))?.events)).toEqual(range(0, 3));
  });

  it.each([0, 3])('should refuse a gap behind %i events', async (count) => {
    if (count > 0) await writer.append(name, eventsOf(0, count), KEEP);
    await expect(writer.append(name, eventsOf(count + 1, count + 2), KEEP)).rejects.toMatchObject({
      errorName: 'internal_error',
    });
    expect(numbersOf((await reader.read(name, -1, LIMIT))?.events) ?? []).toEqual(range(0, count));
  });

  it('should forget a log that was deleted', async () => {
    await writer.append(name, eventsOf(0, 3), END);
    await reader.delete(name);
    expect(await writer.read(name, -1, LIMIT)).toBeNull();
  });

  it('should forget an ended log when its time has passed, all of it', async () => {
    await writer.append(name, eventsOf(0, 3), KEEP);
    await writer.append(name, eventsOf(3, 4), { isEnd: true, keepMs: 50 });
    await until(async () => (await reader.read(name, -1, LIMIT)) === null);
    expect(await reader.read(name, 3, LIMIT)).toBeNull();
  });

  it('should tell followers, and nobody who has left', async () => {
    let left = 0;
    writer.follow(name, () => left++)();
    const told = new Promise<void>((resolve) => {
      const leave = reader.follow(name, () => {
        leave();
        resolve();
      });
    });
    await writer.append(name, eventsOf(0, 1), KEEP);
    await told;
    expect(left).toBe(0);
  });

  it('should give readers that come and go each event once and in order, while they are written', async () => {
    const sizes = fc.array(fc.integer({ min: 1, max: 12 }), { minLength: 1, maxLength: 12 });
    const stays = fc.array(fc.integer({ min: 1, max: 20 }), { minLength: 1, maxLength: 4 });
    const retried = fc.array(fc.boolean(), { minLength: 1, maxLength: 6 });
    await fc.assert(
      fc.asyncProperty(
        sizes,
        fc.array(stays, { minLength: 1, maxLength: 3 }),
        retried,
        async (batches, readers, again) => {
          const log = `resp_${randomUUID()}`;
          const reading = readers.map((visits) => readToEnd(reader, log, visits));
          let next = 0;
          for (const [index, size] of batches.entries()) {
            const options = index === batches.length - 1 ? END : KEEP;
            const events = eventsOf(next, next + size);
            await writer.append(log, events, options);
            if (again[index % again.length]) await writer.append(log, events, options);
            next += size;
          }
          for (const seen of await Promise.all(reading)) expect(seen).toEqual(range(0, next));
        },
      ),
      // Of a file that others write to, followers hear late.
      { numRuns: 25, interruptAfterTimeLimit: 5_000 },
    );
  });
});
