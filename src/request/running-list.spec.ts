import fc from 'fast-check';
import { type Running, RunningList } from './running-list.js';

const newRunning = (): Running => ({ slot: -1, cancel: () => undefined });

describe('RunningList', () => {
  it('should hold what a Set would hold', () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.boolean(), fc.nat(9))), (steps) => {
        const entries = Array.from({ length: 10 }, newRunning);
        const list = new RunningList();
        const expected = new Set<Running>();
        for (const [enters, id] of steps) {
          const entry = entries[id]!;
          if (enters) list.add(entry);
          else list.delete(entry);
          if (enters) expected.add(entry);
          else expected.delete(entry);
          expect(list.size).toBe(expected.size);
        }
        expect(new Set(list.copy())).toEqual(expected);
      }),
    );
  });
});
