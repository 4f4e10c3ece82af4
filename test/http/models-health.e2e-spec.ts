import { Database } from '../../src/database/database.service.js';
import { createTestApp, type TestApp } from '../support/create-test-app.js';
import { expectEnvelope } from '../support/error-envelope.js';
import { chatStream, completion, type FakeUpstream, startFakeUpstream } from '../support/fake-upstream.js';
import { getJson, postJson, postStream } from '../support/http-client.js';
import type { Json } from '../support/json.js';
import { checkLifecycle, checkResponse } from '../support/lifecycle-oracle.js';

const MODEL = { object: 'model', created: 1_795_337_547, owned_by: 'lmdeploy', root: null, parent: null };
const IDS = ['org/first-8B', 'second', 'a/b/c:lora@1'];
const LIST = JSON.stringify({ object: 'list', data: IDS.map((id) => ({ id, ...MODEL })) });
const MODELS_PATH = '/v1/models';
const NOT_FOUND = { status: 404, type: 'not_found_error', code: 'model_not_found', param: 'model' };
const SERVER_ERROR = { type: 'server_error' };

interface ListedModels {
  object: string;
  data: { id: string; root: string | null }[];
}

let upstream: FakeUpstream;
let gateways: TestApp[] = [];

async function startGateway(environment: Record<string, string> = {}): Promise<TestApp> {
  const gateway = await createTestApp({ environment: { UPSTREAM_BASE_URL: upstream.url, ...environment } });
  gateways.push(gateway);
  return gateway;
}

beforeEach(async () => {
  upstream = await startFakeUpstream(({ path, body }) => {
    if (path === MODELS_PATH) return { body: LIST };
    if (!path.endsWith('/chat/completions')) return undefined;
    const { stream } = body as { stream?: boolean };
    return { body: stream ? chatStream(['fine']) : completion({ content: 'fine' }) };
  });
});
afterEach(async () => {
  await Promise.all(gateways.map((gateway) => gateway.close()));
  gateways = [];
  await upstream.close();
});

describe('GET /v1/models', () => {
  it('should list the models of the upstream as it describes them, then the aliases', async () => {
    const { url } = await startGateway({ MODEL_ALIASES: 'gpt-5=org/first-8B, team/fast = second' });
    const { status, body, headers } = await getJson(`${url}/v1/models`);
    expect(status).toBe(200);
    expect(headers['content-type']).toMatch(/^application\/json/);
    const { object, data } = body as ListedModels;
    expect(object).toBe('list');
    expect(data.slice(0, 3)).toEqual(IDS.map((id) => ({ id, ...MODEL })));
    expect(data.slice(3)).toEqual([
      { ...MODEL, id: 'gpt-5', root: 'org/first-8B' },
      { ...MODEL, id: 'team/fast', root: 'second' },
    ]);
  });

  it.each(
    [...IDS, 'gpt-5', 'team/fast'].flatMap((id) => [id, id.replaceAll('/', '%2F'), encodeURIComponent(id)]),
  )('should find %s', async (id) => {
    const { url } = await startGateway({ MODEL_ALIASES: 'gpt-5=org/first-8B,team/fast=second' });
    const { status, body } = await getJson(`${url}/v1/models/${id}`);
    expect(status).toBe(200);
    expect(body).toMatchObject({ id: decodeURIComponent(id), object: 'model' });
  });

  it.each(['third', 'org', 'first-8B', 'org/first-8b', 'default', 'org/first-8B/more'])(
    'should not find %s',
    async (id) => {
      const { url } = await startGateway();
      expectEnvelope(await getJson(`${url}/v1/models/${id}`), {
        ...NOT_FOUND,
        message: `The model '${id}' does not exist. Available models: ${IDS.join(', ')}.`,
      });
    },
  );

  it('should say of each model what clients count on, also where the upstream does not', async () => {
    upstream.reply({ body: '{"data":[{"id":"bare","created":null},{"id":7}]}' }, MODELS_PATH);
    const { url } = await startGateway();
    const bare = { id: 'bare', object: 'model', created: 0, owned_by: 'unknown' };
    expect((await getJson(`${url}/v1/models`)).body).toMatchObject({ data: [bare] });
    expect((await getJson(`${url}/v1/models/bare`)).body).toEqual(bare);
  });

  it('should ask the upstream once for many requests', async () => {
    const { url } = await startGateway({ MODELS_CACHE_TTL_MS: '600000' });
    const all = await Promise.all([
      ...Array.from({ length: 5 }, () => getJson(`${url}/v1/models`)),
      getJson(`${url}/v1/models/second`),
      postJson(`${url}/v1/responses`, { model: 'default', input: 'Hi' }),
    ]);
    all.push(await getJson(`${url}/v1/models`));
    expect(all.map(({ status }) => status)).toEqual(all.map(() => 200));
    expect(upstream.requests.filter(({ path }) => path === MODELS_PATH)).toHaveLength(1);
  });

  it('should ask anew each time when the list is not to be remembered', async () => {
    const { url } = await startGateway({ MODELS_CACHE_TTL_MS: '0' });
    await getJson(`${url}/v1/models`);
    upstream.reply('{"object":"list","data":[]}', MODELS_PATH);
    const { body } = await getJson(`${url}/v1/models`);
    expect((body as ListedModels).data).toEqual([]);
    expect(upstream.requests).toHaveLength(2);
  });

  it('should not remember a failure', async () => {
    const { url } = await startGateway();
    upstream.reply({ status: 503, body: '' }, MODELS_PATH);
    expectEnvelope(await getJson(`${url}/v1/models`), {
      ...SERVER_ERROR,
      status: 503,
      code: 'server_is_overloaded',
    });
    expect((await getJson(`${url}/v1/models`)).status).toBe(200);
  });

  it.each([
    ['a refused key', { status: 401, body: '{"message":"Unauthorized."}' }, 502, 'upstream_unauthorized'],
    ['no such route', { status: 404, body: '{"detail":"Not Found"}' }, 502, 'upstream_protocol_error'],
    ['text', { body: 'hello' }, 502, 'upstream_protocol_error'],
    ['no list', { body: '{"data":{}}' }, 502, 'upstream_protocol_error'],
    ['a list of nothing', { body: '{"data":[null]}' }, 502, 'upstream_protocol_error'],
    ['an error', { status: 500, body: '{"message":"secret"}' }, 502, 'upstream_error'],
  ])('should say what is wrong when the upstream answers with %s', async (_what, answer, status, code) => {
    const { url } = await startGateway();
    for (const path of ['/v1/models', '/v1/models/second']) {
      upstream.reply(answer, MODELS_PATH);
      const given = await getJson(`${url}${path}`);
      expectEnvelope(given, { ...SERVER_ERROR, status, code });
      expect(given.raw).not.toContain('secret');
    }
    upstream.reply(answer, MODELS_PATH);
    const turn = await postJson(`${url}/v1/responses`, { model: 'default', input: 'Hi', stream: true });
    expectEnvelope(turn, { ...SERVER_ERROR, status, code });
  });

  it('should say that the upstream is down', async () => {
    const { url } = await startGateway();
    await upstream.close();
    const answer = await getJson(`${url}/v1/models`);
    expectEnvelope(answer, { ...SERVER_ERROR, status: 502, code: 'upstream_unreachable' });
    expect(answer.raw).not.toContain(new URL(upstream.url).port);
  });

  it.each(['', '/', '/v1', '/v1/', '/llm', '/llm/v1'])(
    'should find the upstream under a base URL that ends in "%s"',
    async (suffix) => {
      const path = suffix.startsWith('/llm') ? '/llm/v1/models' : MODELS_PATH;
      upstream.reply(LIST, path);
      const { url } = await startGateway({ UPSTREAM_BASE_URL: `${upstream.url}${suffix}` });
      expect((await getJson(`${url}/v1/models`)).status).toBe(200);
      expect(upstream.requests.map((request) => request.path)).toEqual([path]);
    },
  );
});

