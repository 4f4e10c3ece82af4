import fc from 'fast-check';
import { CallContext } from '../call/call-context.js';
import { CallList } from './call-list.js';

const newCall = (id: number): CallContext => new CallContext(`req_${id}`, undefined, {});

describe('CallList', () => {
  it('should hold what a Set would hold', () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.boolean(), fc.nat(9))), (steps) => {
        const calls = Array.from({ length: 10 }, (_, id) => newCall(id));
        const list = new CallList();
        const expected = new Set<CallContext>();
        for (const [enters, id] of steps) {
          const call = calls[id]!;
          if (enters) list.add(call);
          else list.delete(call);
          if (enters) expected.add(call);
          else expected.delete(call);
          expect(list.size).toBe(expected.size);
        }
        expect(new Set(list.copy())).toEqual(expected);
      }),
    );
  });
});
