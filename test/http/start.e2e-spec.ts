import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { type AddressInfo, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { setTimeout as pause } from 'node:timers/promises';
import { jest } from '@jest/globals';
import {
  chatFrames,
  completion,
  type FakeUpstream,
  type ScriptedAnswer,
  startFakeUpstream,
} from '../support/fake-upstream.js';
import type { GatewayProcess } from '../support/gateway-process.js';
import { getJson, openStream, postJson } from '../support/http-client.js';
import { useBuiltGateway } from '../support/use-built-gateway.js';

const TURN = { model: 'test-model', input: 'hi' };
const MODELS_PATH = '/v1/models';

// Each test starts processes of its own.
jest.setTimeout(300_000);

const { run } = useBuiltGateway();
let upstream: FakeUpstream;
let folder: string;

beforeEach(async () => {
  upstream = await startFakeUpstream();
  folder = mkdtempSync(join(tmpdir(), 'gateway-start-'));
});
afterEach(async () => {
  await upstream.close();
  rmSync(folder, { recursive: true });
});

/** One in front of the fake upstream. */
function runInFront(variables: Record<string, string> = {}): GatewayProcess {
  return run({ UPSTREAM_BASE_URL: upstream.url, ...variables });
}

function write(name: string, text: string): string {
  const path = join(folder, name);
  writeFileSync(path, text);
  return path;
}

async function failure(gateway: GatewayProcess): Promise<string> {
  await expect(gateway.exited).resolves.toBe(1);
  return gateway.stderr;
}

describe('settings that are wrong', () => {
  it('should name the port that another process has', async () => {
    const other = createServer();
    await new Promise<void>((resolve) => other.listen(0, '127.0.0.1', resolve));
    const PORT = String((other.address() as AddressInfo).port);
    const message = await failure(runInFront({ PORT }));
    await new Promise((resolve) => other.close(resolve));
    expect(message).toBe(`PORT=${PORT}: already in use by another process\n`);
  });

  it('should name an address that this machine does not have', async () => {
    expect(await failure(runInFront({ HOST: '203.0.113.7' }))).toBe(
      'HOST=203.0.113.7: is not an address of this machine\n',
    );
  });

  it('should name DATABASE_URL when its file cannot be written', async () => {
    const DATABASE_URL = `file:${write('a-file', '')}/gateway.db`;
    const [first, second, ...more] = (await failure(runInFront({ DATABASE_URL }))).split('\n');
    expect(first).toBe('Invalid environment:');
    expect(second).toContain(`  DATABASE_URL=${DATABASE_URL}: cannot be used: `);
    expect(more).toEqual(['']);
  });

  it('should say what a file of the store needs where it cannot be opened', async () => {
    const DATABASE_URL = `file:${tmpdir()}`;
    expect(await failure(runInFront({ DATABASE_URL }))).toBe(
      `Invalid environment:\n  DATABASE_URL=${DATABASE_URL}: cannot be opened: must be a file, in a folder that the gateway's user may write to\n`,
    );
  });

  it('should be named all at once, each with one reason', async () => {
    const variables = {
      PORT: 'http',
      CONFIG_FILE: '/nowhere',
      API_KEYS_FILE: '/',
      QUEUE_TIMEOUT_MS: '5 days',
    };
    expect(await failure(runInFront({ ...variables, UPSTREAM_BASE_URL: 'localhost' }))).toBe(
      [
        'Invalid environment:',
        '  PORT=http: must be a whole number from 0 to 65535',
        '  QUEUE_TIMEOUT_MS=5 days: must be a duration such as 500ms, 30s, 2m or 1h, or milliseconds, from 1 to 2147483647',
        '  UPSTREAM_BASE_URL=localhost: must be a URL like http://host:23333, without user, password and query, or several, separated by commas',
        '  CONFIG_FILE=/nowhere: cannot be read: there is no such file',
        '  API_KEYS_FILE=/: cannot be read: it is a folder',
        '',
      ].join('\n'),
    );
  });

  it.each([
    ['models: [{ id: a, contextWindow: big }]', 'models[0].contextWindow: '],
    ['models: [{ id: a, toolParser: unheard }]', 'models[0].toolParser: must be one of auto'],
    ['models: [{ id: a, displayName: "${ABSENT}" }]', 'models[0].displayName: ${ABSENT} is not set'],
    ['models: [', 'is no YAML in line 1'],
    [
      'upstreams: [{ name: a, baseUrl: "http://a" }]',
      'upstreams: must not be given together with UPSTREAM_BASE_URL',
    ],
  ])('should name CONFIG_FILE when it holds %s', async (text, problem) => {
    const path = write('gateway.yaml', text);
    const message = await failure(runInFront({ CONFIG_FILE: path }));
    expect(message).toContain(`Invalid environment:\n  CONFIG_FILE=${path}:`);
    expect(message).toContain(problem);
    expect(message).not.toMatch(/\n\s+at /);
  });

  it('should be named all at once where they are the simulator’s', async () => {
    expect(await failure(run({ SIM_SEED: 'x', SIM_STARTUP_DURATION: 'soon' }))).toBe(
      [
        'Invalid environment:',
        '  SIM_STARTUP_DURATION: "soon" is not a duration such as 250, 250ms, 2s or 1m',
        '  SIM_SEED: "x" is not a whole number from 0 to 9007199254740991',
        '',
      ].join('\n'),
    );
  });

  it('should warn of a name that looks mistyped, and start', async () => {
    const gateway = runInFront({ API_KEY: 'x', SIM_SPEED: '1' });
    await gateway.listening();
    expect(gateway.stderr).toBe(
      [
        'Warning: API_KEY is set, but the gateway has no such variable; did you mean API_KEYS?',
        'Warning: SIM_SPEED is set, but the gateway has no such variable; did you mean SIM_SEED?',
        '',
      ].join('\n'),
    );
  });

  it('should warn of it too when it is why the start fails', async () => {
    const message = await failure(run({ NODE_ENV: 'production', UPSTREM_BASE_URL: upstream.url }));
    expect(message).toMatch(/^Warning: UPSTREM_BASE_URL .* did you mean UPSTREAM_BASE_URL\?\nInvalid env/);
  });

  it('should say in one line that Node is too old', async () => {
    const versions =
      "Object.defineProperty(process, 'versions', { value: { ...process.versions, node: '20.18.3' } });";
    const hook = write('old.mjs', versions);
    const message = await failure(run({ NODE_OPTIONS: `--import ${pathToFileURL(hook).href}` }));
    expect(message).toMatch(/^Node\.js 20\.19 or newer is needed; this is v[\d.]+\.\n$/);
  });
});

describe('the banner', () => {
  it('should tell of the version, the docs, the upstream, its models and the keys', async () => {
    upstream.reply({ body: '{"data":[{"id":"org/first"},{"id":"second"}]}' }, MODELS_PATH);
    const gateway = runInFront({ API_KEYS: 'one,two' });
    const url = await gateway.listening();
    const { version } = JSON.parse(readFileSync('package.json', 'utf8')) as { version: string };
    expect(gateway.stdout).toBe(
      `
  Responses gateway   ${url}/v1/responses
  Version             ${version}
  Docs                ${url}/docs
  Playground          ${url}/
  Upstream            ${upstream.url}/v1
  Models              org/first, second
  Store               none (nothing is kept): set DATABASE_URL to keep responses
  Auth                bearer keys (2)

  Try it:
  export API_KEY=…   # one of the keys
  curl ${url}/v1/responses -H "content-type: application/json" -H "Authorization: Bearer $API_KEY" -d '{"model":"org/first","input":"Reply exactly: pong","max_output_tokens":32}'

`,
    );
  });

  it.each<[string, string, ScriptedAnswer | null]>([
    ['is not there', 'not reached yet: connection refused', null],
    [
      'does not answer',
      'not reached yet: no response so far',
      { delayHeaders: new Promise(() => undefined) },
    ],
    ['wants a key', 'reached, but listing models failed: ', { status: 401, body: '{}' }],
    ['has none', 'none', { body: '{"data":[]}' }],
  ])('should come also when the upstream %s', async (_what, said, answer) => {
    if (answer) upstream.reply(answer, MODELS_PATH);
    else await upstream.close();
    const gateway = runInFront({ DOCS_ENABLED: 'no', PLAYGROUND_ENABLED: 'no' });
    await gateway.listening();
    expect(gateway.stdout).toContain(`\n  Models              ${said}`);
    expect(gateway.stdout).toContain('"model":"default"');
    expect(gateway.stdout).not.toMatch(/Docs|Playground/);
  });

  it('should tell of the servers of CONFIG_FILE, and not start the simulator beside them', async () => {
    const servers = ['one', 'two'].map((name) => `{ name: ${name}, baseUrl: "${upstream.url}" }`);
    const gateway = run({ CONFIG_FILE: write('gateway.yaml', `upstreams: [${servers.join(', ')}]`) });
    await gateway.listening();
    await gateway.until(() => gateway.stdout.includes('Try it:'));
    expect(gateway.stdout).toMatch(/^ {2}Upstream +one, two$/m);
    expect(gateway.stdout).not.toMatch(/simulator/i);
  });

  it('should tell where responses are kept, in a folder that is made for them', async () => {
    const path = join(folder, 'kept/here/gateway.db');
    const gateway = runInFront({ DATABASE_URL: `file:${path}` });
    await gateway.listening();
    expect(gateway.stdout).toContain(`\n  Store               file:${path}\n`);
    expect(existsSync(path)).toBe(true);
  });
});

describe('LOG_FORMAT', () => {
  it('should make a short line of each request when it is pretty', async () => {
    const gateway = runInFront({ LOG_FORMAT: 'pretty', SHUTDOWN_GRACE_MS: '1.5m' });
    const url = await gateway.listening();
    upstream.reply(completion({ content: 'fine' }));
    await postJson(`${url}/v1/responses`, TURN, { 'x-request-id': 'told' });
    upstream.reply({ status: 500, body: '{"message":"engine died"}' });
    await postJson(`${url}/v1/responses`, TURN, { 'x-request-id': 'failed' });
    gateway.signal('SIGTERM');
    await expect(gateway.exited).resolves.toBe(0);
    const log = gateway.stdout
      .slice(gateway.stdout.indexOf("}'\n") + 2)
      .trim()
      .split('\n');
    expect(log).toEqual([
      expect.stringMatching(
        /^\d\d:\d\d:\d\d {2}200 {2}POST \/v1\/responses {2}test-model {2}\S+ \(first \S+\) {2}12 -> 5 tokens {2}completed {2}told$/,
      ),
      expect.stringMatching(
        /^\d\d:\d\d:\d\d {2}502 {2}POST \/v1\/responses {2}test-model {2}\S+ {2}\S+ {2}failed$/,
      ),
      expect.stringMatching(/^ {4}.*engine died/),
      expect.stringMatching(/ {2}INFO {2}DrainService {2}shutting down.* {2}running=0 {2}grace_ms=90000$/),
      expect.stringMatching(/ {2}INFO {2}DrainService {2}stopped {2}ended_early=0 {2}running=0$/),
    ]);
  });

  it('should be JSON by itself where there is no terminal', async () => {
    const gateway = runInFront();
    const url = await gateway.listening();
    upstream.reply(completion({ content: 'fine' }));
    await postJson(`${url}/v1/responses`, TURN, { 'x-request-id': 'told' });
    await gateway.until(() => gateway.logLines.some((line) => line.request_id === 'told'));
    expect(gateway.stdout).not.toContain('12 -> 5');
  });
});

describe('the log of a process', () => {
  it('should tell when draining begins and what it has come to', async () => {
    upstream.reply({ chunks: chatFrames(['po'], { finish: null, usage: null, done: false }), end: 'hang' });
    const gateway = runInFront({ SHUTDOWN_GRACE_MS: '100ms' });
    const stream = await openStream(`${await gateway.listening()}/v1/responses`, { ...TURN, stream: true });
    while ((await stream.next())?.type !== 'response.output_text.delta');
    gateway.signal('SIGTERM');
    await stream.rest();
    await expect(gateway.exited).resolves.toBe(0);
    expect(gateway.logLines.filter(({ context }) => context === 'DrainService')).toEqual([
      expect.objectContaining({ running: 1, grace_ms: 100 }),
      expect.objectContaining({ ended_early: 1, running: 0 }),
    ]);
  });

  it('should tell of readiness when it changes, not with each probe', async () => {
    const gateway = runInFront();
    const ready = `${await gateway.listening()}/health/ready`;
    const until = async (status: number): Promise<void> => {
      while ((await getJson(ready)).status !== status) await pause(50);
    };
    await until(200);
    await upstream.close();
    await until(503);
    // An answer is remembered for a second: the next probe asks anew.
    await pause(1_200);
    await until(503);
    gateway.signal('SIGTERM');
    await gateway.exited;
    const told = gateway.logLines.filter(({ context }) => context === 'ReadinessIndicator');
    expect(told.map(({ msg }) => msg)).toEqual(['not ready: the model server does not answer']);
  });
});

describe('files that settings name', () => {
  /** Sends SIGHUP and waits until the log says that this was done. */
  async function reload(gateway: GatewayProcess, said = 'reloaded'): Promise<void> {
    const before = gateway.stdout.split(said).length;
    gateway.signal('SIGHUP');
    await gateway.until(() => gateway.stdout.split(said).length > before);
  }

  const statusFor = async (url: string, key: string): Promise<number> =>
    (await getJson(`${url}/v1/models`, { authorization: `Bearer ${key}` })).status;

  it('should be read again on SIGHUP: keys', async () => {
    const gateway = runInFront({ API_KEYS_FILE: write('keys', 'old\nkept\n') });
    const url = await gateway.listening();
    expect(await statusFor(url, 'old')).toBe(200);
    write('keys', 'kept\nnew\n');
    await reload(gateway);
    expect([await statusFor(url, 'old'), await statusFor(url, 'kept'), await statusFor(url, 'new')]).toEqual([
      401, 200, 200,
    ]);
    write('keys', '# all gone\n');
    await reload(gateway, 'reload failed');
    expect([await statusFor(url, 'kept'), await statusFor(url, 'other')]).toEqual([200, 401]);
    expect(gateway.isRunning).toBe(true);
  });

  it('should be read again by itself when they change', async () => {
    const gateway = runInFront({ API_KEYS_FILE: write('keys', 'old') });
    const url = await gateway.listening();
    write('keys', 'newer');
    while ((await statusFor(url, 'newer')) !== 200) await pause(50);
    expect(await statusFor(url, 'old')).toBe(401);
  });

  it('should be read again on SIGHUP: the key of the upstream', async () => {
    const gateway = runInFront({ UPSTREAM_API_KEY_FILE: write('key', 'first\n') });
    const url = `${await gateway.listening()}/v1/responses`;
    const ask = async (): Promise<unknown> => {
      upstream.reply(completion({ content: 'fine' }));
      await postJson(url, TURN);
      return upstream.chats.at(-1)?.headers.authorization;
    };
    expect(await ask()).toBe('Bearer first');
    write('key', 'second');
    await reload(gateway);
    expect(await ask()).toBe('Bearer second');
    write('key', '\n');
    await reload(gateway, 'reload failed');
    expect(await ask()).toBe('Bearer second');
  });

  it('should be read again on SIGHUP: models', async () => {
    const gateway = runInFront({ CONFIG_FILE: write('gateway.yaml', 'models: [{ id: first }]') });
    const url = `${await gateway.listening()}/v1/models`;
    const has = async (name: string): Promise<boolean> => (await getJson(`${url}/${name}`)).status === 200;
    expect([await has('first'), await has('second')]).toEqual([true, false]);
    write('gateway.yaml', 'models: [{ id: second }]');
    await reload(gateway);
    expect([await has('first'), await has('second')]).toEqual([false, true]);
    write('gateway.yaml', 'models: [{ id: third, toolParser: unheard }]');
    await reload(gateway, 'reload failed');
    expect([await has('second'), await has('third')]).toEqual([true, false]);
  });

  it('should leave a process running that has none', async () => {
    const gateway = runInFront();
    const url = await gateway.listening();
    await reload(gateway, 'no files to reload');
    expect((await getJson(`${url}/health/live`)).status).toBe(200);
  });
});
