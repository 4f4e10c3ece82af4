import { mkdtempSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { WatchedFiles } from '../../src/reload/watched-files.service.js';
import { createTestApp, type TestApp } from '../support/create-test-app.js';
import { chatStream, completion, type FakeUpstream, startFakeUpstream } from '../support/fake-upstream.js';
import { getJson, postJson, postStream } from '../support/http-client.js';
import type { Json } from '../support/json.js';
import { useBuiltGateway } from '../support/use-built-gateway.js';

const SECRET = 'sk-nobody-must-read-this';
const KEY = { authorization: `Bearer ${SECRET}` };
const TURN = { model: 'test-model', input: 'the prompt is nobody’s business' };

let folder: string;
let upstream: FakeUpstream;
let gateway: TestApp | undefined;

const file = (name = 'audit.log'): string => join(folder, name);

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'gateway-audit-'));
  upstream = await startFakeUpstream();
});
afterEach(async () => {
  await gateway?.close();
  gateway = undefined;
  await upstream.close();
  rmSync(folder, { recursive: true });
});

const start = (environment: Record<string, string> = {}): Promise<TestApp> =>
  createTestApp({
    environment: { UPSTREAM_BASE_URL: upstream.url, AUDIT_LOG: file(), API_KEYS: SECRET, ...environment },
  });

function ask(app: TestApp, headers: Record<string, string> = KEY): Promise<{ status: number }> {
  upstream.reply(completion({ content: 'the answer neither' }));
  return postJson(`${app.url}/v1/responses`, TURN, headers);
}

const textOf = (name?: string): string => readFileSync(file(name), 'utf8');
const linesOf = (text: string): Json[] =>
  text
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as Json);

describe('the audit log', () => {
  it('should say who called what, and how it ended', async () => {
    gateway = await start();
    await ask(gateway, { ...KEY, 'x-request-id': 'one', 'x-forwarded-for': '203.0.113.7' });
    upstream.reply(chatStream(['pong']));
    await postStream(`${gateway.url}/v1/responses`, { ...TURN, stream: true }, KEY);
    await ask(gateway, { authorization: 'Bearer wrong' });
    await getJson(`${gateway.url}/health/live`);
    await gateway.close();
    const lines = linesOf(textOf());
    expect(lines).toHaveLength(3);
    expect(lines[0]).toEqual({
      time: expect.stringMatching(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/) as string,
      request_id: 'one',
      tenant: expect.stringMatching(/^[0-9a-f]{32}$/) as string,
      caller: expect.stringMatching(/^key-/) as string,
      client: expect.stringMatching(/127\.0\.0\.1$/) as string,
      forwarded_for: '203.0.113.7',
      method: 'POST',
      path: '/v1/responses',
      route: '/v1/responses',
      status: 200,
      outcome: 'completed',
      model: 'test-model',
      upstream: expect.any(String) as string,
      input_tokens: expect.any(Number) as number,
      output_tokens: expect.any(Number) as number,
      duration_ms: expect.any(Number) as number,
    });
    expect(lines[1]).toMatchObject({ status: 200, outcome: 'completed' });
    expect(lines[2]).toMatchObject({ status: 401, outcome: 'invalid_api_key' });
    expect(lines[2]).not.toHaveProperty('caller');
  });

  it('should never say what was said, nor a key', async () => {
    gateway = await start();
    await ask(gateway);
    await gateway.close();
    const text = textOf();
    for (const secret of [SECRET, 'prompt', 'answer']) expect(text).not.toContain(secret);
  });

  it('should have a line for a background response, once it has ended', async () => {
    gateway = await start({ DATABASE_URL: 'memory:' });
    upstream.reply(completion({ content: 'pong' }));
    const { body } = await postJson(`${gateway.url}/v1/responses`, { ...TURN, background: true }, KEY);
    const { id } = body as { id: string };
    for (;;) {
      const { body: now } = await getJson(`${gateway.url}/v1/responses/${id}`, KEY);
      if ((now as { status: string }).status === 'completed') break;
      await pause(5);
    }
    await gateway.close();
    const job = linesOf(textOf()).find(({ method }) => method === 'JOB');
    expect(job).toMatchObject({
      path: `/v1/responses/${id}`,
      route: 'background',
      caller: expect.stringMatching(/^key-/) as string,
      outcome: 'completed',
      model: 'test-model',
    });
  });

  it('should go on in a new file after SIGHUP, for those who have moved it', async () => {
    gateway = await start();
    await ask(gateway, { ...KEY, 'x-request-id': 'before' });
    renameSync(file(), file('audit.log.1'));
    gateway.app.get(WatchedFiles).reload();
    await ask(gateway, { ...KEY, 'x-request-id': 'after' });
    await gateway.close();
    const ids = (name: string): unknown[] => linesOf(textOf(name)).map(({ request_id }) => request_id);
    expect([...ids('audit.log.1'), ...ids('audit.log')]).toEqual(['before', 'after']);
    expect(ids('audit.log')).toContain('after');
  });

  it('should stop the start by its variable when it cannot be written', async () => {
    const AUDIT_LOG = join(folder, 'nowhere', 'audit.log');
    await expect(start({ AUDIT_LOG })).rejects.toThrow(`AUDIT_LOG=${AUDIT_LOG}: cannot be written: ENOENT`);
  });
});

describe('the audit log of a process', () => {
  const built = useBuiltGateway();

  it('should stand on stdout beside the log, whole at its end', async () => {
    const running = built.run({
      UPSTREAM_BASE_URL: upstream.url,
      AUDIT_LOG: 'stdout',
      LOG_LEVEL: 'silent',
      METRICS_PORT: '0',
    });
    const url = await running.listening();
    expect(running.stdout).toMatch(/Metrics +http:\/\/127\.0\.0\.1:\d+\/metrics\n/);
    upstream.reply(completion({ content: 'pong' }));
    await postJson(`${url}/v1/responses`, TURN, { 'x-request-id': 'one' });
    running.signal('SIGTERM');
    expect(await running.exited).toBe(0);
    expect(running.logLines).toMatchObject([{ request_id: 'one', status: 200, outcome: 'completed' }]);
  });
});
