import fc from 'fast-check';
import { pageOf } from './page-of.js';

describe('pageOf', () => {
  it('should lead through any list, item by item, in both directions', () => {
    fc.assert(
      fc.property(
        fc.array(fc.nat(12), { maxLength: 30 }),
        fc.integer({ min: 1, max: 5 }),
        fc.constantFrom('asc' as const, 'desc' as const),
        (numbers, limit, order) => {
          const list = numbers.map((number) => ({ id: `msg_${number}` }));
          const seen: string[] = [];
          for (let after: string | undefined, hasMore = true; hasMore; after = seen.at(-1)) {
            const page = pageOf(list, { after, limit, order });
            seen.push(...page.items.map(({ id }) => id));
            hasMore = page.hasMore;
            expect(page.items.length).toBe(hasMore ? limit : page.items.length);
          }
          const once = [...new Set(list.map(({ id }) => id))];
          expect(seen).toEqual(order === 'asc' ? once : once.reverse());
        },
      ),
    );
  });
});
