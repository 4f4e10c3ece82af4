import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { request as openRequest } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { jest } from '@jest/globals';
import { WatchedFiles } from '../../src/reload/watched-files.service.js';
import { createTestApp, type TestApp } from '../support/create-test-app.js';
import {
  CHAT_PATH,
  chatFrames,
  chatStream,
  completion,
  type FakeUpstream,
  startFakeUpstream,
  textDelta,
  toolArguments,
  toolCallStart,
  usageOf,
} from '../support/fake-upstream.js';
import { getJson, openStream, postJson, postStream } from '../support/http-client.js';
import { checkLifecycle } from '../support/lifecycle-oracle.js';
import { type ReceivedSpan, TraceReceiver } from '../support/trace-receiver.js';
import { SocketClient } from '../support/ws-client.js';

const TRACE = '0af7651916cd43dd8448eb211c80319c';
const PARENT = 'b7ad6b7169203331';
const FROM_CLIENT = { traceparent: `00-${TRACE}-${PARENT}-01`, tracestate: 'vendor=1' };
const SECRET = 'a word that nobody else says';
const ASKED = { model: 'test-model', input: SECRET };
/** What the log calls the key too. */
const CALLER = expect.stringMatching(/^key-/) as string;
const POST = 'POST /v1/responses';
const CHAT = 'chat test-model';
const never = new Promise<never>(() => undefined);

// Nothing here is timed: a loaded machine takes long to start a gateway.
jest.setTimeout(120_000);

/** What the SDK reads by itself: how long it gathers spans. */
const DELAY = 'OTEL_BSP_SCHEDULE_DELAY';
const delayBefore = process.env[DELAY];
beforeAll(() => {
  process.env[DELAY] = '20';
});
afterAll(() => {
  if (delayBefore === undefined) Reflect.deleteProperty(process.env, DELAY);
  else process.env[DELAY] = delayBefore;
});

let receiver: TraceReceiver;
let upstream: FakeUpstream;
let gateway: TestApp;

const start = (environment: Record<string, string>): Promise<TestApp> =>
  createTestApp({ environment: { UPSTREAM_BASE_URL: upstream.url, ...environment } });
const names = (spans: ReceivedSpan[]): string[] => spans.map(({ name }) => name);
/** As the model server was told, with its request number `index` from the end. */
const sentOn = (index = -1): unknown => upstream.chats.at(index)!.headers.traceparent;
const headerOf = ({ traceId, spanId }: ReceivedSpan): string => `00-${traceId}-${spanId}-01`;

beforeAll(async () => {
  [receiver, upstream] = await Promise.all([TraceReceiver.start(), startFakeUpstream()]);
});
afterAll(async () => {
  await Promise.all([receiver.close(), upstream.close()]);
});

