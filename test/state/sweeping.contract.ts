import { jest } from '@jest/globals';
import fc from 'fast-check';
import type { Schema } from '../../src/database/schema.js';
import type { StoredItem } from '../../src/state/stored-item.js';
import type { Stores } from './open-stores.js';
import {
  answer,
  asStored,
  newId,
  nowInSeconds,
  reference,
  sampleRecord,
  userMessage,
} from './sample-records.js';

const HOUR = 3_600;

/** That what has expired is deleted, and nothing else. @param stores those of a test, opened before it */
export function testSweeping(stores: () => Stores): void {
  let clock = Date.now();
  beforeEach(async () => {
    const { db } = stores().database;
    for (const table of ['responses', 'items', 'item_uses', 'conversations'] as const) {
      await db.deleteFrom(table).execute();
    }
    clock = Date.now();
    jest.spyOn(Date, 'now').mockImplementation(() => clock);
  });
  afterEach(() => {
    jest.restoreAllMocks();
  });

  const pass = (seconds: number) => {
    clock += seconds * 1_000;
  };
  const sweep = async (limit = 3) => {
    for (let batches = 0; (await stores().responses.sweep(limit)) > 0; batches++) {
      if (batches > 1_000) throw new Error('The sweeper does not get on.');
    }
  };
  const count = async (table: keyof Schema): Promise<number> =>
    (await stores().database.db.selectFrom(table).selectAll().execute()).length;
  const counts = async () => [await count('responses'), await count('items'), await count('item_uses')];
  const turn = async (previous?: string, expiresAt = nowInSeconds() + 10, input = [userMessage('a')]) => {
    const record = sampleRecord({ previous, expiresAt, input });
    await stores().responses.create(record);
    return record.response.id;
  };

  it('should leave what has not expired', async () => {
    await turn(await turn());
    await sweep();
    expect(await counts()).toEqual([2, 4, 0]);
  });

  it('should delete a chain that has expired, however long', async () => {
    let id: string | undefined;
    for (let index = 0; index < 12; index++) id = await turn(id);
    pass(2 * HOUR);
    await sweep();
    expect(await counts()).toEqual([0, 0, 0]);
  });

  it('should delete what has expired of a chain once its end has, and not before', async () => {
    const first = await turn();
    const last = await turn(first, nowInSeconds() + 5 * HOUR);
    pass(2 * HOUR);
    await sweep();
    expect((await stores().responses.findHistory('tenant', last))?.items).toHaveLength(4);
    pass(5 * HOUR);
    await sweep();
    expect(await counts()).toEqual([0, 0, 0]);
  });

  it('should delete what was deleted, the one before it as well', async () => {
    const first = await turn();
    const second = await turn(first, nowInSeconds() + 5 * HOUR);
    await stores().responses.delete('tenant', first);
    pass(2 * HOUR);
    await sweep();
    expect(await count('responses')).toBe(2);
    await stores().responses.delete('tenant', second);
    pass(2 * HOUR);
    await sweep();
    expect(await counts()).toEqual([0, 0, 0]);
  });

  it('should leave an item that another response refers to', async () => {
    const message = userMessage('mine');
    await turn(undefined, nowInSeconds() + 10, [message]);
    const other = await turn(undefined, nowInSeconds() + 5 * HOUR, [reference(message.id)]);
    pass(2 * HOUR);
    await sweep();
    expect((await stores().responses.findHistory('tenant', other))?.items[0]).toEqual(message);
    pass(5 * HOUR);
    await sweep();
    expect(await counts()).toEqual([0, 0, 0]);
  });

  it('should leave the items of a conversation until it is deleted', async () => {
    const id = newId('conv');
    const { conversations, responses } = stores();
    const item = userMessage('first');
    await conversations.create('tenant', { id, createdAt: 1, metadata: {} }, [{ item, isGiven: true }]);
    await responses.create(sampleRecord({ conversation: id, expiresAt: nowInSeconds() + 10 }));
    pass(2 * HOUR);
    await sweep();
    expect(await counts()).toEqual([0, 3, 3]);
    expect((await conversations.findHistory('tenant', id))?.items).toHaveLength(3);
    await conversations.delete('tenant', id);
    await sweep();
    // What never had a response can be referred to for as long as a response is kept.
    expect((await responses.findItems('tenant', [item.id])).size).toBe(1);
    expect(await counts()).toEqual([0, 1, 0]);
    pass(31 * 24 * HOUR);
    await sweep();
    expect(await counts()).toEqual([0, 0, 0]);
  });

  it('should delete an item that was deleted from its conversation', async () => {
    const id = newId('conv');
    const item = userMessage('first');
    const { conversations } = stores();
    await conversations.create('tenant', { id, createdAt: 1, metadata: {} }, [{ item, isGiven: true }]);
    await conversations.deleteItem('tenant', id, item.id);
    await sweep();
    expect(await counts()).toEqual([0, 0, 0]);
  });

  it('should delete items whose response never came', async () => {
    await stores().responses.keepItems('tenant', newId('resp'), [{ item: answer('lost'), outputIndex: 0 }]);
    pass(23 * HOUR);
    await sweep();
    expect(await count('items')).toBe(1);
    pass(2 * HOUR);
    await sweep();
    expect(await count('items')).toBe(0);
  });

  // Whatever is continued, deleted and swept in whatever order, what lives has its whole history, and what nothing needs is gone.
  it('should agree with a model of it', async () => {
    const step = fc.oneof(
      fc.record({
        kind: fc.constant('create' as const),
        parent: fc.nat(20),
        ttl: fc.integer({ min: 1, max: 6 }),
      }),
      fc.record({
        kind: fc.constant('refer' as const),
        parent: fc.nat(20),
        ttl: fc.integer({ min: 1, max: 6 }),
      }),
      fc.record({ kind: fc.constant('delete' as const), parent: fc.nat(20) }),
      fc.record({ kind: fc.constant('pass' as const), hours: fc.integer({ min: 1, max: 4 }) }),
      fc.record({ kind: fc.constant('sweep' as const), limit: fc.integer({ min: 1, max: 5 }) }),
    );
    interface Node {
      id: string;
      items: StoredItem[];
      own: StoredItem[];
      parent: Node | undefined;
      expiresAt: number;
    }
    const isLiving = (node: Node) => node.expiresAt > nowInSeconds();
    const historyOf = (node: Node | undefined): StoredItem[] =>
      node ? [...historyOf(node.parent), ...node.items] : [];
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 30 }), async (steps) => {
        const { responses } = stores();
        const nodes: Node[] = [];
        const pick = (index: number) => {
          const living = nodes.filter(isLiving);
          return living.length === 0 ? undefined : living[index % (living.length + 1)];
        };
        for (const action of steps) {
          if (action.kind === 'pass') pass(action.hours * HOUR);
          else if (action.kind === 'sweep') await responses.sweep(action.limit);
          else if (action.kind === 'delete') {
            const node = pick(action.parent);
            if (!node) continue;
            expect(await responses.delete('tenant', node.id)).toBe(true);
            node.expiresAt = 0;
          } else {
            const parent = pick(action.parent);
            const said = action.kind === 'refer' ? (parent?.own ?? []) : [];
            const own = [userMessage(String(nodes.length))];
            const record = sampleRecord({
              previous: action.kind === 'refer' ? undefined : parent?.id,
              input: [...said.map(({ id }) => reference(id)), ...own],
              expiresAt: nowInSeconds() + action.ttl * HOUR,
            });
            await responses.create(record);
            nodes.push({
              id: record.response.id,
              own,
              items: [...said, ...own, ...record.response.output.map(asStored)],
              parent: action.kind === 'refer' ? undefined : parent,
              expiresAt: record.expiresAt,
            });
          }
        }
        for (const node of nodes) {
          const history = await responses.findHistory('tenant', node.id);
          expect(history?.items).toEqual(isLiving(node) ? historyOf(node) : undefined);
        }
        pass(20 * HOUR);
        await sweep();
        expect(await counts()).toEqual([0, 0, 0]);
      }),
      { numRuns: 40 },
    );
  });
}
