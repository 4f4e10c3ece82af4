import { type ClientRequest, type IncomingMessage, request as openRequest } from 'node:http';
import { PassThrough } from 'node:stream';
import { gzipSync } from 'node:zlib';
import { Controller, Injectable, Module, Post } from '@nestjs/common';
import { type Call, CallObserver } from '../../src/request/call-observer.js';
import { DrainService } from '../../src/request/drain.service.js';
import { InFlightLimiter } from '../../src/request/in-flight.limiter.js';
import { createTestApp, type TestApp, type TestAppOptions } from '../support/create-test-app.js';
import { expectEnvelope } from '../support/error-envelope.js';
import {
  CHAT_PATH,
  chatFrames,
  chatStream,
  completion,
  errorBody,
  type FakeUpstream,
  type ScriptedAnswer,
  startFakeUpstream,
  usageOf,
} from '../support/fake-upstream.js';
import { exchange, getJson, postJson } from '../support/http-client.js';
import { until } from '../support/until.js';
import { storedFrame } from '../support/zstd-frames.js';

const CHAT = { model: 'test-model', messages: [{ role: 'user', content: 'Hi' }] };
const STREAM = { ...CHAT, stream: true };
const EMBEDDINGS =
  '{"object":"list","data":[{"embedding":[0.1]}],"usage":{"prompt_tokens":4,"total_tokens":4}}';
const ROUTES = ['/v1/chat/completions', '/v1/completions', '/v1/embeddings'];
const EVENT_STREAM = { 'content-type': 'text/event-stream; charset=utf-8' };
const begun = chatFrames(['pon'], { finish: null, usage: null, done: false });
const never = new Promise<never>(() => undefined);

let calls: Call[] = [];

@Injectable()
class KeepCalls extends CallObserver {
  override ended(call: Call): void {
    calls.push(call);
  }
}

@Module({ providers: [KeepCalls] })
class ObservingModule {}

let upstream: FakeUpstream;
let gateway: TestApp;
let url: string;
let closed: Promise<void> | null = null;

async function start(environment: Record<string, string> = {}, options: TestAppOptions = {}): Promise<void> {
  gateway = await createTestApp({
    extensions: [ObservingModule],
    ...options,
    environment: { UPSTREAM_BASE_URL: upstream.url, ...environment },
  });
  url = `${gateway.url}${CHAT_PATH}`;
}

beforeEach(async () => {
  calls = [];
  upstream = await startFakeUpstream();
});
afterEach(async () => {
  await close();
  closed = null;
  await upstream.close();
});

/** Once: some tests do it themselves. */
function close(): Promise<void> {
  closed ??= gateway.close();
  return closed;
}

/** Posts, and hands out the answer as soon as its head is there. */
function open(body: unknown, target = url): { request: ClientRequest; answer: Promise<IncomingMessage> } {
  const request = openRequest(target, {
    method: 'POST',
    agent: false,
    headers: { 'content-type': 'application/json' },
  });
  request.on('error', () => undefined);
  const answer = new Promise<IncomingMessage>((resolve) => {
    request.on('response', (message: IncomingMessage) => {
      message.on('error', () => undefined);
      resolve(message);
    });
  });
  request.end(JSON.stringify(body));
  return { request, answer };
}

async function readAll(message: IncomingMessage): Promise<string> {
  const parts: Buffer[] = [];
  for await (const part of message) parts.push(part as Buffer);
  return Buffer.concat(parts).toString('utf8');
}

/** The newest call, once its client has been answered. */
async function lastCall(count = 1): Promise<Call> {
  await until(() => calls.length >= count);
  return calls.at(-1)!;
}

function isIdle(): boolean {
  const { running } = gateway.app.get<{ running: { size: number } }>(DrainService, { strict: false });
  return running.size === 0 && gateway.app.get(InFlightLimiter, { strict: false }).size === 0;
}

