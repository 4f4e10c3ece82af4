import fc from 'fast-check';
import { countOldTurns, dropTurns } from './drop-turns.js';
import { pairCalls } from './pair-calls.js';

const said = (role: string, content = role) => ({ role, content });
const call = (id: string, type = 'function') => ({ type: `${type}_call`, call_id: id });
const output = (id: string, type = 'function') => ({ type: `${type}_call_output`, call_id: id });
const compaction = { type: 'compaction', encrypted_content: 'x' };

/** Few ids, so that they are used again. */
const id = fc.constantFrom('a', 'b', 'c');
const item = fc.oneof(
  fc.constantFrom('user', 'user', 'assistant', 'system', 'developer').map((role) => said(role)),
  fc.tuple(id, fc.constantFrom('function', 'custom_tool', 'shell')).map(([name, type]) => call(name, type)),
  fc.tuple(id, fc.constantFrom('function', 'custom_tool', 'shell')).map(([name, type]) => output(name, type)),
  fc.constantFrom<unknown>(compaction, { type: 'reasoning' }, null, 5),
);
const input = fc.array(item, { maxLength: 40 }).map((items) => items.map((each) => structuredClone(each)));

describe('the oldest turns of an input', () => {
  const items = [
    said('system'),
    said('user', '1'),
    call('a'),
    output('a'),
    said('assistant'),
    said('user', '2'),
    said('developer'),
    said('assistant'),
    said('user', '3'),
  ];

  it('should go as a whole, but for system texts', () => {
    expect(countOldTurns(items)).toBe(2);
    expect(dropTurns(items, 0)).toEqual(items);
    expect(dropTurns(items, 1)).toEqual([items[0], ...items.slice(5)]);
    expect(dropTurns(items, 2)).toEqual([items[0], items[6], items[8]]);
  });

  it('should be what stands before the first message of the user too', () => {
    const leading = [said('assistant'), said('user'), said('user')];
    expect(countOldTurns(leading)).toBe(2);
    expect(dropTurns(leading, 1)).toEqual(leading.slice(1));
  });

  it('should leave the summary of what was compacted', () => {
    expect(dropTurns([said('user'), compaction, said('user')], 1)).toEqual([compaction, said('user')]);
  });

  it('should leave a call whose output comes later', () => {
    const late = [said('user'), call('a'), call('b'), output('b'), said('user'), output('a')];
    expect(dropTurns(late, 1)).toEqual([late[1], late[4], late[5]]);
  });

  it.each([[[]], [[said('assistant'), call('a')]], [[said('user'), said('assistant')]]])(
    'should be none where there is one turn only: %j',
    (one) => {
      expect(countOldTurns(one)).toBe(0);
      expect(dropTurns(one, 5)).toEqual(one);
    },
  );

  it('should keep what must stay, however many go, and each of them some', () => {
    fc.assert(
      fc.property(input, (given) => {
        const old = countOldTurns(given);
        const lastUser = given.findLastIndex((each) => (each as { role?: string } | null)?.role === 'user');
        let before: readonly unknown[] = given;
        expect(dropTurns(given, 0)).toEqual(given);
        for (let count = 1; count <= old + 1; count++) {
          const left = dropTurns(given, count);
          // In the old order, and of what was there with fewer gone.
          expect(before.filter((each) => left.includes(each))).toEqual(left);
          expect(left.slice(-(given.length - Math.max(lastUser, 0)))).toEqual(
            given.slice(Math.max(lastUser, 0)),
          );
          for (const [one, other] of pairCalls(given))
            expect(left.includes(given[one])).toBe(left.includes(given[other]));
          for (const each of given) {
            const role = (each as { role?: string } | null)?.role;
            if (role === 'system' || role === 'developer') expect(left).toContain(each);
          }
          before = left;
        }
      }),
    );
  });
});