describe('a gateway with a collector', () => {
  beforeAll(async () => {
    gateway = await start({
      OTEL_EXPORTER_OTLP_ENDPOINT: `${receiver.url}/`,
      OTEL_EXPORTER_OTLP_HEADERS: 'authorization=Bearer%20of-the-collector',
      OTEL_RESOURCE_ATTRIBUTES: 'deployment.environment.name=test,service.name=overruled',
      OTEL_SERVICE_NAME: 'gateway-under-test',
      DATABASE_URL: 'memory:',
      API_KEYS: 'key-of-alice',
    });
  });
  afterAll(() => gateway.close());
  beforeEach(() => {
    receiver.forget();
  });

  const url = (): string => `${gateway.url}/v1/responses`;
  const KEY = { authorization: 'Bearer key-of-alice' };
  /** The span of a request that has ended, and those below it. */
  async function traced(name = POST): Promise<[ReceivedSpan, ReceivedSpan[]]> {
    const root = await receiver.span(name);
    return [root, receiver.childrenOf(root)];
  }

  it('should tell it of a request, its translation, the model server and the store', async () => {
    upstream.reply(completion({ content: 'pong', usage: usageOf(7, 3) }));
    const { status, headers } = await postJson(url(), ASKED, { ...KEY, ...FROM_CLIENT });
    expect(status).toBe(200);
    const [root, children] = await traced();
    expect(root).toMatchObject({ traceId: TRACE, parentId: PARENT, kind: 'server', status: 'unset' });
    expect(root.attributes).toMatchObject({
      'http.request.method': 'POST',
      'http.route': '/v1/responses',
      'http.response.status_code': 200,
      'url.path': '/v1/responses',
      'gen_ai.operation.name': 'chat',
      'gen_ai.request.model': 'test-model',
      'gen_ai.usage.input_tokens': 7,
      'gen_ai.usage.output_tokens': 3,
      'enduser.id': CALLER,
      'gateway.outcome': 'completed',
      'gateway.request_id': headers['x-request-id'],
    });
    expect(root.attributes).not.toHaveProperty('error.type');
    expect(root.events).toEqual(['gen_ai.first_token']);
    expect(root.resource).toMatchObject({
      'service.name': 'gateway-under-test',
      'service.version': expect.any(String) as string,
      'deployment.environment.name': 'test',
    });
    expect(children.map(({ name, kind, status }) => [name, kind, status])).toEqual([
      ['translate', 'internal', 'unset'],
      [CHAT, 'client', 'unset'],
      ['store', 'internal', 'unset'],
    ]);
    const chat = children[1]!;
    expect(chat.attributes).toMatchObject({
      'gen_ai.operation.name': 'chat',
      'gen_ai.provider.name': 'lmdeploy',
      'gen_ai.request.model': 'test-model',
      'gen_ai.response.model': 'test-model',
      'gen_ai.response.finish_reasons': ['stop'],
      'gen_ai.usage.input_tokens': 7,
      'gen_ai.usage.output_tokens': 3,
      'server.address': '127.0.0.1',
      'server.port': Number(new URL(upstream.url).port),
    });
    expect(upstream.chats.at(-1)!.headers).toMatchObject({
      traceparent: headerOf(chat),
      tracestate: 'vendor=1',
    });
    expect(receiver.exports[0]).toMatchObject({ authorization: 'Bearer of-the-collector' });
  });

  it('should begin a trace where the client has none, and say nothing of what was said', async () => {
    upstream.reply(completion({ content: `${SECRET}, too` }));
    await postJson(url(), ASKED, KEY);
    const [root, children] = await traced();
    expect(root.parentId).toBe('');
    expect(children).toHaveLength(3);
    expect(receiver.raw).not.toContain(SECRET);
    expect(receiver.raw).not.toContain('key-of-alice');
  });

  it('should tell it when a stream began', async () => {
    upstream.reply(chatStream(['po', 'ng']));
    const { events } = await postStream(url(), { ...ASKED, stream: true }, KEY);
    checkLifecycle(events);
    const [root, children] = await traced();
    const chat = children.find(({ name }) => name === CHAT)!;
    expect([root.events, chat.events]).toEqual([['gen_ai.first_token'], ['gen_ai.first_token']]);
    expect(chat.attributes).toMatchObject({
      'gen_ai.request.stream': true,
      'gen_ai.response.finish_reasons': ['stop'],
    });
    expect(chat.attributes).not.toHaveProperty('gateway.aborted');
    expect(sentOn()).toBe(headerOf(chat));
  });

  it('should tell each turn of an answer apart', async () => {
    upstream.reply(chatStream([textDelta('I would rather talk.')]));
    const call = [toolCallStart(0, 'call-1', 'search'), toolArguments(0, '{}')];
    upstream.reply(chatStream(call, { finish: 'tool_calls' }));
    const tools = [{ type: 'function', name: 'search', parameters: { type: 'object', properties: {} } }];
    const { events } = await postStream(
      url(),
      { ...ASKED, stream: true, tools, tool_choice: 'required' },
      KEY,
    );
    checkLifecycle(events);
    const [, children] = await traced();
    const turns = children.filter(({ name }) => name === CHAT);
    expect(turns.map(({ attributes }) => attributes['gen_ai.response.finish_reasons'])).toEqual([
      ['stop'],
      ['tool_calls'],
    ]);
    expect([sentOn(-2), sentOn(-1)]).toEqual(turns.map(headerOf));
  });

  it('should tell what went wrong, but not in whose words', async () => {
    upstream.reply({ status: 500, body: JSON.stringify({ message: SECRET }) });
    expect((await postJson(url(), ASKED, KEY)).status).toBe(502);
    const [root, children] = await traced();
    expect(names(children)).toEqual(['translate', CHAT]);
    expect([root.status, children[1]!.status]).toEqual(['error', 'error']);
    expect(root.attributes).toMatchObject({
      'error.type': 'upstream_error',
      'http.response.status_code': 502,
    });
    expect(children[1]!.attributes).toMatchObject({ 'error.type': 'upstream_error' });
    expect(receiver.raw).not.toContain(SECRET);
  });

  it('should tell of a stream that has failed', async () => {
    upstream.reply({ body: chatFrames(['po'], { finish: null, done: false }).join(''), end: 'destroy' });
    const { events } = await postStream(url(), { ...ASKED, stream: true }, KEY);
    checkLifecycle(events);
    const [root, children] = await traced();
    expect(root).toMatchObject({
      status: 'error',
      attributes: { 'http.response.status_code': 200, 'gateway.outcome': 'failed', 'error.type': 'failed' },
    });
    const chat = children.find(({ name }) => name === CHAT)!;
    expect(chat).toMatchObject({ status: 'error', attributes: { 'error.type': 'upstream_incomplete' } });
  });

  it('should not blame itself for what the client did wrong', async () => {
    expect((await postJson(url(), { ...ASKED, input: 5 }, KEY)).status).toBe(400);
    const [root] = await traced();
    expect(root.status).toBe('unset');
    expect(root.attributes).toMatchObject({ 'http.response.status_code': 400 });
    expect(root.attributes['error.type']).toMatch(/^invalid/);
    receiver.forget();
    expect((await postJson(url(), ASKED)).status).toBe(401);
    const [stranger] = await traced();
    expect(stranger.attributes).toMatchObject({ 'error.type': expect.stringContaining('api_key') as string });
    expect(stranger.attributes).not.toHaveProperty('enduser.id');
  });

  it('should tell of a client that has left', async () => {
    upstream.reply({ chunks: chatFrames(['po', 'ng']).slice(0, 2), end: 'hang' });
    const stream = await openStream(url(), { ...ASKED, stream: true }, KEY);
    await stream.next();
    stream.destroy();
    const [root, children] = await traced();
    expect(root.attributes).toMatchObject({
      'http.response.status_code': 499,
      'error.type': 'client_closed_request',
    });
    expect(root.status).toBe('unset');
    const chat = children.find(({ name }) => name === CHAT)!;
    expect(chat).toMatchObject({ status: 'unset', attributes: { 'gateway.aborted': true } });
  });

  it('should tell the turns of a WebSocket apart, each in the trace that its frame names', async () => {
    upstream.reply(chatStream(['fine']));
    upstream.reply(chatStream(['fine']));
    const client = await SocketClient.open(gateway.url, { headers: KEY });
    const first = await client.turn({ input: 'hi' });
    checkLifecycle(first.events);
    const [root, children] = await traced();
    expect(root.attributes).toMatchObject({ 'gateway.transport': 'websocket' });
    expect(root.parentId).toBe('');
    expect(sentOn()).toBe(headerOf(children.find(({ name }) => name === CHAT)!));
    receiver.forget();
    const client_metadata = { ws_request_header_traceparent: FROM_CLIENT.traceparent };
    const second = await client.turn({ input: 'hi', client_metadata });
    checkLifecycle(second.events);
    const [other] = await traced();
    expect(other).toMatchObject({ traceId: TRACE, parentId: PARENT });
    await client.close();
  });

  it('should make a background response a part of the request for it', async () => {
    upstream.reply(completion({ content: 'pong' }));
    const { status } = await postJson(url(), { ...ASKED, background: true }, { ...KEY, ...FROM_CLIENT });
    expect(status).toBe(200);
    const [job, steps] = await traced('background');
    const [root, children] = await traced();
    expect(names(children)).toEqual(expect.arrayContaining(['translate', 'store', 'background']));
    expect(job).toMatchObject({ traceId: TRACE, parentId: root.spanId, kind: 'consumer' });
    expect(job.attributes).toMatchObject({ 'gateway.outcome': 'completed', 'enduser.id': CALLER });
    expect(names(steps)).toEqual(['translate', CHAT, 'store']);
    expect(sentOn()).toBe(headerOf(steps[1]!));
  });

  it.each([
    ['/v1/chat/completions', 'chat'],
    ['/v1/completions', 'text_completion'],
    ['/v1/embeddings', 'embeddings'],
  ])('should make what is passed through to %s a part of the request', async (path, operation) => {
    upstream.reply('{"object":"whatever"}', path);
    const asked = { model: 'test-model', prompt: SECRET };
    const { status } = await postJson(`${gateway.url}${path}`, asked, { ...KEY, ...FROM_CLIENT });
    expect(status).toBe(200);
    const [, [call, ...others]] = await traced(`POST ${path}`);
    expect(others).toEqual([]);
    expect(call).toMatchObject({
      name: `${operation} test-model`,
      kind: 'client',
      status: 'unset',
      attributes: {
        'gen_ai.operation.name': operation,
        'gen_ai.provider.name': 'lmdeploy',
        'gen_ai.request.model': 'test-model',
        'server.port': Number(new URL(upstream.url).port),
      },
    });
    expect(call!.attributes).not.toHaveProperty('gateway.aborted');
    expect(upstream.requests.at(-1)!.headers).toMatchObject({
      traceparent: headerOf(call!),
      tracestate: 'vendor=1',
    });
    expect(receiver.raw).not.toContain(SECRET);
  });

  it('should tell how what is passed through has ended', async () => {
    const passthrough = `${gateway.url}${CHAT_PATH}`;
    const begun = chatFrames(['po'], { finish: null, done: false });
    const body = { model: 'test-model', messages: [], stream: true };
    const endOf = async (): Promise<object> => {
      const [, [call]] = await traced(`POST ${CHAT_PATH}`);
      receiver.forget();
      return { status: call!.status, ...call!.attributes };
    };
    upstream.reply({ status: 500, body: '{}' });
    expect((await postJson(passthrough, body, KEY)).status).toBe(502);
    expect(await endOf()).toMatchObject({ status: 'error', 'error.type': 'upstream_error' });
    upstream.reply({ chunks: begun, end: 'reset' });
    await expect(postJson(passthrough, body, KEY)).rejects.toThrow();
    expect(await endOf()).toMatchObject({ status: 'error', 'error.type': 'upstream_incomplete' });
    for (const answer of [{ chunks: begun, end: 'hang' as const }, { delayHeaders: never }]) {
      const chats = upstream.chats.length + 1;
      upstream.reply(answer);
      const leaving = openRequest(passthrough, {
        method: 'POST',
        headers: { ...KEY, 'content-type': 'application/json' },
      }).on('error', () => undefined);
      leaving.end(JSON.stringify(body));
      await upstream.waitForChat(chats);
      leaving.destroy();
      expect(await endOf()).toMatchObject({ status: 'unset', 'gateway.aborted': true });
    }
  });

  it('should not be told of probes', async () => {
    await getJson(`${gateway.url}/health/live`);
    await getJson(`${gateway.url}/v1/nothing`, KEY);
    const [root] = await traced('GET');
    expect(root.attributes).toMatchObject({ 'http.response.status_code': 404 });
    expect(names(receiver.spans)).toEqual(['GET']);
  });
});