describe('a request that is passed on', () => {
  it.each(ROUTES)('should reach %s of the model server, changed in its model alone', async (path) => {
    await start({ MODEL_ALIASES: 'alias=Org/Model', UPSTREAM_API_KEY: 'server-key', API_KEYS: 'client-key' });
    upstream.reply({ body: EMBEDDINGS }, path);
    const body = '{"input": ["\\u00e9"],\n "model" : "alias","x":1e400, "model":"alias"}';
    const answer = await postJson(`${gateway.url}${path}?api-version=1`, body, {
      authorization: 'Bearer client-key',
      'x-request-id': 'req-1',
      cookie: 'secret',
      'x-forwarded-for': '10.0.0.1',
    });
    expect([answer.status, answer.raw]).toEqual([200, EMBEDDINGS]);
    const [request] = upstream.requests;
    expect(request).toMatchObject({ method: 'POST', path, raw: body.replaceAll('"alias"', '"Org/Model"') });
    const { host: _host, connection: _connection, ...headers } = request!.headers;
    expect(headers).toEqual({
      'content-type': 'application/json',
      'content-length': String(Buffer.byteLength(request!.raw)),
      'accept-encoding': 'identity',
      'x-request-id': 'req-1',
      authorization: 'Bearer server-key',
    });
  });

  it('should find the default model', async () => {
    await start();
    upstream.reply(completion({ content: 'pong' }));
    await postJson(url, { ...CHAT, model: 'default' });
    expect(upstream.chats[0]?.body).toEqual(CHAT);
  });

  it('should go where the same chat went before, and that of another tenant elsewhere', async () => {
    const answer = { body: completion({ content: 'pong' }) };
    const other = await startFakeUpstream(({ path }) => (path === CHAT_PATH ? answer : undefined));
    const both = [upstream, other];
    const tenants = Array.from({ length: 12 }, (_, index) => `key-${index}`);
    await start({
      UPSTREAM_BASE_URL: both.map((server) => server.url).join(','),
      API_KEYS: tenants.join(','),
    });
    const asked = new Set<string>();
    for (const key of tenants) {
      const before = both.map(({ chats }) => chats.length);
      for (const more of [[], [{ role: 'assistant', content: 'Yes?' }, CHAT.messages[0]]]) {
        upstream.reply(answer);
        const chat = { ...CHAT, messages: [...CHAT.messages, ...more] };
        expect((await postJson(url, chat, { authorization: `Bearer ${key}` })).status).toBe(200);
      }
      asked.add(both.map(({ chats }, index) => chats.length - before[index]!).join());
    }
    await other.close();
    expect([...asked].sort()).toEqual(['0,2', '2,0']);
  });

  it('should bring the own key of its caller where the gateway is told so', async () => {
    await start({ UPSTREAM_PASS_AUTHORIZATION: 'true' });
    upstream.reply(completion({ content: 'pong' }));
    await postJson(url, CHAT, { authorization: 'Bearer own' });
    expect(upstream.chats[0]?.headers.authorization).toBe('Bearer own');
  });

  it.each<[string, (body: Buffer) => Buffer]>([
    ['gzip', gzipSync],
    ['zstd', storedFrame],
  ])('should be unpacked from %s', async (coding, pack) => {
    await start();
    upstream.reply(completion({ content: 'pong' }));
    const { status } = await postJson(url, pack(Buffer.from(JSON.stringify(CHAT))), {
      'content-encoding': coding,
    });
    expect(status).toBe(200);
    expect(upstream.chats[0]?.raw).toBe(JSON.stringify(CHAT));
    expect(upstream.chats[0]?.headers).not.toHaveProperty('content-encoding');
  });

  it('should have as many values as it likes, but not bytes', async () => {
    await start({ BODY_LIMIT_BYTES: '2mb', BODY_LIMIT_VALUES: '10' });
    upstream.reply({ body: EMBEDDINGS }, '/v1/embeddings');
    const ids = { model: 'm', input: Array.from({ length: 200_000 }, (_, index) => index) };
    expect((await postJson(`${gateway.url}/v1/embeddings`, ids)).status).toBe(200);
    expect(upstream.requests[0]?.raw).toBe(JSON.stringify(ids));
    const large = await postJson(url, { ...CHAT, user: 'x'.repeat(2_097_152) });
    expectEnvelope(large, { status: 413, type: 'invalid_request_error', code: 'request_too_large' });
  });

  it.each<[string, string | Buffer, { status: number; code: string; param?: string }]>([
    ['no model', '{}', { status: 400, code: 'missing_required_parameter', param: 'model' }],
    ['nothing', '', { status: 400, code: 'invalid_request' }],
    ['a model that is a number', '{"model":1}', { status: 400, code: 'invalid_request', param: 'model' }],
    ['a list', '[]', { status: 400, code: 'invalid_request' }],
    ['half an object', '{"model":"m"', { status: 400, code: 'invalid_json' }],
    ['bytes that are not UTF-8', Buffer.of(0x7b, 0xff), { status: 400, code: 'invalid_encoding' }],
  ])('should be refused with %s', async (_what, body, expected) => {
    await start();
    expectEnvelope(await postJson(url, body), { type: 'invalid_request_error', ...expected });
    expect(upstream.chats).toEqual([]);
  });

  it('should need a key, and be refused before its body is read', async () => {
    await start({ API_KEYS: 'client-key' });
    const answer = await postJson(url, CHAT);
    expectEnvelope(answer, { status: 401, type: 'authentication_error', code: 'missing_api_key' });
    expect(upstream.requests).toEqual([]);
  });

  it('should be JSON', async () => {
    await start();
    const answer = await postJson(url, 'model=m', { 'content-type': 'application/x-www-form-urlencoded' });
    expectEnvelope(answer, { status: 415, type: 'invalid_request_error', code: 'unsupported_media_type' });
  });

  it('should count among those in flight', async () => {
    await start({ MAX_IN_FLIGHT: '1', QUEUE_LIMIT: '0' });
    upstream.reply({ chunks: begun, headers: EVENT_STREAM, end: 'hang' });
    const first = open(STREAM);
    await first.answer;
    const second = await postJson(`${gateway.url}/v1/embeddings`, CHAT);
    expectEnvelope(second, { status: 503, type: 'server_error', code: 'server_is_overloaded' });
    first.request.destroy();
    await until(isIdle);
  });

  it.each(['HEAD', 'GET', 'PUT'])('should not be a %s', async (method) => {
    await start();
    for (const path of ROUTES) {
      const { status, headers } = await exchange(method, `${gateway.url}${path}`, undefined);
      expect([status, headers.allow]).toEqual([405, 'POST']);
    }
  });
});

