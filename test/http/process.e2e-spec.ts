import { Agent, get } from 'node:http';
import { type AddressInfo, createServer } from 'node:net';
import { networkInterfaces } from 'node:os';
import { setTimeout as pause } from 'node:timers/promises';
import { jest } from '@jest/globals';
import { expectEnvelope } from '../support/error-envelope.js';
import {
  chatFrames,
  chatStream,
  completion,
  type FakeUpstream,
  startFakeUpstream,
} from '../support/fake-upstream.js';
import type { GatewayProcess } from '../support/gateway-process.js';
import { getJson, type JsonAnswer, openStream, postJson, postStream } from '../support/http-client.js';
import { checkLifecycle, checkResponse } from '../support/lifecycle-oracle.js';
import { useBuiltGateway } from '../support/use-built-gateway.js';

const TURN = { model: 'test-model', input: 'planted-prompt' };
const STREAM = { ...TURN, stream: true };
const PROMPT = 'planted-prompt';
const ANSWER = 'planted-answer';
const CALLERS_KEY = 'planted-callers-key';
const UPSTREAM_KEY = 'planted-upstream-key';

// Each test starts processes of its own.
jest.setTimeout(300_000);

const { run } = useBuiltGateway();
let upstream: FakeUpstream;

beforeEach(async () => {
  upstream = await startFakeUpstream();
});
afterEach(async () => {
  await upstream.close();
});

/** One in front of the fake upstream. */
function runInFront(variables: Record<string, string> = {}): GatewayProcess {
  return run({ UPSTREAM_BASE_URL: upstream.url, ...variables });
}

/** The request that a curl line makes, with the shell's variables filled in. */
async function doAsCurlDoes(line: string, variables: Record<string, string> = {}): Promise<JsonAnswer> {
  const [, url = ''] = /^\s*curl (\S+) /.exec(line) ?? [];
  const [, body = ''] = / -d '(.*)'$/.exec(line) ?? [];
  const headers = [...line.matchAll(/ -H "([^:]+): ([^"]*)"/g)].map(([, name = '', value = '']) => [
    name,
    value.replace(/\$(\w+)/g, (_, variable: string) => variables[variable] ?? ''),
  ]);
  return postJson(url, body, Object.fromEntries(headers) as Record<string, string>);
}

const curlLine = ({ stdout }: GatewayProcess): string => /^.*curl .*$/m.exec(stdout)?.[0] ?? '';

describe('the start', () => {
  it('should say where it listens, what it talks to, and what to try', async () => {
    const gateway = run();
    const url = await gateway.listening();
    expect(gateway.stdout).toMatch(/Upstream\s+built-in LMDeploy simulator/);
    expect(gateway.stdout).toMatch(/Auth\s+off/);
    const { status, body } = await doAsCurlDoes(curlLine(gateway));
    expect(status).toBe(200);
    checkResponse(body);
    expect(body).toMatchObject({ output_text: 'pong' });
    expect(curlLine(gateway)).toContain(url);
    expect(gateway.stderr).toBe('');
  });

  it('should name its upstream, and no key', async () => {
    upstream.reply(completion({ content: 'pong' }));
    const gateway = run({
      UPSTREAM_BASE_URL: upstream.url,
      UPSTREAM_API_KEY: UPSTREAM_KEY,
      API_KEYS: CALLERS_KEY,
    });
    await gateway.listening();
    expect(gateway.stdout).toContain(`${upstream.url}/v1`);
    expect(gateway.stdout).toMatch(/Auth\s+bearer keys/);
    expect(gateway.stdout).not.toMatch(/planted/);
    expect((await doAsCurlDoes(curlLine(gateway))).status).toBe(401);
    expect((await doAsCurlDoes(curlLine(gateway), { API_KEY: CALLERS_KEY })).status).toBe(200);
  });

  const hasIpv6 = Object.values(networkInterfaces()).some((list) =>
    list?.some(({ address }) => address === '::1'),
  );
  const hosts = ['0.0.0.0', 'localhost', ...(hasIpv6 ? ['::1', '::'] : [])];
  it.each(hosts)('should name an address that works when it listens on %s', async (HOST) => {
    const gateway = runInFront({ HOST });
    const url = await gateway.listening();
    expect((await getJson(`${url}/health/live`)).status).toBe(200);
  });

  it.each<[string, Record<string, string>, RegExp]>([
    ['a wrong port', { PORT: 'http' }, /^Invalid environment:\n {2}PORT=http: .+\n$/],
    ['two wrong ones', { PORT: '70000', LOG_LEVEL: 'loud' }, /PORT=70000: .+\n {2}LOG_LEVEL=loud: /],
    [
      'a key file that is not there',
      { API_KEYS_FILE: '/nowhere' },
      /API_KEYS_FILE=\/nowhere: cannot be read/,
    ],
    [
      'a parser nobody has',
      { TOOL_CALL_PARSER: 'unheard' },
      /TOOL_CALL_PARSER=unheard: must be one of .*hermes/,
    ],
    ['a wrong wish for the simulator', { SIM_SEED: 'x' }, /SIM_SEED/],
    ['production without an upstream', { NODE_ENV: 'production' }, /UPSTREAM_BASE_URL: must name/],
  ])('should stop with a message for %s', async (_what, variables, message) => {
    const gateway = run(variables);
    await expect(gateway.exited).resolves.toBe(1);
    expect(gateway.stderr).toMatch(message);
    expect(gateway.stderr).not.toMatch(/\n\s+at /);
    expect(gateway.stdout).not.toContain('Try it');
  });

  it('should stop with a message when the port is taken', async () => {
    const other = createServer();
    await new Promise<void>((resolve) => other.listen(0, '127.0.0.1', resolve));
    const PORT = String((other.address() as AddressInfo).port);
    const gateway = runInFront({ PORT });
    await expect(gateway.exited).resolves.toBe(1);
    await new Promise((resolve) => other.close(resolve));
    expect(gateway.stderr).toContain(PORT);
  });

  it('should run in production with an upstream, or with the simulator when told to', async () => {
    const urls = [
      await runInFront({ NODE_ENV: 'production' }).listening(),
      await run({ NODE_ENV: 'production', SIMULATOR_ENABLED: 'true' }).listening(),
    ];
    for (const url of urls) expect((await getJson(`${url}/health/ready`)).status).toBe(200);
  });
});

