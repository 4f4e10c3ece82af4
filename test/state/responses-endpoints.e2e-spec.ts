import { jest } from '@jest/globals';
import fc from 'fast-check';
import type { ResponseObject } from '../../src/contracts/responses-api.js';
import { GatewayError } from '../../src/errors/gateway-error.js';
import { getExtension } from '../../src/extension/extension-point.js';
import { ResponseStore } from '../../src/state/response-store.js';
import type { StoredItem } from '../../src/state/stored-item.js';
import { createTestApp, type TestApp } from '../support/create-test-app.js';
import { DATABASES, type TestDatabase } from '../support/databases.js';
import { expectEnvelope } from '../support/error-envelope.js';
import { exchange, getJson, type JsonAnswer } from '../support/http-client.js';
import {
  sampleQuestion,
  sampleRecord,
  sampleResponse,
  sampleUnfinished,
  tenantOfKey,
} from '../support/stored-samples.js';
import { walkList } from '../support/walk-list.js';

const OWNER = { authorization: 'Bearer owner-key' };
const STRANGER = { authorization: 'Bearer other-key' };
const ROUTES = [
  ['GET', ''],
  ['GET', '?stream=true'],
  ['GET', '/input_items'],
  ['POST', '/cancel'],
  ['DELETE', ''],
] as const;