describe('a gateway whose servers are of different kinds', () => {
  it('should tell which kind has answered, as the file says it now', async () => {
    receiver.forget();
    const folder = mkdtempSync(join(tmpdir(), 'tracing-'));
    const CONFIG_FILE = join(folder, 'gateway.yaml');
    const name = (preset: string): void => {
      writeFileSync(CONFIG_FILE, `upstreams: [{ name: a, baseUrl: "${upstream.url}", preset: ${preset} }]`);
    };
    name('vllm');
    const filed = await createTestApp({
      environment: { CONFIG_FILE, OTEL_EXPORTER_OTLP_ENDPOINT: receiver.url },
    });
    for (const preset of ['vllm', 'sglang']) {
      name(preset);
      filed.app.get(WatchedFiles).reload();
      upstream.reply(completion({ content: 'pong' }));
      expect((await postJson(`${filed.url}/v1/responses`, ASKED)).status).toBe(200);
      const { attributes } = await receiver.span(CHAT);
      expect(attributes).toMatchObject({ 'gen_ai.provider.name': preset });
      receiver.forget();
    }
    await filed.close();
    rmSync(folder, { recursive: true });
  });
});

describe('a gateway that records what its callers record', () => {
  it('should send that, and nothing else, before it has closed', async () => {
    receiver.forget();
    const some = await start({
      OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: `${receiver.url}/v1/traces`,
      OTEL_TRACES_SAMPLER: 'parentbased_always_off',
    });
    upstream.reply(completion({ content: 'pong' }));
    upstream.reply(completion({ content: 'pong' }));
    expect((await postJson(`${some.url}/v1/responses`, ASKED)).status).toBe(200);
    expect(sentOn()).toMatch(/^00-[\da-f]{32}-[\da-f]{16}-00$/);
    expect((await postJson(`${some.url}/v1/responses`, ASKED, FROM_CLIENT)).status).toBe(200);
    expect(sentOn()).toMatch(new RegExp(`^00-${TRACE}-(?!${PARENT})[\\da-f]{16}-01$`));
    await some.close();
    expect(names(receiver.spans)).toEqual(['translate', CHAT, POST]);
  });
});