describe('the end', () => {
  const OVERLOADED = { status: 503, type: 'server_error', code: 'server_is_overloaded' };
  const begun = chatFrames(['po'], { finish: null, usage: null, done: false });

  /** Waits until a signal sent before has been noticed. */
  async function draining(url: string): Promise<JsonAnswer> {
    for (;;) {
      const answer = await getJson(`${url}/health/ready`);
      if (answer.status !== 200) return answer;
      await pause(5);
    }
  }

  it('should refuse new requests and let a running stream finish', async () => {
    let tell: () => void = () => undefined;
    const told = new Promise<void>((resolve) => (tell = resolve));
    async function* held(): AsyncGenerator<string> {
      yield* begun;
      await told;
      yield chatStream(['ng']);
    }
    upstream.reply({ chunks: held() });
    const gateway = runInFront({ SHUTDOWN_GRACE_MS: '60000' });
    const url = await gateway.listening();
    const stream = await openStream(`${url}/v1/responses`, STREAM);
    while ((await stream.next())?.type !== 'response.output_text.delta');

    gateway.signal('SIGTERM');
    expectEnvelope(await draining(url), {
      status: 503,
      type: 'server_error',
      code: 'not_ready',
      message: 'Not ready: accepting.',
    });
    for (const answer of [
      await postJson(`${url}/v1/responses`, TURN),
      await postJson(`${url}/v1/responses`, STREAM),
      await getJson(`${url}/v1/models`),
    ]) {
      expectEnvelope(answer, OVERLOADED);
      expect(answer.headers['retry-after']).toMatch(/^[1-9]\d*$/);
    }
    expect((await getJson(`${url}/health/live`)).status).toBe(200);
    expect(gateway.isRunning).toBe(true);

    tell();
    await stream.rest();
    checkLifecycle(stream.seen.events);
    expect(stream.seen.done).toBe(true);
    expect(stream.seen.events.at(-1)).toMatchObject({
      type: 'response.completed',
      response: { output_text: 'pong' },
    });
    await expect(gateway.exited).resolves.toBe(0);
    expect(upstream.chats).toHaveLength(1);
  });

  it('should end what outlives the grace: a stream as failed, a whole answer with 503', async () => {
    upstream.reply({ chunks: begun, end: 'hang' });
    upstream.reply({ delayHeaders: new Promise(() => undefined) });
    upstream.reply({ delayHeaders: new Promise(() => undefined) });
    const gateway = runInFront({ SHUTDOWN_GRACE_MS: '100' });
    const url = await gateway.listening();
    const stream = await openStream(`${url}/v1/responses`, STREAM);
    while ((await stream.next())?.type !== 'response.output_text.delta');
    const whole = postJson(`${url}/v1/responses`, TURN);
    await upstream.waitForChat(2);
    const waiting = postJson(`${url}/v1/responses`, STREAM);
    await upstream.waitForChat(3);

    gateway.signal('SIGTERM');
    await stream.rest();
    checkLifecycle(stream.seen.events);
    expect(stream.seen.done).toBe(true);
    expect(stream.seen.events.at(-2)).toMatchObject({ type: 'error', code: 'server_error' });
    expect(stream.seen.events.at(-1)).toMatchObject({
      type: 'response.failed',
      response: { output_text: 'po', error: { message: 'The gateway is shutting down.' } },
    });
    for (const answer of await Promise.all([whole, waiting])) {
      expectEnvelope(answer, OVERLOADED);
      expect(answer.headers['retry-after']).toMatch(/^[1-9]\d*$/);
    }
    await expect(gateway.exited).resolves.toBe(0);
    await upstream.waitForAbort(3);
  });

  it('should let the simulator’s stream finish too', async () => {
    const gateway = run({ SIM_INTER_TOKEN_LATENCY: '20', SHUTDOWN_GRACE_MS: '60000' });
    const url = await gateway.listening();
    const stream = await openStream(`${url}/v1/responses`, {
      model: 'default',
      input: 'Count to 20',
      stream: true,
    });
    while ((await stream.next())?.type !== 'response.output_text.delta');
    gateway.signal('SIGTERM');
    await stream.rest();
    checkLifecycle(stream.seen.events);
    expect(stream.seen.events.at(-1)?.type).toBe('response.completed');
    await expect(gateway.exited).resolves.toBe(0);
  });

  it.each<NodeJS.Signals>(['SIGTERM', 'SIGINT'])(
    'should come at once on %s when nothing is running, whatever connections are kept',
    async (signal) => {
      const gateway = runInFront({ SHUTDOWN_GRACE_MS: '60000' });
      const url = await gateway.listening();
      const agent = new Agent({ keepAlive: true });
      await new Promise<void>((resolve, reject) => {
        get(`${url}/health/live`, { agent }, (message) => message.resume().on('end', resolve)).on(
          'error',
          reject,
        );
      });
      gateway.signal(signal);
      await expect(gateway.exited).resolves.toBe(0);
      agent.destroy();
    },
  );
});

