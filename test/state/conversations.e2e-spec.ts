import fc from 'fast-check';
import type { ConversationObject, ItemList, ListedItem } from '../../src/contracts/state-api.js';
import { Lease } from '../../src/coordination/lease.js';
import { getExtension } from '../../src/extension/extension-point.js';
import { ResponseStore } from '../../src/state/response-store.js';
import { createTestApp, type TestApp } from '../support/create-test-app.js';
import { DATABASES, type TestDatabase } from '../support/databases.js';
import { expectEnvelope } from '../support/error-envelope.js';
import { exchange, type JsonAnswer } from '../support/http-client.js';
import { sampleQuestion, sampleRecord, sampleResponse, tenantOfKey } from '../support/stored-samples.js';
import { walkList } from '../support/walk-list.js';

const OWNER = { authorization: 'Bearer owner-key' };
const STRANGER = { authorization: 'Bearer other-key' };
const HELLO = { role: 'user', content: 'Hello' };
type Route = readonly [method: string, path: string, body?: unknown];

/** Each route of a conversation that there is, with a body that it takes; what deletes comes last. */
const routesOf = (itemId: string): Route[] => [
  ['GET', ''],
  ['POST', '', { metadata: { a: 'b' } }],
  ['GET', '/items'],
  ['POST', '/items', { items: [HELLO] }],
  ['GET', `/items/${itemId}`],
  ['DELETE', `/items/${itemId}`],
  ['DELETE', ''],
];
const ROUTES = routesOf('msg_1');