for (const { name, isHere, open } of DATABASES)
  (isHere ? describe : describe.skip)(name, () => {
    let database: TestDatabase;
    let gateway: TestApp;
    let store: ResponseStore;
    let tenant: string;
    let count = 0;

    beforeAll(async () => {
      database = await open();
      gateway = await createTestApp({
        environment: { API_KEYS: 'owner-key,other-key', DATABASE_URL: database.url },
      });
      store = getExtension(gateway.app, ResponseStore);
      tenant = await tenantOfKey(gateway.app, 'owner-key');
    });
    afterAll(async () => {
      await gateway.close();
      await database.close();
    });

    const newId = (): string => `resp_${++count}`;
    const at = (path: string): string => `${gateway.url}/v1/responses/${path}`;
    const ask = (method: string, path: string, headers = OWNER): Promise<JsonAnswer> =>
      exchange(method, at(path), undefined, headers);

    async function keep(
      response: ResponseObject = sampleResponse(newId()),
      input?: readonly StoredItem[],
    ): Promise<ResponseObject> {
      await store.create(sampleRecord(tenant, response, input));
      return response;
    }

    function refused(param: string | null, message?: string | RegExp) {
      return { status: 400, type: 'invalid_request_error', code: 'invalid_request', param, message };
    }

    describe('GET /v1/responses/{id}', () => {
      it('should answer with the response as its client got it', async () => {
        const response = await keep();
        const { status, headers, body } = await ask('GET', response.id);
        expect([status, body]).toEqual([200, response]);
        expect(headers).not.toHaveProperty('x-gateway-ignored');
      });

      it.each(['queued', 'in_progress'] as const)(
        'should show a background response that is %s',
        async (status) => {
          const response = await keep(sampleUnfinished(newId(), status));
          expect((await ask('GET', response.id)).body).toEqual(response);
        },
      );

      it('should take what the SDKs ask to include, and name what is not there', async () => {
        const { id } = await keep();
        const query =
          'include[]=reasoning.encrypted_content&include[]=web_search_call.results&include=file_search';
        const { status, headers } = await ask('GET', `${id}?${query}`);
        expect([status, headers['x-gateway-ignored']]).toEqual([
          200,
          'include:file_search, include:web_search_call.results',
        ]);
      });

      it.each([
        ['starting_after=1', 'starting_after'],
        ['starting_after=1&stream=false', 'starting_after'],
        ['stream=true&starting_after=x', 'starting_after'],
        ['stream=true&starting_after=1.5', 'starting_after'],
        ['stream=true&starting_after=-1', 'starting_after'],
        ['stream=true&starting_after=1&starting_after=2', 'starting_after'],
        ['stream=yes', 'stream'],
        ['include_obfuscation=1', 'include_obfuscation'],
      ])('should refuse ?%s, whether there is such a response or not', async (query, param) => {
        const { id } = await keep();
        expectEnvelope(await ask('GET', `${id}?${query}`), refused(param));
        expectEnvelope(await ask('GET', `resp_none?${query}`), refused(param));
      });

      it.each([
        ['in the foreground', false],
        ['in the background, and was not streamed', true],
      ])('should not stream what was answered %s', async (_how, background) => {
        const { id } = await keep(sampleResponse(newId(), { background }));
        for (const query of ['stream=true', 'stream=true&starting_after=0']) {
          expectEnvelope(await ask('GET', `${id}?${query}`), refused('stream', /background and stream/));
        }
      });

      it('should answer HEAD without a body', async () => {
        const { id } = await keep();
        const { status, raw } = await ask('HEAD', id);
        expect([status, raw]).toEqual([200, '']);
      });

      it('should say that the store cannot be reached', async () => {
        const { id } = await keep();
        const find = jest.spyOn(store, 'find').mockRejectedValueOnce(new GatewayError('store_unavailable'));
        const answer = await ask('GET', id);
        find.mockRestore();
        expectEnvelope(answer, { status: 503, type: 'server_error', code: 'store_unavailable' });
        expect(answer.headers['retry-after']).toBe('1');
      });
    });

    describe('DELETE /v1/responses/{id}', () => {
      it('should delete it once, for every verb', async () => {
        const { id } = await keep();
        const { status, body } = await ask('DELETE', id);
        expect([status, body]).toEqual([200, { id, object: 'response', deleted: true }]);
        for (const [method, path] of ROUTES) expectEnvelope(await ask(method, id + path), notFound(id));
      });

      it.each(['queued', 'in_progress'] as const)(
        'should leave a background response alone that is %s',
        async (status) => {
          const { id } = await keep(sampleUnfinished(newId(), status));
          expectEnvelope(await ask('DELETE', id), refused(null, /cancel it first/));
          expect((await ask('GET', id)).status).toBe(200);
        },
      );

      it('should delete a background response that has ended', async () => {
        const { id } = await keep(sampleResponse(newId(), { background: true }));
        expect((await ask('DELETE', id)).status).toBe(200);
      });
    });

    describe('POST /v1/responses/{id}/cancel', () => {
      it('should refuse a response that was answered in the foreground', async () => {
        const { id } = await keep();
        expectEnvelope(
          await ask('POST', `${id}/cancel`),
          refused(null, 'Cannot cancel a synchronous response.'),
        );
      });

      it.each(['completed', 'incomplete', 'failed', 'cancelled'] as const)(
        'should answer with a background response as it is, once it is %s',
        async (status) => {
          const response = await keep(sampleResponse(newId(), { background: true, status }));
          for (let time = 0; time < 2; time++) {
            const answer = await ask('POST', `${response.id}/cancel`);
            expect([answer.status, answer.body]).toEqual([200, response]);
          }
        },
      );
    });

    describe('GET /v1/responses/{id}/input_items', () => {
      const url = (id: string): string => at(`${id}/input_items`);

      it('should list the newest first, twenty at most', async () => {
        const input = Array.from({ length: 25 }, (_, index) =>
          sampleQuestion(`msg_many_${index}`, String(index)),
        );
        const { id } = await keep(undefined, input);
        const { status, body } = await getJson(url(id), OWNER);
        expect([status, body]).toEqual([
          200,
          {
            object: 'list',
            data: input.slice(5).reverse(),
            first_id: 'msg_many_24',
            last_id: 'msg_many_5',
            has_more: true,
          },
        ]);
      });

      it('should come to the whole input on every walk', async () => {
        const input = Array.from({ length: 23 }, (_, index) =>
          sampleQuestion(`msg_walk_${index}`, String(index)),
        );
        const { id } = await keep(undefined, input);
        await fc.assert(
          fc.asyncProperty(
            fc.integer({ min: 1, max: 100 }),
            fc.constantFrom('asc', 'desc'),
            fc.option(fc.nat(22)),
            async (limit, order, start) => {
              const whole = order === 'asc' ? input : [...input].reverse();
              const after = start === null ? undefined : whole[start]!.id;
              const rest = start === null ? whole : whole.slice(start + 1);
              expect(await walkList(url(id), { limit, order, after }, OWNER)).toEqual(rest);
            },
          ),
          { numRuns: 30 },
        );
      });

      it('should have what it has continued before its own', async () => {
        const first = await keep();
        const second = await keep(sampleResponse(newId(), { previous_response_id: first.id }));
        const items = await walkList(url(second.id), { limit: 2, order: 'asc' }, OWNER);
        expect(items.map(({ id }) => id)).toEqual([
          `msg_in_${first.id}`,
          `msg_of_${first.id}`,
          `msg_in_${second.id}`,
        ]);
      });

      it.each([
        ['limit=0', 'limit'],
        ['limit=101', 'limit'],
        ['limit=many', 'limit'],
        ['order=newest', 'order'],
        ['after=msg_unknown', 'after'],
        [`after=${encodeURIComponent('a\0b/c')}`, 'after'],
        ['after=a&after=b', 'after'],
      ])('should refuse ?%s', async (query, param) => {
        const { id } = await keep();
        expectEnvelope(await getJson(`${url(id)}?${query}`, OWNER), refused(param));
      });
    });

    describe("another tenant's response", () => {
      it.each(ROUTES)('should be like one that there is not: %s %s', async (method, path) => {
        for (const response of [sampleResponse(newId()), sampleUnfinished(newId(), 'queued')]) {
          const { id } = await keep(response);
          const foreign = await ask(method, id + path, STRANGER);
          const unknown = await ask(method, `resp_none${path}`, STRANGER);
          expectEnvelope(foreign, notFound(id));
          expect(foreign.raw.replaceAll(id, 'resp_none')).toBe(unknown.raw);
          expect(Object.keys(foreign.headers)).toEqual(Object.keys(unknown.headers));
          expect((await ask('GET', id)).body).toEqual(response);
        }
      });
    });

    describe('an id that can be none', () => {
      it.each([
        'a/b',
        'a\0b',
        '\ud7ff\u{1f600}',
        ' ',
        "'; DROP TABLE responses; --",
        'x'.repeat(10_000),
        '%',
        '..\\..',
      ])('should not be found: %j', async (id) => {
        for (const [method, path] of ROUTES) {
          const answer = await ask(method, encodeURIComponent(id) + path);
          expectEnvelope(answer, { ...notFound(''), message: /^Response with id '.{1,101}' not found\.$/su });
          expect(answer.raw.length).toBeLessThan(1_000);
        }
      });
    });
  });

describe('DATABASE_URL=none', () => {
  it('should say on every verb that responses are not stored', async () => {
    const stateless = await createTestApp({ environment: { DATABASE_URL: 'none' } });
    for (const [method, path] of ROUTES) {
      for (const id of ['resp_1', 'x'.repeat(5_000), 'a%00b']) {
        const answer = await exchange(method, `${stateless.url}/v1/responses/${id}${path}`, undefined);
        expectEnvelope(answer, {
          ...notFound(id),
          message: /^Responses and conversations are not stored here/,
        });
      }
    }
    const { body } = await getJson(stateless.url);
    expect(JSON.stringify(body)).not.toMatch(/\{id\}/);
    await stateless.close();
  });
});

function notFound(id: string) {
  return {
    status: 404,
    type: 'not_found_error',
    code: 'not_found',
    message: `Response with id '${id}' not found.`,
  };
}
