import fc from 'fast-check';
import { RequestContext } from '../../request/request-context.js';
import { RequestList } from '../../request/request-list.js';

const newCall = (id: number): RequestContext => new RequestContext(`req_${id}`, undefined, {});

describe('CallList', () => {
  it('should hold what a Set would hold', () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.boolean(), fc.nat(9))), (steps) => {
        const calls = Array.from({ length: 10 }, (_, id) => newCall(id));
        const list = new RequestList();
        const expected = new Set<RequestContext>();
        for (const [enters, id] of steps) {
          const context = calls[id]!;
          if (enters) list.add(context);
          else list.delete(context);
          if (enters) expected.add(context);
          else expected.delete(context);
          expect(list.size).toBe(expected.size);
        }
        expect(new Set(list.copy())).toEqual(expected);
      }),
    );
  });
});