for (const { name, isHere, open } of DATABASES)
  (isHere ? describe : describe.skip)(name, () => {
    let database: TestDatabase;
    let gateway: TestApp;
    let tenant: string;

    beforeAll(async () => {
      database = await open();
      gateway = await createTestApp({
        environment: { API_KEYS: 'owner-key,other-key', DATABASE_URL: database.url },
      });
      tenant = await tenantOfKey(gateway.app, 'owner-key');
    });
    afterAll(async () => {
      await gateway.close();
      await database.close();
    });

    const at = (path = ''): string => `${gateway.url}/v1/conversations${path}`;
    const ask = (method: string, path: string, body?: unknown, headers = OWNER): Promise<JsonAnswer> =>
      exchange(method, at(path), body, headers);

    async function begin(body: unknown = {}): Promise<ConversationObject> {
      const answer = await ask('POST', '', body);
      expect(answer.status).toBe(200);
      return answer.body as ConversationObject;
    }

    async function add(id: string, ...items: unknown[]): Promise<ListedItem[]> {
      const { status, body } = await ask('POST', `/${id}/items`, { items });
      expect(status).toBe(200);
      return (body as ItemList).data;
    }

    const itemsOf = (id: string, headers = OWNER): Promise<ListedItem[]> =>
      walkList(at(`/${id}/items`), { limit: 100, order: 'asc' }, headers);

    function refused(param: string | null, message?: RegExp) {
      return { status: 400, type: 'invalid_request_error', code: 'invalid_request', param, message };
    }

    describe('a conversation', () => {
      it.each([undefined, 'null', '{}', '{"items":null,"metadata":null}'])(
        'should begin with %s',
        async (body) => {
          const before = Math.floor(Date.now() / 1000);
          const conversation = await begin(body);
          expect(conversation).toEqual({
            id: expect.stringMatching(/^conv_\w+$/) as string,
            object: 'conversation',
            created_at: expect.any(Number) as number,
            metadata: {},
          });
          expect(conversation.created_at).toBeGreaterThanOrEqual(before);
          expect(conversation.created_at).toBeLessThanOrEqual(Date.now() / 1000);
          expect(await itemsOf(conversation.id)).toEqual([]);
        },
      );

      it('should be found, changed and deleted', async () => {
        const conversation = await begin({ metadata: { a: '1', b: '2' }, items: [HELLO] });
        const { id } = conversation;
        expect(conversation.metadata).toEqual({ a: '1', b: '2' });
        expect((await ask('GET', `/${id}`)).body).toEqual(conversation);
        const changed = { ...conversation, metadata: { c: '3' } };
        expect((await ask('POST', `/${id}`, { metadata: { c: '3' } })).body).toEqual(changed);
        expect((await ask('GET', `/${id}`)).body).toEqual(changed);
        expect((await ask('POST', `/${id}`, { metadata: null })).body).toEqual({
          ...conversation,
          metadata: {},
        });
        const { status, body } = await ask('DELETE', `/${id}`);
        expect([status, body]).toEqual([200, { id, object: 'conversation.deleted', deleted: true }]);
        for (const [method, path, sent] of ROUTES) {
          expectEnvelope(await ask(method, `/${id}${path}`, sent), notFound('Conversation', id));
        }
      });

      it('should name the fields that it does not know', async () => {
        const { headers } = await ask('POST', '', { title: 'x' });
        expect(headers['x-gateway-ignored']).toBe('title');
        const { id } = await begin();
        const added = await ask('POST', `/${id}/items?include[]=file_search`, {
          items: [HELLO],
          position: 0,
        });
        expect(added.headers['x-gateway-ignored']).toBe('include:file_search, position');
      });

      it.each<[unknown, string | null]>([
        [[], null],
        ['"text"', null],
        [{ items: 'Hello' }, 'items'],
        [{ items: Array.from({ length: 21 }, () => HELLO) }, 'items'],
        [{ items: [HELLO, 'Hello'] }, 'items[1]'],
        [{ items: [{}] }, 'items[0].type'],
        [{ items: [{ role: 'narrator', content: '' }] }, 'items[0].role'],
        [{ items: [{ type: 'message', content: '' }] }, 'items[0].role'],
        [{ items: [{ role: 'user', content: 7 }] }, 'items[0].content'],
        [
          { items: [{ role: 'user', content: [{ type: 'input_text', text: 7 }] }] },
          'items[0].content[0].text',
        ],
        [{ items: [HELLO, { type: 'function_call', call_id: 'c', arguments: '{}' }] }, 'items[1].name'],
        [{ metadata: [] }, 'metadata'],
        [{ metadata: { a: 1 } }, 'metadata.a'],
        [{ metadata: { ['k'.repeat(65)]: '' } }, 'metadata'],
        [{ metadata: { a: 'v'.repeat(513) } }, 'metadata.a'],
        [{ metadata: Object.fromEntries(Array.from({ length: 17 }, (_, n) => [`k${n}`, ''])) }, 'metadata'],
      ])('should not begin with %j', async (body, param) => {
        expectEnvelope(await ask('POST', '', body), refused(param));
      });

      it('should ask for the metadata that it is to have', async () => {
        const { id } = await begin({ metadata: { a: '1' } });
        const missing = { ...refused('metadata'), code: 'missing_required_parameter' };
        expectEnvelope(await ask('POST', `/${id}`, {}), missing);
        expectEnvelope(await ask('POST', `/${id}`, { metadata: { a: 1 } }), refused('metadata.a'));
        expect((await ask('GET', `/${id}`)).body).toMatchObject({ metadata: { a: '1' } });
      });
    });

    describe('the items of a conversation', () => {
      it('should be shown in the form of the API, each with an id', async () => {
        const call = { type: 'function_call', call_id: 'call_1', name: 'get_weather', arguments: '{}' };
        const output = { type: 'function_call_output', call_id: 'call_1', output: '21 degrees' };
        const { id } = await begin();
        const added = await add(id, HELLO, { role: 'assistant', content: 'Hi' }, call, output, {
          type: 'from_the_future',
          deep: [{ a: null }],
        });
        const message = { type: 'message', status: 'completed' };
        expect(added).toEqual([
          { ...message, role: 'user', content: [{ type: 'input_text', text: 'Hello' }], id: idOf('msg') },
          {
            ...message,
            role: 'assistant',
            content: [{ type: 'output_text', text: 'Hi', annotations: [] }],
            id: idOf('msg'),
          },
          { ...call, id: idOf('fc') },
          { ...output, id: idOf('fco') },
          { type: 'from_the_future', deep: [{ a: null }], id: idOf('item') },
        ]);
        expect(await itemsOf(id)).toEqual(added);
        for (const item of added) expect((await ask('GET', `/${id}/items/${item.id}`)).body).toEqual(item);
      });

      it('should be kept whatever their texts are', async () => {
        const odd = ['a\0b', '\ud800', '\u{1f600}', '\u2028"\\', ''];
        const { id, metadata } = await begin({ metadata: { odd: 'a\0b', 'k\0': '\ud800' } });
        expect(metadata).toEqual({ odd: 'a\0b', 'k\0': '\ufffd' });
        expect((await ask('GET', `/${id}`)).body).toMatchObject({ metadata });
        const added = await add(id, ...odd.map((content) => ({ role: 'user', content })));
        expect(await itemsOf(id)).toEqual(added);
      });

      it('should be appended, and deleted one by one', async () => {
        const conversation = await begin({ items: [HELLO] });
        const path = `/${conversation.id}/items`;
        const added = await add(conversation.id, { ...HELLO, content: 'a' }, { ...HELLO, content: 'b' });
        const [first] = await itemsOf(conversation.id);
        expect(await itemsOf(conversation.id)).toEqual([first, ...added]);
        const { status, body } = await ask('DELETE', `${path}/${added[0]!.id}`);
        expect([status, body]).toEqual([200, conversation]);
        expect(await itemsOf(conversation.id)).toEqual([first, added[1]]);
        for (const method of ['GET', 'DELETE']) {
          expectEnvelope(await ask(method, `${path}/${added[0]!.id}`), notFound('Item', added[0]!.id));
        }
      });

      it('should keep an id that was given, and not take it a second time', async () => {
        const { id } = await begin();
        const [item] = await add(id, { ...HELLO, id: 'msg_of.client:1' });
        expect(item?.id).toBe('msg_of.client:1');
        expectEnvelope(
          await ask('POST', `/${id}/items`, { items: [HELLO, { ...HELLO, id: 'msg_of.client:1' }] }),
          refused('items'),
        );
        expect(await itemsOf(id)).toEqual([item]);
      });

      it.each([[[]], [null], [Array.from({ length: 21 }, () => HELLO)]])(
        'should not be added: %j',
        async (items) => {
          const { id } = await begin();
          const answer = await ask('POST', `/${id}/items`, { items });
          expect([answer.status, (answer.body as { error: { param: string } }).error.param]).toEqual([
            400,
            'items',
          ]);
          expect(await itemsOf(id)).toEqual([]);
        },
      );

      it('should be added twenty at a time', async () => {
        const { id } = await begin({ items: Array.from({ length: 20 }, () => HELLO) });
        await add(id, ...Array.from({ length: 20 }, () => HELLO));
        expect(await itemsOf(id)).toHaveLength(40);
      });

      it('should come out of references as what these stand for', async () => {
        const store = getExtension(gateway.app, ResponseStore);
        await store.create(sampleRecord(tenant, sampleResponse('resp_referred')));
        const { id } = await begin({ items: [{ id: 'msg_of_resp_referred' }] });
        const [answer] = await itemsOf(id);
        expect(answer).toEqual(sampleResponse('resp_referred').output[0]);
        const added = await add(
          id,
          { type: 'item_reference', id: answer!.id },
          { type: 'item_reference', id: 'msg_in_resp_referred' },
        );
        expect(added).toEqual([answer, sampleQuestion('msg_in_resp_referred')]);
        // What it had stays where it is.
        expect(await itemsOf(id)).toEqual(added);
        await ask('DELETE', `/${id}`);
        expect((await store.findItems(tenant, [answer!.id])).size).toBe(1);
      });

      it("should not come out of references to nothing, or to another tenant's", async () => {
        const { body } = await ask('POST', '', { items: [HELLO] }, STRANGER);
        const [foreign] = await itemsOf((body as ConversationObject).id, STRANGER);
        const { id } = await begin();
        for (const referred of [foreign!.id, 'msg_unknown', 'a\0b/c']) {
          const items = [HELLO, { type: 'item_reference', id: referred }];
          const error = {
            status: 404,
            type: 'invalid_request_error',
            code: 'item_not_found',
            param: 'items',
            message: `Item with id '${referred}' not found. (items[1])`,
          };
          expectEnvelope(await ask('POST', '', { items }), error);
          expectEnvelope(await ask('POST', `/${id}/items`, { items }), error);
        }
        expect(await itemsOf(id)).toEqual([]);
      });

      it('should come to the whole conversation on every walk', async () => {
        const { id } = await begin();
        for (const size of [1, 20, 4]) await add(id, ...Array.from({ length: size }, () => HELLO));
        const whole = await itemsOf(id);
        expect(whole).toHaveLength(25);
        await fc.assert(
          fc.asyncProperty(
            fc.integer({ min: 1, max: 100 }),
            fc.constantFrom('asc', 'desc'),
            fc.option(fc.nat(24)),
            async (limit, order, start) => {
              const ordered = order === 'asc' ? whole : [...whole].reverse();
              const after = start === null ? undefined : ordered[start]!.id;
              const rest = start === null ? ordered : ordered.slice(start + 1);
              expect(await walkList(at(`/${id}/items`), { limit, order, after }, OWNER)).toEqual(rest);
            },
          ),
          { numRuns: 30 },
        );
      });

      it('should not be skipped or shown twice where others are appended during a walk', async () => {
        const { id } = await begin({ items: [HELLO, HELLO, HELLO] });
        const first = (await ask('GET', `/${id}/items?order=asc&limit=2`)).body as ItemList;
        const added = await add(id, HELLO);
        const rest = await walkList(
          at(`/${id}/items`),
          { limit: 2, order: 'asc', after: first.last_id },
          OWNER,
        );
        expect([...first.data, ...rest]).toEqual(await itemsOf(id));
        expect(rest.at(-1)).toEqual(added[0]);
      });

      it.each([
        ['limit=0', 'limit'],
        ['limit=101', 'limit'],
        ['order=newest', 'order'],
        ['after=msg_unknown', 'after'],
        [`after=${encodeURIComponent('a\0b/c')}`, 'after'],
      ])('should not be listed with ?%s', async (query, param) => {
        const { id } = await begin({ items: [HELLO] });
        expectEnvelope(await ask('GET', `/${id}/items?${query}`), refused(param));
      });
    });

    describe('a conversation that somebody writes to', () => {
      const LOCKED = {
        status: 400,
        type: 'invalid_request_error',
        code: 'conversation_locked',
        param: 'conversation',
        message:
          'Another process is currently operating on this conversation. Please retry in a few seconds.',
      };

      it('should be read, and not written to until it is free', async () => {
        const { id } = await begin({ items: [HELLO] });
        const [first] = await itemsOf(id);
        const routes = routesOf(first!.id);
        const held = await getExtension(gateway.app, Lease).acquire(`conversation:${tenant}:${id}`, 60_000);
        for (const [method, path, body] of routes) {
          const answer = await ask(method, `/${id}${path}`, body);
          const writes = method === 'DELETE' || (method === 'POST' && path !== '');
          if (writes) expectEnvelope(answer, LOCKED);
          else expect([path, answer.status]).toEqual([path, 200]);
        }
        await held!.release();
        for (const [method, path, body] of routes) {
          expect([method, path, (await ask(method, `/${id}${path}`, body)).status]).toEqual([
            method,
            path,
            200,
          ]);
        }
      });

      it('should have one writer at a time', async () => {
        const { id } = await begin();
        const answers = await Promise.all(
          Array.from({ length: 12 }, () => ask('POST', `/${id}/items`, { items: [HELLO, HELLO] })),
        );
        const done = answers.filter(({ status }) => status === 200);
        for (const answer of answers) if (answer.status !== 200) expectEnvelope(answer, LOCKED);
        expect(done.length).toBeGreaterThan(0);
        expect(await itemsOf(id)).toHaveLength(2 * done.length);
      });

      it('should be free again after a writer that was refused', async () => {
        const { id } = await begin();
        expectEnvelope(await ask('DELETE', `/${id}/items/msg_none`), notFound('Item', 'msg_none'));
        expect(await add(id, HELLO)).toHaveLength(1);
      });
    });

    describe("another tenant's conversation", () => {
      it.each(ROUTES.map((_, index) => index))(
        'should be like one that there is not: route %i',
        async (index) => {
          const conversation = await begin({ items: [HELLO] });
          const { id } = conversation;
          const before = await itemsOf(id);
          const [method, path, body] = routesOf(before[0]!.id)[index]!;
          const foreign = await ask(method, `/${id}${path}`, body, STRANGER);
          const unknown = await ask(method, `/conv_none${path}`, body, STRANGER);
          expectEnvelope(foreign, notFound('Conversation', id));
          expect(foreign.raw.replaceAll(id, 'conv_none')).toBe(unknown.raw);
          expect(Object.keys(foreign.headers)).toEqual(Object.keys(unknown.headers));
          expect((await ask('GET', `/${id}`)).body).toEqual(conversation);
          expect(await itemsOf(id)).toEqual(before);
        },
      );
    });

    describe('an id that can be none', () => {
      it.each(['a/b', 'a\0b', '\u{1f600}', ' ', 'x'.repeat(10_000), '%'])(
        'should not be found: %j',
        async (odd) => {
          const { id } = await begin();
          const encoded = encodeURIComponent(odd);
          for (const [method, path, body] of ROUTES) {
            const answer = await ask(method, `/${encoded}${path}`, body);
            expectEnvelope(answer, {
              ...notFound('', ''),
              message: /^Conversation with id '.{1,101}' not found\.$/su,
            });
          }
          for (const method of ['GET', 'DELETE']) {
            const answer = await ask(method, `/${id}/items/${encoded}`);
            expectEnvelope(answer, {
              ...notFound('', ''),
              message: /^Item with id '.{1,101}' not found\.$/su,
            });
          }
        },
      );
    });
  });

describe('DATABASE_URL=none', () => {
  it('should say on every verb that conversations are not stored', async () => {
    const stateless = await createTestApp({ environment: { DATABASE_URL: 'none' } });
    const routes = ROUTES.map(([method, path, body]): Route => [method, `/conv_1${path}`, body]);
    for (const [method, path, body] of [...routes, ['POST', '', {}]] as Route[]) {
      const answer = await exchange(method, `${stateless.url}/v1/conversations${path}`, body);
      expectEnvelope(answer, {
        ...notFound('', ''),
        message: /^Responses and conversations are not stored here/,
      });
    }
    await stateless.close();
  });
});

function idOf(prefix: string): string {
  return expect.stringMatching(new RegExp(`^${prefix}_\\w+$`)) as string;
}

function notFound(what: string, id: string) {
  return {
    status: 404,
    type: 'not_found_error',
    code: 'not_found',
    message: `${what} with id '${id}' not found.`,
  };
}