describe('the model of a request', () => {
  it.each([
    ['default', 'org/first-8B', 'org/first-8B'],
    ['gpt-5', 'second', 'gpt-5'],
    ['newest', 'org/first-8B', undefined],
    ['unlisted', 'unlisted', 'unlisted'],
    ['org/first-8B', 'org/first-8B', 'org/first-8B'],
  ])('should be, for %s, %s upstream', async (model, upstreamModel, echo) => {
    const { url } = await startGateway({ MODEL_ALIASES: 'gpt-5=second,newest=default' });
    const whole = await postJson(`${url}/v1/responses`, { model, input: 'Hi' });
    const streamed = await postStream(`${url}/v1/responses`, { model, input: 'Hi', stream: true });
    checkResponse(whole.body);
    checkLifecycle(streamed.events);
    expect(upstream.chats.map(({ body }) => (body as { model: string }).model)).toEqual([
      upstreamModel,
      upstreamModel,
    ]);
    if (echo === undefined) return;
    expect(whole.body).toMatchObject({ model: echo });
    expect(streamed.events[0]).toMatchObject({ response: { model: echo } });
  });

  it('should not be a text that fills logs and metrics, but for what the deployer has named so', async () => {
    const { url } = await startGateway({ MODEL_ALIASES: `${'a'.repeat(513)}=second` });
    const ask = (route: string, model: string) =>
      postJson(`${url}/v1/${route}`, { model, input: 'Hi', messages: [] });
    for (const route of ['responses', 'responses/input_tokens', 'responses/compact', 'chat/completions']) {
      const refused = await ask(route, 'm'.repeat(513));
      expectEnvelope(refused, NOT_FOUND);
      expect(refused.raw.length).toBeLessThan(500);
    }
    expect(upstream.chats).toHaveLength(0);
    for (const name of ['m'.repeat(512), 'a'.repeat(513)])
      for (const route of ['responses', 'chat/completions'])
        expect((await ask(route, name)).status).toBe(200);
  });

  it('should not be there when the upstream lists none', async () => {
    const { url } = await startGateway();
    upstream.reply('{"object":"list","data":[]}', MODELS_PATH);
    const answer = await postJson(`${url}/v1/responses`, { model: 'default', input: 'Hi' });
    expectEnvelope(answer, NOT_FOUND);
    expect(upstream.chats).toHaveLength(0);
  });
});

