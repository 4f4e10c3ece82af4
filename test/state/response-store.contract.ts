import type { ResponseStore } from '../../src/state/response-store.js';
import type { StoredItem } from '../../src/state/stored-item.js';
import {
  answer,
  asStored,
  newId,
  nowInSeconds,
  reasoning,
  reference,
  sampleRecord,
  sampleResponse,
  userMessage,
} from './sample-records.js';
import type { Stores } from './open-stores.js';

const FIRST = { after: undefined, limit: 100, order: 'asc' as const };
const STRANGER = 'stranger';
const STALE_MS = 60_000;

/** What every ResponseStore must do. @param stores those of a test, opened before it */
export function testResponseStore(stores: () => Stores): void {
  let store: ResponseStore;
  beforeEach(() => {
    store = stores().responses;
  });

  const historyOf = async (id: string): Promise<StoredItem[] | undefined> =>
    (await store.findHistory('tenant', id))?.items;
  const textsOf = (items: readonly StoredItem[] | undefined): unknown[] | undefined =>
    items?.map(({ content }) => (content as { text: string }[])[0]?.text);
  const turn = async (text: string, previous?: string): Promise<string> => {
    const record = sampleRecord({
      previous,
      input: [userMessage(text)],
      output: [answer(`${text}!`)],
    });
    await store.create(record);
    return record.response.id;
  };
  const foundOf = async (...ids: string[]): Promise<string[]> => [
    ...(await store.findItems('tenant', ids)).keys(),
  ];
  const conversation = async (...items: StoredItem[]): Promise<string> => {
    const id = newId('conv');
    await stores().conversations.create(
      'tenant',
      { id, createdAt: nowInSeconds(), metadata: {} },
      items.map((item) => ({ item, isGiven: false })),
    );
    return id;
  };

  describe('a response', () => {
    it.each(['completed', 'incomplete', 'failed', 'cancelled'] as const)(
      'should be found as its client has it: %s',
      async (status) => {
        const broken = { ...answer('Hel'), status: 'incomplete' } as ReturnType<typeof answer>;
        const record = sampleRecord({ status, output: [reasoning('Hm.'), answer('One.'), broken] });
        await store.create(record);
        expect(await store.find('tenant', record.response.id)).toEqual({
          response: record.response,
          streamed: false,
          job: null,
          started: false,
        });
      },
    );

    it('should be found with a text that its output does not say, and without one', async () => {
      for (const text of ['something else', undefined]) {
        const record = sampleRecord();
        record.response.output_text = text;
        if (text === undefined) delete record.response.output_text;
        await store.create(record);
        expect((await store.find('tenant', record.response.id))?.response).toStrictEqual(record.response);
      }
    });

    it('should not be found when it is unknown or has expired', async () => {
      const record = sampleRecord({ expiresAt: nowInSeconds() });
      await store.create(record);
      for (const id of [record.response.id, newId('resp')]) {
        expect(await store.find('tenant', id)).toBeNull();
        expect(await store.findHistory('tenant', id)).toBeNull();
        expect(await store.listInput('tenant', id, FIRST)).toBeNull();
        expect(await store.delete('tenant', id)).toBe(false);
      }
      expect(await foundOf(record.input[0]!.id, record.response.output[0]!.id)).toEqual([]);
    });

    it('should not be found by another tenant, by any method', async () => {
      const record = sampleRecord({ status: 'queued', background: true, output: [] });
      await store.create(record);
      const { id } = record.response;
      expect(await store.find(STRANGER, id)).toBeNull();
      expect(await store.findHistory(STRANGER, id)).toBeNull();
      expect(await store.listInput(STRANGER, id, FIRST)).toBeNull();
      expect(await store.delete(STRANGER, id)).toBe(false);
      expect(await store.begin(STRANGER, id, 0)).toBe(false);
      expect(await store.beat(STRANGER, id)).toBe(false);
      expect(await store.markStarted(STRANGER, id)).toBe(false);
      expect(await store.settle(STRANGER, sampleResponse({ id }), [], nowInSeconds() + 60)).toBe(false);
      expect((await store.findItems(STRANGER, [record.input[0]!.id])).size).toBe(0);
      expect(await store.find('tenant', id)).toMatchObject({
        response: { status: 'queued' },
        started: false,
      });
    });

    it('should not become a turn of the chain of another tenant', async () => {
      const first = await turn('a');
      const record = sampleRecord({ tenant: STRANGER, previous: first });
      await store.create(record);
      const history = await store.findHistory(STRANGER, record.response.id);
      expect(history?.items).toEqual([...record.input, ...record.response.output]);
      expect(textsOf(await historyOf(await turn('b', first)))).toEqual(['a', 'a!', 'b', 'b!']);
    });
  });

  describe('a history', () => {
    it('should hold the input and output of all that a response continues, in order', async () => {
      const third = await turn('c', await turn('b', await turn('a')));
      expect(textsOf(await historyOf(third))).toEqual(['a', 'a!', 'b', 'b!', 'c', 'c!']);
    });

    it('should branch where a response is continued twice, and again', async () => {
      const first = await turn('a');
      const second = await turn('b', first);
      const other = await turn('x', first);
      expect(textsOf(await historyOf(await turn('y', other)))).toEqual(['a', 'a!', 'x', 'x!', 'y', 'y!']);
      expect(textsOf(await historyOf(await turn('z', other)))).toEqual(['a', 'a!', 'x', 'x!', 'z', 'z!']);
      expect(textsOf(await historyOf(await turn('c', second)))).toEqual(['a', 'a!', 'b', 'b!', 'c', 'c!']);
    });

    it('should survive the response before it', async () => {
      const first = await turn('a');
      const second = await turn('b', first);
      expect(await store.delete('tenant', first)).toBe(true);
      expect(await store.delete('tenant', first)).toBe(false);
      expect(await store.find('tenant', first)).toBeNull();
      expect(textsOf(await historyOf(second))).toEqual(['a', 'a!', 'b', 'b!']);
    });

    it('should be that of a response that was being answered when the one before it was deleted', async () => {
      const first = await turn('a');
      await store.delete('tenant', first);
      while ((await store.sweep(10)) > 0);
      expect(textsOf(await historyOf(await turn('b', first)))).toEqual(['a', 'a!', 'b', 'b!']);
    });

    it.each(['failed', 'cancelled'] as const)(
      'should hold only the input of one that is %s',
      async (status) => {
        const record = sampleRecord({ status, input: [userMessage('a')] });
        await store.create(record);
        const next = await turn('b', record.response.id);
        expect(await store.findHistory('tenant', record.response.id)).toEqual({
          status,
          items: record.input,
        });
        expect(textsOf(await historyOf(next))).toEqual(['a', 'b', 'b!']);
      },
    );

    it('should hold what the client was not shown, where it was thought', async () => {
      const [before, between] = ['first', 'then'].map((text) => asStored(reasoning(text)));
      const record = sampleRecord({
        input: [userMessage('a')],
        output: [answer('one'), answer('two')],
        hidden: [
          { item: before!, before: 0 },
          { item: between!, before: 1 },
        ],
      });
      await store.create(record);
      const { id } = record.response;
      expect(textsOf(await historyOf(id))).toEqual(['a', 'first', 'one', 'then', 'two']);
      expect((await store.find('tenant', id))?.response.output).toEqual(record.response.output);
      expect(await foundOf(before!.id)).toEqual([]);
      const next = await turn('b', id);
      expect(textsOf((await store.listInput('tenant', next, FIRST))?.items)).toEqual([
        'a',
        'one',
        'two',
        'b',
      ]);
    });

    it('should hold items that its input refers to, also when what they came with is gone', async () => {
      const first = sampleRecord({ input: [userMessage('a')], output: [answer('a!')] });
      await store.create(first);
      const second = sampleRecord({
        input: [first.input[0]!, asStored(first.response.output[0]!)].map(({ id }) => reference(id)),
        output: [answer('again')],
      });
      await store.create(second);
      await store.delete('tenant', first.response.id);
      expect(textsOf(await historyOf(second.response.id))).toEqual(['a', 'a!', 'again']);
    });

    it('should hold a long input in its order', async () => {
      const input = Array.from({ length: 120 }, (_, index) => userMessage(String(index)));
      const record = sampleRecord({ input, output: [] });
      await store.create(record);
      expect(await historyOf(record.response.id)).toEqual(input);
      expect(await historyOf(await turn('b', record.response.id))).toHaveLength(122);
    });

    it('should be the same when it is read again, and after a while', async () => {
      const second = await turn('b', await turn('a'));
      const once = await historyOf(second);
      expect(await historyOf(second)).toEqual(once);
      await store.delete('tenant', second);
      expect(await store.findHistory('tenant', second)).toBeNull();
      expect(await store.findHistory(STRANGER, second)).toBeNull();
    });
  });

  describe('input items', () => {
    it('should be listed in pages, in both directions', async () => {
      const last = await turn('c', await turn('b', await turn('a')));
      const all = (await store.listInput('tenant', last, FIRST))!.items;
      expect(textsOf(all)).toEqual(['a', 'a!', 'b', 'b!', 'c']);
      const page = await store.listInput('tenant', last, { after: all[1]!.id, limit: 2, order: 'asc' });
      expect([textsOf(page?.items), page?.hasMore]).toEqual([['b', 'b!'], true]);
      const end = await store.listInput('tenant', last, { after: all[2]!.id, limit: 2, order: 'asc' });
      expect([textsOf(end?.items), end?.hasMore]).toEqual([['b!', 'c'], false]);
      const back = await store.listInput('tenant', last, { after: all[4]!.id, limit: 3, order: 'desc' });
      expect([textsOf(back?.items), back?.hasMore]).toEqual([['b!', 'b', 'a!'], true]);
    });

    it('should be listed once each', async () => {
      const message = userMessage('a');
      const record = sampleRecord({ input: [message, reference(message.id), userMessage('b')] });
      await store.create(record);
      const page = await store.listInput('tenant', record.response.id, FIRST);
      expect(textsOf(page?.items)).toEqual(['a', 'b']);
      expect(textsOf(await historyOf(record.response.id))).toEqual(['a', 'a', 'b', 'Hello!']);
    });

    it('should begin behind an item of theirs only', async () => {
      const listing = store.listInput('tenant', await turn('a'), { ...FIRST, after: 'msg_unknown' });
      await expect(listing).rejects.toMatchObject({ status: 400, param: 'after' });
    });
  });

  describe('an item', () => {
    it('should be found by its id, whatever it came with', async () => {
      const record = sampleRecord({ status: 'incomplete', output: [reasoning('Hm.'), answer('One.')] });
      await store.create(record);
      const items = [...record.input, ...record.response.output.map(asStored)];
      const found = await store.findItems('tenant', [...items.map(({ id }) => id), 'msg_unknown']);
      expect([...found.values()]).toHaveLength(3);
      for (const item of items) expect(found.get(item.id)).toEqual(item);
    });

    it('should be found among many', async () => {
      const input = Array.from({ length: 40 }, (_, index) => userMessage(String(index)));
      await store.create(sampleRecord({ input }));
      const asked = [...input.map(({ id }) => id), ...Array.from({ length: 300 }, () => newId('msg'))];
      expect(await foundOf(...asked)).toHaveLength(40);
      expect(await foundOf()).toEqual([]);
    });

    it('should be found before its response is kept, and as long as that', async () => {
      const record = sampleRecord({ output: [answer('One.'), answer('Two.')] });
      const [one, two] = record.response.output;
      await store.keepItems('tenant', record.response.id, [{ item: one!, outputIndex: 0 }]);
      expect(await foundOf(one!.id, two!.id)).toEqual([one!.id]);
      expect((await store.findItems(STRANGER, [one!.id])).size).toBe(0);
      await store.create(record);
      await store.keepItems('tenant', record.response.id, [{ item: two!, outputIndex: 1 }]);
      expect(await foundOf(one!.id, two!.id)).toHaveLength(2);
      expect((await store.find('tenant', record.response.id))?.response).toEqual(record.response);
      await store.delete('tenant', record.response.id);
      expect(await foundOf(one!.id, two!.id)).toEqual([]);
    });

    it('should not be found where it was broken off with its response, also when it was kept before', async () => {
      const broken = { ...answer('Hel'), status: 'incomplete' } as ReturnType<typeof answer>;
      const other = { ...answer('Wor'), status: 'incomplete' } as ReturnType<typeof answer>;
      const record = sampleRecord({ status: 'failed', output: [answer('Done.'), broken, other] });
      await store.keepItems('tenant', record.response.id, [{ item: broken, outputIndex: 1 }]);
      await store.create(record);
      const ids = record.response.output.map(({ id }) => id);
      expect(await foundOf(...ids, record.input[0]!.id)).toEqual(
        expect.arrayContaining([ids[0], record.input[0]!.id]),
      );
      expect(await foundOf(ids[1]!, ids[2]!)).toEqual([]);
    });

    it('should not be kept twice when it is said again, with or without what says nothing', async () => {
      const first = sampleRecord({ input: [userMessage('a')], output: [answer('a!')] });
      await store.create(first);
      const again = { ...asStored(first.response.output[0]!), status: undefined, phase: null };
      const second = sampleRecord({ input: [first.input[0]!, again, userMessage('b')] });
      await store.create(second);
      const page = await store.listInput('tenant', second.response.id, FIRST);
      expect(page?.items.map(({ id }) => id)).toEqual(second.input.map(({ id }) => id));
      await store.delete('tenant', first.response.id);
      expect(await foundOf(first.input[0]!.id)).toHaveLength(1);
      await store.delete('tenant', second.response.id);
      expect(await foundOf(first.input[0]!.id)).toEqual([]);
    });

    it('should get a new id where its own stands for something else', async () => {
      const first = sampleRecord({ input: [userMessage('a', newId('msg'))] });
      await store.create(first);
      const { id } = first.input[0]!;
      const second = sampleRecord({ input: [userMessage('b', id), userMessage('c', id)] });
      await store.create(second);
      const items = (await store.listInput('tenant', second.response.id, FIRST))!.items;
      expect(textsOf(items)).toEqual(['b', 'c']);
      expect(new Set([id, ...items.map((item) => item.id)]).size).toBe(3);
      expect((await store.findItems('tenant', [id])).get(id)).toEqual(first.input[0]);
      expect(await foundOf(...items.map((item) => item.id))).toHaveLength(2);
    });

    it('should have the id that another tenant has given to something else', async () => {
      const id = newId('msg');
      for (const tenant of ['tenant', STRANGER]) {
        await store.create(sampleRecord({ tenant, input: [userMessage(tenant, id)] }));
      }
      for (const tenant of ['tenant', STRANGER]) {
        expect((await store.findItems(tenant, [id])).get(id)).toEqual(userMessage(tenant, id));
      }
    });

    it('should be kept rather than what the client says its reasoning was', async () => {
      const thought = reasoning('All of it.');
      await store.create(sampleRecord({ output: [thought] }));
      const record = sampleRecord({ input: [{ ...asStored(thought), content: undefined }] });
      await store.create(record);
      expect((await historyOf(record.response.id))?.[0]).toEqual(thought);
    });
  });

  describe('a background response', () => {
    const queue = async (more: Parameters<typeof sampleRecord>[0] = {}): Promise<string> => {
      const record = sampleRecord({
        status: 'queued',
        background: true,
        output: [],
        job: '{"a":1}',
        ...more,
      });
      await store.create(record);
      return record.response.id;
    };

    it('should begin once, and end once', async () => {
      const id = await queue();
      expect(await store.find('tenant', id)).toMatchObject({ job: '{"a":1}', started: false });
      expect(await store.begin('tenant', id, STALE_MS)).toBe(true);
      expect(await store.begin('tenant', id, STALE_MS)).toBe(false);
      expect(await store.markStarted('tenant', id)).toBe(true);
      expect(await store.markStarted('tenant', id)).toBe(false);
      expect(await store.beat('tenant', id)).toBe(true);
      const running = await store.find('tenant', id);
      expect(running).toMatchObject({ started: true, response: { status: 'in_progress', output: [] } });
      const response = sampleResponse({ id, background: true, output: [answer('Done.')] });
      const until = nowInSeconds() + 60;
      await store.keepItems('tenant', id, [{ item: response.output[0]!, outputIndex: 0 }]);
      expect((await store.find('tenant', id))?.response.output).toEqual([]);
      expect(await store.settle('tenant', response, [], until)).toBe(true);
      expect(await store.settle('tenant', { ...response, status: 'failed' }, [], until)).toBe(false);
      expect(await store.find('tenant', id)).toEqual({ response, streamed: false, job: null, started: true });
      expect(textsOf(await historyOf(id))).toEqual(['Hi', 'Done.']);
    });

    it('should be begun again when nothing was heard of whoever has begun it, unless the model has answered', async () => {
      const id = await queue();
      await store.begin('tenant', id, STALE_MS);
      expect((await store.listUnfinished(STALE_MS)).map((unfinished) => unfinished.id)).not.toContain(id);
      expect(await store.begin('tenant', id, 0)).toBe(true);
      await store.markStarted('tenant', id);
      expect(await store.begin('tenant', id, 0)).toBe(false);
    });

    it('should be listed as long as it has not ended', async () => {
      const [waiting, running, ended] = [await queue(), await queue(), await queue()];
      await store.begin('tenant', running, STALE_MS);
      await store.settle(
        'tenant',
        sampleResponse({ id: ended, status: 'cancelled' }),
        [],
        nowInSeconds() + 60,
      );
      const ids = (await store.listUnfinished(0)).map(({ id }) => id);
      expect(ids).toEqual(expect.arrayContaining([waiting, running]));
      expect(ids).not.toContain(ended);
    });

    it('should expire when its end says', async () => {
      const id = await queue();
      await store.settle('tenant', sampleResponse({ id }), [], nowInSeconds());
      expect(await store.find('tenant', id)).toBeNull();
    });

    it('should not begin or end once it is deleted', async () => {
      const id = await queue();
      await store.delete('tenant', id);
      expect(await store.begin('tenant', id, STALE_MS)).toBe(false);
      expect(await store.settle('tenant', sampleResponse({ id }), [], nowInSeconds() + 60)).toBe(false);
    });

    it('should append to its conversation with its end', async () => {
      const name = await conversation(userMessage('before'));
      const id = await queue({ conversation: name, input: [userMessage('a')] });
      const history = () => stores().conversations.findHistory('tenant', name);
      expect(textsOf((await history())?.items)).toEqual(['before']);
      expect(textsOf((await store.listInput('tenant', id, FIRST))?.items)).toEqual(['before', 'a']);
      const response = sampleResponse({ id, conversation: name, output: [answer('a!')] });
      await store.settle('tenant', response, [], nowInSeconds() + 60);
      expect(textsOf((await history())?.items)).toEqual(['before', 'a', 'a!']);
      expect(textsOf((await store.listInput('tenant', id, FIRST))?.items)).toEqual(['before', 'a']);
    });
  });

  describe('a response of a conversation', () => {
    const say = async (name: string, text: string, more: Parameters<typeof sampleRecord>[0] = {}) => {
      const record = sampleRecord({
        conversation: name,
        input: [userMessage(text)],
        output: [answer(`${text}!`)],
        ...more,
      });
      await store.create(record);
      return record;
    };
    const saidIn = async (name: string) =>
      textsOf((await stores().conversations.findHistory('tenant', name))?.items);

    it('should append what was said, with what is hidden', async () => {
      const name = await conversation();
      await say(name, 'a', { hidden: [{ item: asStored(reasoning('Hm.')), before: 0 }] });
      const { response } = await say(name, 'b', { status: 'incomplete' });
      expect(await saidIn(name)).toEqual(['a', 'Hm.', 'a!', 'b', 'b!']);
      const listed = await store.listInput('tenant', response.id, FIRST);
      expect(textsOf(listed?.items)).toEqual(['a', 'a!', 'b']);
    });

    it.each(['failed', 'cancelled'] as const)('should append nothing when it is %s', async (status) => {
      const name = await conversation(userMessage('before'));
      const { response } = await say(name, 'a', { status });
      expect(await saidIn(name)).toEqual(['before']);
      const listed = await store.listInput('tenant', response.id, FIRST);
      expect(textsOf(listed?.items)).toEqual(['before', 'a']);
    });

    it('should leave its items there when it is deleted, and when it expires', async () => {
      const name = await conversation();
      const { response } = await say(name, 'a');
      await say(name, 'b', { expiresAt: nowInSeconds() });
      await store.delete('tenant', response.id);
      expect(await saidIn(name)).toEqual(['a', 'a!', 'b', 'b!']);
      expect(await foundOf(response.output[0]!.id)).toHaveLength(1);
    });

    it('should not append what the conversation holds already', async () => {
      const name = await conversation();
      const first = await say(name, 'a');
      await say(name, 'b', {
        input: [first.input[0]!, reference(first.response.output[0]!.id), userMessage('b')],
      });
      expect(await saidIn(name)).toEqual(['a', 'a!', 'b', 'b!']);
    });

    it('should be continued by its id, with what the conversation held then', async () => {
      const name = await conversation(userMessage('before'));
      const { response } = await say(name, 'a');
      await say(name, 'later');
      expect(textsOf(await historyOf(await turn('b', response.id)))).toEqual([
        'before',
        'a',
        'a!',
        'b',
        'b!',
      ]);
      expect(textsOf(await historyOf(response.id))).toEqual(['before', 'a', 'a!']);
    });

    it('should be kept when its conversation has gone meanwhile', async () => {
      const name = await conversation();
      await stores().conversations.delete('tenant', name);
      const { response } = await say(name, 'a');
      expect(await store.find('tenant', response.id)).not.toBeNull();
      expect(textsOf(await historyOf(response.id))).toEqual(['a', 'a!']);
    });

    it('should append more items than are looked up by their ids', async () => {
      const name = await conversation();
      const input = Array.from({ length: 70 }, (_, index) => userMessage(String(index)));
      await say(name, 'a', { input });
      expect(await saidIn(name)).toHaveLength(71);
    });
  });

  it('should say that it can be reached', async () => {
    expect(await store.isReady()).toBe(true);
  });

  it('should keep many responses at the same moment, each with its own', async () => {
    const records = Array.from({ length: 150 }, (_, index) =>
      sampleRecord({ input: [userMessage(`in ${index}`)], output: [answer(`out ${index}`)] }),
    );
    await Promise.all(records.map((record) => store.create(record)));
    for (const { response, input } of records) {
      expect((await store.find('tenant', response.id))?.response).toEqual(response);
      expect(await historyOf(response.id)).toEqual([...input, ...response.output]);
    }
  });

  it('should keep all of many at the same moment where some are in the way of others', async () => {
    const id = newId('msg');
    const records = Array.from({ length: 20 }, (_, index) =>
      sampleRecord({
        input: [index % 4 === 0 ? userMessage(`in ${index}`, id) : userMessage(`in ${index}`)],
      }),
    );
    await Promise.all(records.map((record) => store.create(record)));
    for (const [index, { response }] of records.entries()) {
      expect(textsOf(await historyOf(response.id))).toEqual([`in ${index}`, 'Hello!']);
    }
  });

  it('should keep once what it is told to keep twice', async () => {
    const parent = await turn('a');
    const name = await conversation();
    for (const more of [{}, { previous: parent }, { conversation: name }]) {
      const record = sampleRecord(more);
      await store.create(record);
      await store.create(record);
      expect((await store.find('tenant', record.response.id))?.response).toEqual(record.response);
    }
    expect(textsOf((await stores().conversations.findHistory('tenant', name))?.items)).toEqual([
      'Hi',
      'Hello!',
    ]);
  });

  it('should branch when a response is continued by many at the same moment', async () => {
    const first = await turn('a');
    const texts = Array.from({ length: 12 }, (_, index) => `child ${index}`);
    const children = await Promise.all(texts.map((text) => turn(text, first)));
    for (const [index, id] of children.entries()) {
      expect(textsOf(await historyOf(id))).toEqual(['a', 'a!', texts[index], `${texts[index]}!`]);
    }
  });
}
