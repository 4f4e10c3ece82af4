import type { ConversationStore } from '../../src/state/conversation-store.js';
import type { StoredItem } from '../../src/state/stored-item.js';
import type { Stores } from './open-stores.js';
import { newId, nowInSeconds, reference, sampleRecord, userMessage } from './sample-records.js';

const FIRST = { after: undefined, limit: 100, order: 'asc' as const };

/** What every ConversationStore must do. @param stores those of a test, opened before it */
export function testConversationStore(stores: () => Stores): void {
  let store: ConversationStore;
  beforeEach(() => {
    store = stores().conversations;
  });

  const added = (items: StoredItem[], isGiven = true) => items.map((item) => ({ item, isGiven }));
  const create = async (...items: StoredItem[]): Promise<string> => {
    const id = newId('conv');
    await store.create('tenant', { id, createdAt: 7, metadata: { topic: 'test' } }, added(items));
    return id;
  };
  const idsOf = (items: readonly StoredItem[] | undefined) => items?.map(({ id }) => id);
  const messages = (count: number) => Array.from({ length: count }, (_, index) => userMessage(String(index)));

  it('should be found as it was made', async () => {
    const id = await create();
    expect(await store.find('tenant', id)).toEqual({ id, createdAt: 7, metadata: { topic: 'test' } });
  });

  it('should have its metadata replaced', async () => {
    const id = await create();
    const changed = { id, createdAt: 7, metadata: { other: 'yes' } };
    expect(await store.update('tenant', id, { other: 'yes' })).toEqual(changed);
    expect(await store.find('tenant', id)).toEqual(changed);
  });

  it('should be unknown to another tenant, by every method', async () => {
    const items = messages(1);
    const id = await create(...items);
    expect(await store.find('stranger', id)).toBeNull();
    expect(await store.update('stranger', id, {})).toBeNull();
    expect(await store.delete('stranger', id)).toBe(false);
    expect(await store.addItems('stranger', id, added(messages(1)))).toBeNull();
    expect(await store.listItems('stranger', id, FIRST)).toBeNull();
    expect(await store.findItem('stranger', id, items[0]!.id)).toBeNull();
    expect(await store.deleteItem('stranger', id, items[0]!.id)).toBeNull();
    expect(await store.findHistory('stranger', id)).toBeNull();
    expect((await store.findHistory('tenant', id))?.items).toEqual(items);
    expect((await store.find('tenant', id))?.metadata).toEqual({ topic: 'test' });
  });

  it('should list its items in pages, in both directions', async () => {
    const items = messages(5);
    const id = await create(...items.slice(0, 2));
    expect(await store.addItems('tenant', id, added(items.slice(2)))).toEqual(items.slice(2));
    const list = async (after: number | undefined, limit: number, order: 'asc' | 'desc') => {
      const page = await store.listItems('tenant', id, {
        after: after === undefined ? undefined : items[after]!.id,
        limit,
        order,
      });
      return [page?.items.map((item) => items.findIndex((other) => other.id === item.id)), page?.hasMore];
    };
    expect(await list(undefined, 5, 'asc')).toEqual([[0, 1, 2, 3, 4], false]);
    expect(await list(undefined, 4, 'desc')).toEqual([[4, 3, 2, 1], true]);
    expect(await list(1, 2, 'asc')).toEqual([[2, 3], true]);
    expect(await list(1, 2, 'desc')).toEqual([[0], false]);
    await expect(store.listItems('tenant', id, { ...FIRST, after: newId('msg') })).rejects.toMatchObject({
      status: 400,
      param: 'after',
    });
  });

  it('should refuse a given id that it holds already', async () => {
    const [item] = messages(1);
    const id = await create(item!);
    for (const items of [
      [item!],
      [userMessage('other', item!.id)],
      [userMessage('x', 'twice'), userMessage('y', 'twice')],
    ]) {
      await expect(store.addItems('tenant', id, added(items))).rejects.toMatchObject({
        status: 400,
        param: 'items',
      });
    }
    expect((await store.listItems('tenant', id, FIRST))?.items).toEqual([item]);
  });

  it('should share an item with another conversation, and give another one a new id', async () => {
    const [item] = messages(1);
    await create(item!);
    const id = await create(item!);
    expect((await store.listItems('tenant', id, FIRST))?.items).toEqual([item]);
    const third = await create();
    const [kept] = (await store.addItems('tenant', third, added([userMessage('other', item!.id)])))!;
    expect(kept!.id).not.toBe(item!.id);
    expect(await store.findItem('tenant', third, kept!.id)).toEqual({
      ...userMessage('other'),
      id: kept!.id,
    });
  });

  it('should find and delete an item', async () => {
    const [first, second] = messages(2);
    const id = await create(first!, second!);
    expect(await store.findItem('tenant', id, first!.id)).toEqual(first);
    expect(await store.deleteItem('tenant', id, first!.id)).toMatchObject({ id });
    expect(await store.deleteItem('tenant', id, first!.id)).toBeNull();
    expect(await store.findItem('tenant', id, first!.id)).toBeNull();
    expect((await store.findHistory('tenant', id))?.items).toEqual([second]);
    expect((await stores().responses.findItems('tenant', [first!.id])).size).toBe(0);
  });

  it('should be gone when it is deleted, with its items still to be referred to', async () => {
    const items = messages(2);
    const id = await create(...items);
    const record = sampleRecord({ conversation: id });
    await stores().responses.create(record);
    expect(await store.delete('tenant', id)).toBe(true);
    expect(await store.delete('tenant', id)).toBe(false);
    expect(await store.find('tenant', id)).toBeNull();
    expect(await store.listItems('tenant', id, FIRST)).toBeNull();
    expect(await store.findHistory('tenant', id)).toBeNull();
    expect(await store.addItems('tenant', id, added(messages(1)))).toBeNull();
    const ids = [...items, ...record.input].map((item) => item.id);
    expect((await stores().responses.findItems('tenant', ids)).size).toBe(3);
  });

  it('should find its items by reference as long as it lives', async () => {
    const items = messages(2);
    await create(...items);
    const ids = items.map((item) => item.id);
    expect((await stores().responses.findItems('tenant', ids)).size).toBe(2);
    const record = sampleRecord({ input: ids.map(reference), expiresAt: nowInSeconds() + 60 });
    await stores().responses.create(record);
    const page = await stores().responses.listInput('tenant', record.response.id, FIRST);
    expect(idsOf(page?.items)).toEqual(ids);
  });
}