describe('an answer that is passed on', () => {
  it.each([1, 2, 3])('should be a stream byte for byte, however it is cut (%s)', async (seed) => {
    await start();
    const stream = chatStream(['po', 'ng 😀', '\u2028'.repeat(50)], { usage: usageOf(12, 5) });
    upstream.reply({ body: stream, split: { seed }, headers: EVENT_STREAM });
    const message = await open(STREAM).answer;
    expect(message.headers).toMatchObject({ ...EVENT_STREAM, 'x-accel-buffering': 'no' });
    expect(await readAll(message)).toBe(stream);
    const { context, route } = await lastCall();
    expect(route).toBe('/v1/chat/completions');
    expect(context.report).toMatchObject({
      model: 'test-model',
      upstream: expect.stringContaining(new URL(upstream.url).host) as unknown,
      stream: true,
      outcome: 'completed',
      usage: { input_tokens: 12, output_tokens: 5 },
    });
    expect(context.report.firstOutputAt).toBeGreaterThan(context.startedAt);
  });

  it('should be JSON byte for byte, with what it has cost in the report', async () => {
    await start();
    const json = completion({ content: 'x'.repeat(300_000), usage: usageOf(7, 3) });
    upstream.reply({ body: json, split: { seed: 1, max: 50_000 } });
    const { status, raw, headers } = await postJson(url, CHAT);
    expect([status, raw]).toEqual([200, json]);
    expect(headers['content-type']).toBe('application/json');
    const { context, status: logged } = await lastCall();
    expect(logged).toBe(200);
    expect(context.report).toMatchObject({
      stream: false,
      outcome: 'completed',
      usage: { input_tokens: 7, output_tokens: 3, total_tokens: 10 },
    });
  });

  it('should have the headers that are about its body, and none that tell of the server', async () => {
    await start();
    upstream.reply({
      body: EMBEDDINGS,
      headers: {
        'content-type': 'application/json; x=1',
        'content-length': String(EMBEDDINGS.length),
        server: 'uvicorn',
        'x-powered-by': 'vLLM',
        'set-cookie': 'a=b',
        'x-request-id': 'of-the-server',
        'x-ratelimit-remaining-requests': '1',
        'keep-alive': 'timeout=5',
      },
    });
    const { headers } = await postJson(url, CHAT, { 'x-request-id': 'own' });
    const { date: _date, connection: _connection, ...rest } = headers;
    expect(rest).toEqual({
      'content-type': 'application/json; x=1',
      'content-length': String(EMBEDDINGS.length),
      'x-content-type-options': 'nosniff',
      'x-request-id': 'own',
    });
  });

  it('should be unpacked where the server has packed it all the same', async () => {
    await start();
    const json = completion({ content: 'pong', usage: usageOf(7, 3) });
    const packed = gzipSync(json);
    const headers = { 'content-encoding': 'gzip', 'content-length': String(packed.length) };
    upstream.reply({ body: packed, headers: { ...headers, 'content-type': 'application/json' } });
    const answer = await postJson(url, CHAT, { 'accept-encoding': 'gzip' });
    expect(answer.raw).toBe(json);
    expect(answer.headers).not.toHaveProperty('content-encoding');
    expect((await lastCall()).context.report.usage).toMatchObject({ input_tokens: 7 });
  });

  it('should keep its coding where the gateway does not know it', async () => {
    await start({}, { answersItsOwnWay: true });
    upstream.reply({
      body: 'packed',
      headers: { 'content-encoding': 'zstd', 'content-type': 'application/json' },
    });
    const { raw, headers } = await postJson(url, CHAT);
    expect([raw, headers['content-encoding']]).toEqual(['packed', 'zstd']);
  });

  it('should show its head before its first byte, and each event before the next', async () => {
    await start();
    const events = new PassThrough();
    upstream.reply({ chunks: events, headers: EVENT_STREAM });
    const message = await open(STREAM).answer;
    const parts = message[Symbol.asyncIterator]() as AsyncIterator<Buffer>;
    for (const event of ['data: 1\n\n', 'data: 2\n\n']) {
      events.write(event);
      expect(String((await parts.next()).value)).toBe(event);
    }
    events.end();
    expect((await parts.next()).done).toBe(true);
  });

  it('should hold the server up while its client does not read', async () => {
    await start();
    const megabyte = Buffer.alloc(1_048_576, 'x');
    const size = 64;
    upstream.reply({ chunks: Array.from({ length: size }, () => megabyte) });
    const { answer } = open(CHAT);
    const message = await answer;
    message.pause();
    let written = -1;
    const taken = (): number => upstream.chats[0]?.written ?? 0;
    await until(async () => {
      written = taken();
      await new Promise((resolve) => setTimeout(resolve, 200));
      return written === taken();
    });
    console.info(`taken from the server while nobody read: ${written / megabyte.length} MB of ${size}`);
    expect(written).toBeLessThan(size * megabyte.length);
    let read = 0;
    for await (const part of message) read += (part as Buffer).length;
    expect(read).toBe(size * megabyte.length);
  });
});

