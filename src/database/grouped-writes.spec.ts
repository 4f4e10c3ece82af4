import { GroupedWrites } from './grouped-writes.js';

/** Writes that end when a test says. */
function recorded(parallel = 1) {
  const groups: { values: readonly number[]; end: (error?: Error) => void }[] = [];
  let begun: () => void = () => undefined;
  const writes = new GroupedWrites<number>(
    (values) =>
      new Promise<void>((resolve, reject) => {
        groups.push({
          values,
          end: (error) => {
            if (error) reject(error);
            else resolve();
          },
        });
        begun();
      }),
    parallel,
  );
  const next = () => new Promise<void>((resolve) => (begun = resolve));
  return { writes, groups, next };
}

const turns = () => new Promise((resolve) => setImmediate(() => setImmediate(resolve)));

describe('GroupedWrites', () => {
  it('should write together what comes at the same moment, and what comes while it writes', async () => {
    const { writes, groups, next } = recorded();
    const first = [writes.add(1), writes.add(2)];
    await next();
    const second = [writes.add(3), writes.add(4)];
    await turns();
    expect(groups.map(({ values }) => values)).toEqual([[1, 2]]);
    groups[0]!.end();
    await Promise.all(first);
    await turns();
    expect(groups.map(({ values }) => values)).toEqual([
      [1, 2],
      [3, 4],
    ]);
    groups[1]!.end();
    await Promise.all(second);
  });

  it('should fail all of a group, and go on with the next', async () => {
    const { writes, groups, next } = recorded();
    const failing = Promise.allSettled([writes.add(1), writes.add(2)]);
    await next();
    const later = writes.add(3);
    groups[0]!.end(new Error('full'));
    expect((await failing).map(({ status }) => status)).toEqual(['rejected', 'rejected']);
    await turns();
    groups[1]!.end();
    await later;
  });

  it('should write groups of bounded size, several at a time where it may', async () => {
    const { writes, groups } = recorded(2);
    const all = Array.from({ length: 80 }, (_, index) => writes.add(index));
    await turns();
    expect(groups.map(({ values }) => values.length)).toEqual([32, 32]);
    for (const { end } of groups) end();
    await Promise.all(all.slice(0, 64));
    await turns();
    expect(groups.flatMap(({ values }) => values)).toEqual(all.map((_, index) => index));
    groups[2]!.end();
    await Promise.all(all);
  });
});