describe('a second signal', () => {
  it.each<[NodeJS.Signals, NodeJS.Signals, number]>([
    ['SIGTERM', 'SIGTERM', 143],
    ['SIGINT', 'SIGINT', 130],
    ['SIGTERM', 'SIGINT', 130],
  ])('should end it at once while answers are running: %s, %s', async (first, second, code) => {
    const gateway = runInFront({ SHUTDOWN_GRACE_MS: '600000' });
    const url = await gateway.listening();
    upstream.reply({ chunks: chatFrames(['pon'], { finish: null, usage: null, done: false }), end: 'hang' });
    const stream = await openStream(`${url}/v1/responses`, STREAM);
    while ((await stream.next())?.type !== 'response.output_text.delta');
    gateway.signal(first);
    while ((await getJson(`${url}/health/ready`)).status !== 503);
    await pause(first === second ? 250 : 0);
    expect(gateway.isRunning).toBe(true);
    gateway.signal(second);
    await expect(gateway.exited).resolves.toBe(code);
    await stream.closed;
  });
});

describe('the log', () => {
  const requestLines = (gateway: GatewayProcess) => gateway.logLines.filter((line) => 'request_id' in line);
  const key = { authorization: `Bearer ${CALLERS_KEY}` };

  async function finishedLog(gateway: GatewayProcess, count: number): Promise<Record<string, unknown>[]> {
    await gateway.until(() => requestLines(gateway).length >= count);
    gateway.signal('SIGTERM');
    await gateway.exited;
    const all = gateway.stdout + gateway.stderr;
    for (const secret of [PROMPT, ANSWER, CALLERS_KEY, UPSTREAM_KEY, 'wrong-key'])
      expect(all).not.toContain(secret);
    const afterBanner = gateway.stdout.slice(
      gateway.stdout.indexOf(curlLine(gateway)) + curlLine(gateway).length,
    );
    for (const line of afterBanner.split('\n').filter((text) => text !== '')) {
      expect(() => JSON.parse(line) as unknown).not.toThrow();
    }
    return requestLines(gateway);
  }

  it('should have a JSON line for each request, with its numbers, and neither bodies nor keys', async () => {
    const gateway = runInFront({ LOG_LEVEL: 'trace', API_KEYS: CALLERS_KEY, UPSTREAM_API_KEY: UPSTREAM_KEY });
    const url = `${await gateway.listening()}/v1/responses`;
    upstream.reply(completion({ content: ANSWER }));
    await postJson(url, { ...TURN, instructions: PROMPT }, { ...key, 'x-request-id': 'whole' });
    upstream.reply(chatStream([ANSWER]));
    await postStream(url, STREAM, { ...key, 'x-request-id': 'streamed' });
    await postJson(url, { ...TURN, temperature: 9 }, { ...key, 'x-request-id': 'invalid' });
    await postJson(url, `{"input":"${PROMPT}"`, { ...key, 'x-request-id': 'broken' });
    await postJson(url, TURN, { authorization: 'Bearer wrong-key', 'x-request-id': 'unknown' });
    upstream.reply({
      status: 422,
      body: JSON.stringify({ detail: [{ loc: ['body', 'x'], msg: 'No', input: PROMPT }] }),
    });
    await postJson(url, TURN, { ...key, 'x-request-id': 'refused' });
    upstream.reply({ status: 500, body: '{"message":"engine died"}' });
    await postJson(url, STREAM, { ...key, 'x-request-id': 'down' });

    const lines = await finishedLog(gateway, 7);
    const byId = new Map(lines.map((line) => [line.request_id, line]));
    const common = {
      method: 'POST',
      path: '/v1/responses',
      duration_ms: expect.any(Number) as number,
      time: expect.any(Number) as number,
    };
    const asked = {
      caller: expect.stringMatching(/^key-/) as string,
      model: 'test-model',
      upstream: `${upstream.url}/v1`,
    };
    const numbers = {
      ...common,
      ...asked,
      status: 200,
      first_output_ms: expect.any(Number) as number,
      input_tokens: 12,
      output_tokens: 5,
    };
    expect(byId.get('whole')).toMatchObject({ ...numbers, stream: false });
    expect(byId.get('streamed')).toMatchObject({ ...numbers, stream: true });
    expect(byId.get('invalid')).toMatchObject({ ...common, status: 400, outcome: 'invalid_request' });
    expect(byId.get('broken')).toMatchObject({ ...common, status: 400, outcome: 'invalid_json' });
    expect(byId.get('unknown')).toMatchObject({ ...common, status: 401, outcome: 'invalid_api_key' });
    expect(byId.get('unknown')).not.toHaveProperty('caller');
    expect(byId.get('refused')).toMatchObject({
      ...common,
      ...asked,
      status: 400,
      outcome: 'invalid_request',
    });
    expect(byId.get('down')).toMatchObject({ ...common, ...asked, status: 502, stream: true, level: 50 });
    expect(lines).toHaveLength(7);
  });

  it('should tell how a stream failed, and that a client has left', async () => {
    const begun = chatFrames([ANSWER], { finish: null, usage: null, done: false });
    const gateway = runInFront();
    const url = `${await gateway.listening()}/v1/responses`;
    upstream.reply({ chunks: begun, end: 'reset' });
    await postStream(url, STREAM, { 'x-request-id': 'cut' });
    upstream.reply({ chunks: begun, end: 'hang' });
    const stream = await openStream(url, STREAM, { 'x-request-id': 'left' });
    await stream.next();
    stream.destroy();
    const lines = await finishedLog(gateway, 2);
    expect(lines.find((line) => line.request_id === 'cut')).toMatchObject({
      level: 50,
      status: 200,
      outcome: 'failed',
      err: { message: expect.any(String) as string },
    });
    expect(lines.find((line) => line.request_id === 'left')).toMatchObject({ status: 499, stream: true });
  });

  it('should have a first output between the begin and the end of a stream', async () => {
    const gateway = runInFront();
    const url = `${await gateway.listening()}/v1/responses`;
    upstream.reply(chatStream([ANSWER]));
    await postStream(url, STREAM);
    const [line] = await finishedLog(gateway, 1);
    const { duration_ms: duration, first_output_ms: first } = line as {
      duration_ms: number;
      first_output_ms: number;
    };
    expect(first).toBeGreaterThan(0);
    expect(first).toBeLessThanOrEqual(duration);
  });

  it('should leave probes out unless it is asked for more', async () => {
    const quiet = runInFront();
    const quietUrl = await quiet.listening();
    await getJson(`${quietUrl}/health/live`, { 'x-request-id': 'probe' });
    await getJson(`${quietUrl}/v1/models`, { 'x-request-id': 'models' });
    const lines = await finishedLog(quiet, 1);
    expect(lines.map(({ request_id }) => request_id)).toEqual(['models']);

    const chatty = runInFront({ LOG_LEVEL: 'debug' });
    await getJson(`${await chatty.listening()}/health/live`, { 'x-request-id': 'probe' });
    expect((await finishedLog(chatty, 1)).map(({ request_id }) => request_id)).toEqual(['probe']);
  });
});