describe('a client that leaves', () => {
  it.each<[string, ScriptedAnswer, boolean]>([
    ['before there is an answer', { delayHeaders: never }, false],
    ['before the first byte', { chunks: [], headers: EVENT_STREAM, end: 'hang' }, true],
    ['in the midst of it', { chunks: begun, headers: EVENT_STREAM, end: 'hang' }, true],
  ])('should end the request to the model server: %s', async (_when, scripted, hasHead) => {
    // One connection only: one that is not given back would stop what comes after it.
    await start({ UPSTREAM_MAX_CONNECTIONS: '1' });
    upstream.reply(scripted);
    const { request, answer } = open(STREAM);
    await upstream.waitForChat();
    if (hasHead) await answer;
    request.destroy();
    await upstream.waitForAbort();
    expect((await lastCall()).status).toBe(499);
    await until(isIdle);
    upstream.reply(completion({ content: 'pong' }));
    expect((await postJson(url, CHAT)).status).toBe(200);
  });
});

describe('a model server that fails', () => {
  it.each<['destroy' | 'reset', boolean]>([
    ['destroy', true],
    ['reset', true],
    ['destroy', false],
  ])('should not have half an answer taken for a whole one (%s, streamed: %s)', async (end, streamed) => {
    await start();
    upstream.reply({ chunks: begun, headers: streamed ? EVENT_STREAM : {}, end });
    const message = await open(streamed ? STREAM : CHAT).answer;
    await expect(readAll(message)).rejects.toThrow('aborted');
    expect((await lastCall()).context.report).toMatchObject({ outcome: 'failed' });
    await until(isIdle);
  });

  it('should be told of as an error where nothing of an answer has come', async () => {
    await start();
    upstream.reply({
      onRequest: () => {
        throw new Error('The connection is closed.');
      },
    });
    expectEnvelope(await postJson(url, CHAT), {
      status: 502,
      type: 'server_error',
      code: 'upstream_unreachable',
    });
  });

  it('should not be waited for longer than it may take', async () => {
    await start({ UPSTREAM_TOTAL_TIMEOUT_MS: '2000' });
    upstream.reply({ chunks: begun, headers: EVENT_STREAM, end: 'hang' });
    const message = await open(STREAM).answer;
    await expect(readAll(message)).rejects.toThrow('aborted');
    upstream.reply({ delayHeaders: never });
    expectEnvelope(await postJson(url, CHAT), {
      status: 504,
      type: 'server_error',
      code: 'upstream_timeout',
    });
  });

  it.each<[string, ScriptedAnswer, Parameters<typeof expectEnvelope>[1]]>([
    [
      'a field that is wrong',
      {
        status: 400,
        body: '{"message":"max_tokens must be at least 1.","type":"x","code":400,"param":"max_tokens"}',
      },
      {
        status: 400,
        type: 'invalid_request_error',
        code: 'invalid_request',
        param: 'max_tokens',
        message: 'max_tokens must be at least 1.',
      },
    ],
    [
      'a list of what is wrong',
      { status: 422, body: '{"detail":[{"loc":["body","messages"],"msg":"Field required"}]}' },
      {
        status: 422,
        type: 'invalid_request_error',
        code: 'invalid_request',
        param: 'messages',
        message: 'Field required',
      },
    ],
    [
      'a conflict',
      { status: 409, body: '{"error":{"message":"The session is busy at 10.0.0.7:23333."}}' },
      {
        status: 409,
        type: 'invalid_request_error',
        code: 'invalid_request',
        message: 'The session is busy at [address].',
      },
    ],
    [
      'too long an input',
      {
        status: 400,
        body: errorBody(400, 'x', 'Input length (9) must be smaller than the model context length (8).'),
      },
      {
        status: 400,
        type: 'invalid_request_error',
        code: 'context_length_exceeded',
        message: /^Input length/,
      },
    ],
    [
      'an unknown model',
      { status: 404, body: errorBody(404, 'x', "The model 'test-model' does not exist.") },
      {
        status: 404,
        type: 'not_found_error',
        code: 'model_not_found',
        param: 'model',
        message: /Available models: test-model\.$/,
      },
    ],
    [
      'a route that it does not have',
      { status: 404, body: '{"detail":"Not Found"}' },
      {
        status: 404,
        type: 'not_found_error',
        code: 'not_found',
        message: 'The model server does not serve this route.',
      },
    ],
    [
      'a limit of its own',
      { status: 429, body: '{"error":{"message":"Slow down."}}', headers: { 'retry-after': '7' } },
      { status: 429, type: 'rate_limit_error', code: 'rate_limit_exceeded', message: 'Slow down.' },
    ],
    [
      'a key that it does not know',
      { status: 401, body: errorBody(401, 'x', 'Unauthorized server-key.') },
      {
        status: 502,
        type: 'server_error',
        code: 'upstream_unauthorized',
        message: /^The model server refused the gateway's credentials\.$/,
      },
    ],
    [
      'a bug',
      { status: 500, body: 'Traceback: /opt/lmdeploy/secret.py' },
      {
        status: 502,
        type: 'server_error',
        code: 'upstream_error',
        message: 'The model server returned an error.',
      },
    ],
    [
      'too much to do',
      { status: 503, body: '{"message":"sleeping at gpu-1.internal"}' },
      {
        status: 503,
        type: 'server_error',
        code: 'server_is_overloaded',
        message: 'The model server is overloaded.',
      },
    ],
  ])('should answer in the form of OpenAI: %s', async (_what, scripted, expected) => {
    await start({ UPSTREAM_API_KEY: 'server-key' });
    upstream.reply(scripted);
    const answer = await postJson(url, CHAT);
    expectEnvelope(answer, expected);
    expect(answer.headers).toMatchObject(scripted.headers ?? {});
    expect((await lastCall()).context.report.outcome).toBe(expected.code);
  });
});