describe('a gateway whose collector is away', () => {
  it('should answer and close as ever', async () => {
    const lost = await TraceReceiver.start();
    const alone = await start({ OTEL_EXPORTER_OTLP_ENDPOINT: lost.url });
    await lost.close();
    for (let index = 0; index < 2; index++) {
      upstream.reply(completion({ content: 'pong' }));
      expect((await postJson(`${alone.url}/v1/responses`, ASKED)).status).toBe(200);
    }
    await alone.close();
    expect(lost.spans).toEqual([]);
  });
});

describe('a gateway that is to send no traces', () => {
  it('should send on what the client has begun', async () => {
    receiver.forget();
    const plain = await start({ OTEL_EXPORTER_OTLP_ENDPOINT: receiver.url, OTEL_SDK_DISABLED: 'true' });
    upstream.reply(completion({ content: 'pong' }));
    upstream.reply(completion({ content: 'pong' }));
    await postJson(`${plain.url}/v1/responses`, ASKED, FROM_CLIENT);
    expect(upstream.chats.at(-1)!.headers).toMatchObject(FROM_CLIENT);
    await postJson(`${plain.url}/v1/responses`, ASKED);
    expect(upstream.chats.at(-1)!.headers).not.toHaveProperty('traceparent');
    await plain.close();
    expect(receiver.spans).toEqual([]);
  });
});
