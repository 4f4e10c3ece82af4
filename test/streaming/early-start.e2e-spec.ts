import { createTestApp, type TestApp } from '../support/create-test-app.js';
import {
  chatStream,
  errorBody,
  type FakeUpstream,
  startFakeUpstream,
  textDelta,
} from '../support/fake-upstream.js';
import { openStream, postJson, postStream } from '../support/http-client.js';
import { checkLifecycle } from '../support/lifecycle-oracle.js';
import { SocketClient } from '../support/ws-client.js';

const REQUEST = { model: 'm', input: 'hi', stream: true, user: 'somebody', truncation: 'auto' };
const TOOLS = [{ type: 'function', name: 'f', parameters: { type: 'object', properties: {} } }];
const NO_PARSER = '"auto" tool choice requires --enable-auto-tool-choice and --tool-call-parser to be set';

describe('a stream whose model server is silent', () => {
  let upstream: FakeUpstream;
  let gateway: TestApp;
  let letGo: () => void;
  let silence: Promise<void>;

  async function start(environment: Record<string, string> = {}): Promise<string> {
    gateway = await createTestApp({
      environment: {
        UPSTREAM_BASE_URL: upstream.url,
        STREAM_START_TIMEOUT_MS: '50',
        KEEP_ALIVE_INTERVAL_MS: '50',
        ...environment,
      },
    });
    return gateway.url;
  }
  beforeEach(async () => {
    upstream = await startFakeUpstream();
    silence = new Promise((resolve) => {
      letGo = resolve;
    });
  });
  afterEach(async () => {
    letGo();
    await gateway.close();
    await upstream.close();
  });

  it('should begin without it, keep the connection alive, and go on with the answer', async () => {
    const url = await start();
    upstream.reply({ body: chatStream([textDelta('pong')]), delayHeaders: silence });
    const stream = await openStream(`${url}/v1/responses`, REQUEST);
    expect(stream.status).toBe(200);
    setTimeout(letGo, 200);
    const events = await stream.rest();
    checkLifecycle(events);
    expect(events.at(-1)).toMatchObject({ type: 'response.completed', response: { output_text: 'pong' } });
    expect(stream.seen.comments.length).toBeGreaterThan(0);
  });

  it('should name what was ignored in the headers of an early start', async () => {
    const url = await start();
    upstream.reply({ body: chatStream(['pong']), delayHeaders: silence });
    const early = await openStream(`${url}/v1/responses`, { ...REQUEST, made_up: 1 });
    letGo();
    await early.rest();
    upstream.reply(chatStream(['pong']));
    const prompt = await postStream(`${url}/v1/responses`, { ...REQUEST, made_up: 1 });
    expect(early.headers['x-gateway-ignored']).toContain('made_up');
    expect(early.headers['x-gateway-ignored']).toBe(prompt.headers['x-gateway-ignored']);
  });

  it('should end as a failed response when the model server refuses later', async () => {
    const url = await start();
    upstream.reply({
      status: 400,
      body: errorBody(400, 'BadRequestError', 'The prompt is no good.'),
      delayHeaders: silence,
    });
    const stream = await openStream(`${url}/v1/responses`, REQUEST);
    letGo();
    const events = await stream.rest();
    checkLifecycle(events);
    expect(events.slice(-2)).toMatchObject([{ type: 'error' }, { type: 'response.failed' }]);
  });

  it('should still answer an error within the time as an HTTP error', async () => {
    const url = await start({ STREAM_START_TIMEOUT_MS: '60000' });
    upstream.reply({ status: 400, body: errorBody(400, 'BadRequestError', 'The prompt is no good.') });
    expect((await postJson(`${url}/v1/responses`, REQUEST)).status).toBe(400);
  });

  it('should switch to the raw mode without beginning twice', async () => {
    const url = await start({ TOOL_CALL_PARSER: 'qwen3', TOOL_CALLS: 'auto' });
    upstream.reply({
      status: 400,
      body: errorBody(400, 'BadRequestError', NO_PARSER),
      delayHeaders: silence,
    });
    upstream.reply(
      chatStream([textDelta('<tool_call>\n{"name":"f",'), textDelta('"arguments":{}}\n</tool_call>')]),
    );
    const stream = await openStream(`${url}/v1/responses`, { ...REQUEST, tools: TOOLS });
    letGo();
    const events = await stream.rest();
    checkLifecycle(events);
    expect(events.filter(({ type }) => type === 'response.created')).toHaveLength(1);
    expect(events.at(-1)).toMatchObject({ response: { output: [{ type: 'function_call', name: 'f' }] } });
    expect(upstream.chats).toHaveLength(2);
  });

  it('should abort the model server when the client leaves after an early start', async () => {
    const url = await start();
    upstream.reply({ body: chatStream(['pong']), delayHeaders: silence });
    const stream = await openStream(`${url}/v1/responses`, REQUEST);
    stream.destroy();
    await expect(upstream.waitForAbort()).resolves.toBeUndefined();
  });

  it('should wait where it is told to', async () => {
    const url = await start({ STREAM_START_TIMEOUT_MS: '0' });
    upstream.reply({
      status: 400,
      body: errorBody(400, 'BadRequestError', 'The prompt is no good.'),
      delayHeaders: silence,
    });
    setTimeout(letGo, 200);
    expect((await postJson(`${url}/v1/responses`, REQUEST)).status).toBe(400);
  });

  it('should leave an answer that is not streamed to its HTTP status', async () => {
    const url = await start();
    upstream.reply({
      status: 400,
      body: errorBody(400, 'BadRequestError', 'The prompt is no good.'),
      delayHeaders: silence,
    });
    setTimeout(letGo, 200);
    expect((await postJson(`${url}/v1/responses`, { ...REQUEST, stream: false })).status).toBe(400);
  });

  it('should begin a turn of a WebSocket as well', async () => {
    const url = await start();
    upstream.reply({ body: chatStream(['pong']), delayHeaders: silence });
    const client = await SocketClient.open(url);
    client.send({ input: 'hi' });
    expect(await client.next()).toMatchObject({ type: 'response.created' });
    expect(await client.next()).toMatchObject({ type: 'response.in_progress' });
    letGo();
    expect((await client.answer()).response).toMatchObject({ status: 'completed', output_text: 'pong' });
    client.socket.terminate();
    await client.closed;
  });
});