describe('a gateway that shuts down', () => {
  it('should finish what runs', async () => {
    await start({ SHUTDOWN_GRACE_MS: '60000' });
    const events = new PassThrough();
    events.write('data: 1\n\n');
    upstream.reply({ chunks: events, headers: EVENT_STREAM });
    const message = await open(STREAM).answer;
    const closing = close();
    await until(() => gateway.app.get(DrainService, { strict: false }).isDraining);
    events.end('data: [DONE]\n\n');
    expect(await readAll(message)).toBe('data: 1\n\ndata: [DONE]\n\n');
    await closing;
  });

  it('should cut what takes too long, so that it does not look whole', async () => {
    await start({ SHUTDOWN_GRACE_MS: '50' });
    upstream.reply({ chunks: begun, headers: EVENT_STREAM, end: 'hang' });
    const message = await open(STREAM).answer;
    const read = readAll(message);
    read.catch(() => undefined);
    await close();
    await expect(read).rejects.toThrow('aborted');
  });
});

describe('PASSTHROUGH_ENABLED', () => {
  it('should be on, and told of', async () => {
    await start();
    const { body } = await getJson(gateway.url);
    expect(body).toMatchObject({
      endpoints: expect.arrayContaining(ROUTES.map((path) => `POST ${path}`)) as unknown,
    });
    upstream.reply(completion({ content: 'pong' }));
    expect((await postJson(`${gateway.url}/chat/completions`, CHAT)).status).toBe(200);
  });

  it('should leave no such routes when it is off', async () => {
    await start({ PASSTHROUGH_ENABLED: 'off', API_KEYS: 'client-key' });
    for (const path of ROUTES) {
      const answer = await postJson(`${gateway.url}${path}`, CHAT);
      expectEnvelope(answer, {
        status: 404,
        type: 'not_found_error',
        code: 'not_found',
        message: /^There is no route POST /,
      });
    }
    const { body } = await getJson(gateway.url);
    for (const path of ROUTES) expect(JSON.stringify(body)).not.toContain(path);
  });

  it('should leave the routes to extensions when it is off', async () => {
    @Controller('v1/completions')
    class OwnCompletions {
      @Post()
      complete(): object {
        return { own: true };
      }
    }
    @Module({ controllers: [OwnCompletions] })
    class OwnModule {}
    await start({ PASSTHROUGH_ENABLED: 'false' }, { extensions: [OwnModule], answersItsOwnWay: true });
    expect((await postJson(`${gateway.url}/v1/completions`, CHAT)).body).toEqual({ own: true });
  });
});