describe('health', () => {
  const NOT_READY = { ...SERVER_ERROR, status: 503, code: 'not_ready', message: 'Not ready: upstream.' };

  it('should be live and ready while the upstream answers', async () => {
    const { url } = await startGateway();
    const [live, ready] = [await getJson(`${url}/health/live`), await getJson(`${url}/health/ready`)];
    expect([live.status, live.body]).toEqual([200, { status: 'ok' }]);
    expect(ready.status).toBe(200);
    expect(ready.body).toMatchObject({ status: 'ok', info: { upstream: { status: 'up' } } });
    expect(ready.raw).not.toContain(new URL(upstream.url).host);
  });

  it('should be ready when the upstream asks for another key: it is there', async () => {
    const { url } = await startGateway();
    upstream.reply({ status: 401, body: '' }, MODELS_PATH);
    expect((await getJson(`${url}/health/ready`)).status).toBe(200);
  });

  it('should not be ready while the upstream fails, and be again after', async () => {
    const { url } = await startGateway();
    upstream.reply({ status: 503, body: '' }, MODELS_PATH);
    const answer = await getJson(`${url}/health/ready`);
    expectEnvelope(answer, NOT_READY);
    expect(answer.headers['retry-after']).toBe('1');
    let again = answer;
    while (again.status !== 200) again = await getJson(`${url}/health/ready`);
    expect(again.body).toMatchObject({ status: 'ok' });
    // Asked twice in all, however often the gateway was.
    expect(upstream.requests.filter(({ path }) => path === MODELS_PATH)).toHaveLength(2);
  });

  it('should not wait for the connections that answers take', async () => {
    const { url } = await startGateway({ UPSTREAM_MAX_CONNECTIONS: '2' });
    const never = new Promise(() => undefined);
    const busy = [1, 2, 3].map(async () => {
      upstream.reply({ delayHeaders: never });
      await postJson(`${url}/v1/responses`, { model: 'test-model', input: 'Hi' }).catch(() => undefined);
    });
    await upstream.waitForChat(2);
    const begin = performance.now();
    const ready = await getJson(`${url}/health/ready`);
    const live = await getJson(`${url}/health/live`);
    const took = performance.now() - begin;
    console.info(`ready and live after ${took.toFixed(1)} ms with every connection busy`);
    expect([ready.status, live.status]).toEqual([200, 200]);
    // One that waits for a connection gives up after 3 s.
    expect(took).toBeLessThan(2_500);
    await upstream.close();
    await Promise.all(busy);
  });

  it('should ask the upstream once for a flood of probes', async () => {
    const { url } = await startGateway();
    const answers = await Promise.all(Array.from({ length: 50 }, () => getJson(`${url}/health/ready`)));
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([200]));
    expect(upstream.requests.length).toBeLessThanOrEqual(2);
  });

  it('should be live, and not ready, when the upstream is down', async () => {
    const { url } = await startGateway();
    await upstream.close();
    expectEnvelope(await getJson(`${url}/health/ready`), NOT_READY);
    expect((await getJson(`${url}/health/live`)).status).toBe(200);
  });

  it('should tell of the database where there is one', async () => {
    const [keeping, forgetful] = [await startGateway({ DATABASE_URL: 'memory:' }), await startGateway()];
    const statusOf = async ({ url }: TestApp): Promise<unknown> =>
      ((await getJson(`${url}/health/ready`)).body as { info: Json }).info.store;
    expect([await statusOf(keeping), await statusOf(forgetful)]).toEqual([{ status: 'up' }, undefined]);
  });

  it('should name all that is down', async () => {
    const { url, app } = await startGateway({ DATABASE_URL: 'memory:' });
    await app.get(Database, { strict: false }).db.destroy();
    await upstream.close();
    const message = 'Not ready: upstream, store.';
    expectEnvelope(await getJson(`${url}/health/ready`), { ...NOT_READY, message });
    expect((await getJson(`${url}/health/live`)).status).toBe(200);
  });

  it('should not wait long for an upstream that does not answer', async () => {
    const { url } = await startGateway();
    upstream.reply({ delayHeaders: new Promise(() => undefined) }, MODELS_PATH);
    expectEnvelope(await getJson(`${url}/health/ready`), NOT_READY);
  });
});

describe('the description', () => {
  it('should say on / what this is', async () => {
    const { url } = await startGateway();
    const { status, body } = await getJson(url);
    expect(status).toBe(200);
    expect(body).toMatchObject({ name: 'responses-gateway', docs: '/docs' });
    for (const endpoint of (body as { endpoints: string[] }).endpoints) {
      const [method, path = ''] = endpoint.split(' ');
      const answer = method === 'GET' ? await getJson(`${url}${path}`) : await postJson(`${url}${path}`, {});
      expect([200, 400]).toContain(answer.status);
    }
  });
});
