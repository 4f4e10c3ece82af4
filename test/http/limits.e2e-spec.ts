import { generateKeyPairSync } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { request as openRequest } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { jest } from '@jest/globals';
import { SignJWT } from 'jose';
import { createTestApp, type TestApp } from '../support/create-test-app.js';
import { expectEnvelope } from '../support/error-envelope.js';
import {
  chatFrames,
  chatStream,
  completion,
  type FakeUpstream,
  type ScriptedAnswer,
  startFakeUpstream,
  usageOf,
} from '../support/fake-upstream.js';
import { getJson, openStream, postJson, postStream } from '../support/http-client.js';
import type { Json } from '../support/json.js';
import { checkLifecycle } from '../support/lifecycle-oracle.js';
import { until } from '../support/until.js';
import { SocketClient } from '../support/ws-client.js';

const TURN = { model: 'test-model', input: 'Hi' };
const REACHED = { status: 429, type: 'rate_limit_error', code: 'rate_limit_exceeded' };
const RESET = /^(1m0s|[\d.]+m?s)$/;
const UNAUTHORIZED = { status: 401, type: 'authentication_error', code: 'invalid_api_key' };
const NO_MODEL = { status: 404, type: 'not_found_error', code: 'model_not_found', param: 'model' };
const never = new Promise<never>(() => undefined);
const bearer = (key: string) => ({ authorization: `Bearer ${key}` });

jest.setTimeout(60_000);

const KEYS = `
keys:
  - { key: three, id: three, requestsPerMinute: 3 }
  - { key: single, id: single, requestsPerMinute: 1 }
  - { key: three-more, id: three-more, requestsPerMinute: 3 }
  - { key: shared-1, tenant: acme }
  - { key: shared-2, tenant: acme }
  - { key: one-at-once, id: one-at-once, concurrent: 1 }
  - { key: one-job, id: one-job, tenant: initech, concurrent: 1 }
  - { key: one-of-two, id: one-of-two, tenant: hooli, requestsPerMinute: 1 }
  - { key: two-of-two, id: two-of-two, tenant: hooli, requestsPerMinute: 5 }
  - { key: waiting, id: waiting, tenant: initech, tokensPerMinute: 1000 }
  - { key: frugal, id: frugal, tokensPerMinute: 1000 }
  - { key: frugal-jobs, id: frugal-jobs, tokensPerMinute: 1000 }
  - { key: broken-off, id: broken-off, tokensPerMinute: 1000 }
  - { key: gone, id: gone, tokensPerMinute: 1000 }
  - { key: picky, id: picky, models: [small, other-model] }
  - { key: described, id: described, models: [coder] }
  - { key: elsewhere, id: elsewhere, models: [nowhere] }
  - { key: free, id: free }
  - { key: expired, expires: 2020-01-01 }
tenants:
  acme: { requestsPerMinute: 2 }
  globex: { requestsPerMinute: 1 }
  hooli: { requestsPerMinute: 2 }
  initech: { concurrent: 3 }
  "*": {}
`;
const MODELS = 'models: [{ id: coder, upstreamModel: test-model, aliases: [coder-latest] }]';
const { publicKey, privateKey } = generateKeyPairSync('ed25519');

let folder: string;
let upstream: FakeUpstream;
let gateway: TestApp;
let answer: (stream: boolean) => ScriptedAnswer;
/** The whole of what each answer takes. */
const usage = usageOf(20, 80);
/** Begins to answer, and goes on for ever. */
const endless = (): ScriptedAnswer => ({
  chunks: chatFrames(['fine', ' so far'], { finish: null, usage: null, done: false }),
  end: 'hang',
});

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'gateway-limits-'));
  writeFileSync(join(folder, 'keys'), KEYS);
  writeFileSync(join(folder, 'models.yaml'), MODELS);
  writeFileSync(join(folder, 'jwks'), JSON.stringify({ keys: [publicKey.export({ format: 'jwk' })] }));
  upstream = await startFakeUpstream(({ path, body }) => {
    if (path.endsWith('/count_tokens')) return { body: '{"input_tokens":42}' };
    return path.endsWith('/chat/completions') ? answer((body as Json).stream === true) : undefined;
  });
  gateway = await createTestApp({
    environment: {
      UPSTREAM_BASE_URL: upstream.url,
      DATABASE_URL: 'memory:',
      MODEL_ALIASES: 'small=test-model,big=large-model,code=coder',
      CONFIG_FILE: join(folder, 'models.yaml'),
      RESERVED_OUTPUT_TOKENS: '500',
      API_KEYS_FILE: join(folder, 'keys'),
      JWT_ISSUER: 'https://id.test',
      JWT_AUDIENCE: 'gateway',
      JWT_JWKS_FILE: join(folder, 'jwks'),
      JWT_TENANT_CLAIM: 'org',
    },
  });
});
afterAll(async () => {
  await gateway.close();
  await upstream.close();
  rmSync(folder, { recursive: true });
});
const whole = (stream: boolean): ScriptedAnswer => ({
  body: stream ? chatStream(['fine'], { usage }) : completion({ content: 'fine', usage }),
});
beforeEach(() => {
  answer = whole;
});

const ask = (key: string, more: object = {}, path = '') =>
  postJson(`${gateway.url}/v1/responses${path}`, { ...TURN, ...more }, bearer(key));
const remaining = async (key: string): Promise<number> => {
  const { headers } = await ask(key, { max_output_tokens: 16 });
  return Number(headers['x-ratelimit-remaining-tokens']);
};

describe('requests per minute', () => {
  it('should be told with every answer, of streams too, and refused beyond the limit', async () => {
    const first = await ask('three');
    const second = await postStream(
      `${gateway.url}/v1/responses`,
      { ...TURN, stream: true },
      bearer('three'),
    );
    checkLifecycle(second.events);
    const wrong = await ask('three', { input: 7 });
    expect([first.status, second.status, wrong.status]).toEqual([200, 200, 400]);
    for (const [at, { headers }] of [first, second, wrong].entries()) {
      expect(headers).toMatchObject({
        'x-ratelimit-limit-requests': '3',
        'x-ratelimit-remaining-requests': String(2 - at),
        'x-ratelimit-reset-requests': expect.stringMatching(RESET) as string,
      });
    }
    const refused = await ask('three');
    expectEnvelope(refused, {
      ...REACHED,
      message:
        /^Rate limit reached for three on requests per min \(RPM\): Limit 3, Used 3, Requested 1\. Please try again in (1m0|[\d.]+)s\.$/,
    });
    expect(Number(refused.headers['retry-after'])).toBeGreaterThan(0);
    expect(refused.headers).toMatchObject({ 'x-ratelimit-remaining-requests': '0' });
  });

  it('should be refused before the body is read', async () => {
    await ask('single');
    const status = await new Promise<number | undefined>((resolve, reject) => {
      const headers = { ...bearer('single'), 'content-type': 'application/json', 'content-length': '1000' };
      const request = openRequest(`${gateway.url}/v1/responses`, { method: 'POST', headers }, (response) => {
        resolve(response.statusCode);
        response.resume();
        request.destroy();
      });
      request.on('error', reject);
      request.flushHeaders();
    });
    expect(status).toBe(429);
  });

  it('should be those of a tenant, for all its keys together', async () => {
    const answers = [await ask('shared-1'), await ask('shared-2'), await ask('shared-1')];
    expect(answers.map(({ status }) => status)).toEqual([200, 200, 429]);
    expectEnvelope(answers[2]!, { ...REACHED, message: /^Rate limit reached for tenant acme on/ });
  });

  it('should be those of a key and those of its tenant, where both have some', async () => {
    const [first, beyond] = [await ask('one-of-two'), await ask('one-of-two')];
    expect([first.status, beyond.status]).toEqual([200, 429]);
    expectEnvelope(beyond, { ...REACHED, message: /^Rate limit reached for one-of-two on/ });
    const second = await ask('two-of-two');
    // What is left of the two is told by whose is less.
    expect(second).toMatchObject({
      status: 200,
      headers: { 'x-ratelimit-limit-requests': '2', 'x-ratelimit-remaining-requests': '0' },
    });
    expectEnvelope(await ask('two-of-two'), {
      ...REACHED,
      message: /^Rate limit reached for tenant hooli on/,
    });
  });

  it('should count compactions, counted tokens and the turns of a WebSocket, and not what costs no model', async () => {
    expect((await ask('three-more', {}, '/input_tokens')).status).toBe(200);
    expect((await ask('three-more', {}, '/compact')).status).toBe(200);
    for (let times = 0; times < 3; times++)
      expect((await getJson(`${gateway.url}/v1/models`, bearer('three-more'))).status).toBe(200);
    const client = await SocketClient.open(gateway.url, { headers: bearer('three-more') });
    client.send({ input: 'Hi' });
    expect((await client.answer()).error).toBeUndefined();
    client.send({ input: 'Hi' });
    const { error } = await client.answer();
    expect(error).toMatchObject({ status: 429, error: { code: 'rate_limit_exceeded' } });
    await client.close();
  });

  it('should not be there for others', async () => {
    const { status, headers } = await ask('free');
    expect(status).toBe(200);
    expect(Object.keys(headers).filter((name) => name.startsWith('x-ratelimit'))).toEqual([]);
  });

  it('should be those of the tenant that a token names', async () => {
    const token = await new SignJWT({ org: 'globex', sub: 'user-1' })
      .setProtectedHeader({ alg: 'EdDSA' })
      .setIssuer('https://id.test')
      .setAudience('gateway')
      .setExpirationTime('5m')
      .sign(privateKey);
    const answers = [await ask(token), await ask(token)];
    expect(answers.map(({ status }) => status)).toEqual([200, 429]);
    expectEnvelope(answers[1]!, { ...REACHED, message: /tenant globex/ });
    expectEnvelope(await ask(`${token}AA`), { ...UNAUTHORIZED, message: /^The token is/ });
  });
});

describe('requests at once', () => {
  it('should be refused beyond the limit, and let in again once one is over', async () => {
    answer = endless;
    const url = `${gateway.url}/v1/responses`;
    const running = await openStream(url, { ...TURN, stream: true }, bearer('one-at-once'));
    await running.next();
    const refused = await ask('one-at-once');
    expectEnvelope(refused, { ...REACHED, message: /one-at-once on concurrent requests: Limit 1, Used 1/ });
    expect(refused.headers['retry-after']).toBe('1');
    running.destroy();
    answer = whole;
    await until(async () => (await ask('one-at-once')).status === 200);
  });
});

describe('background responses', () => {
  let slow: TestApp;
  beforeAll(async () => {
    const environment = {
      UPSTREAM_BASE_URL: upstream.url,
      DATABASE_URL: 'memory:',
      RESERVED_OUTPUT_TOKENS: '500',
      BACKGROUND_CONCURRENCY: '1',
      API_KEYS_FILE: join(folder, 'keys'),
    };
    slow = await createTestApp({ environment });
  });
  afterAll(() => slow.close());
  const post = (key: string, more: object = {}, path = '') =>
    postJson(`${slow.url}/v1/responses${path}`, { ...TURN, ...more }, bearer(key));
  const begin = async (key: string): Promise<string> => {
    const { status, body } = await post(key, { background: true });
    expect(status).toBe(200);
    return (body as { id: string }).id;
  };

  it('should hold a slot while they are worked on, and give back what they reserved when they are not begun', async () => {
    answer = () => ({ delayHeaders: never });
    const chats = upstream.chats.length + 1;
    const running = await begin('one-job');
    await upstream.waitForChat(chats);
    expectEnvelope(await post('one-job'), {
      ...REACHED,
      message: /for one-job on concurrent requests: Limit 1/,
    });
    const waiting = await begin('waiting');
    expect((await post('waiting', {}, `/${waiting}/cancel`)).body).toMatchObject({ status: 'cancelled' });
    answer = whole;
    const { headers } = await post('waiting', { max_output_tokens: 16 });
    expect(Number(headers['x-ratelimit-remaining-tokens'])).toBeGreaterThan(950);
    expect((await post('one-job', {}, `/${running}/cancel`)).body).toMatchObject({ status: 'cancelled' });
    await until(async () => (await post('one-job')).status === 200);
  });
});

describe('tokens per minute', () => {
  it('should be reserved at the start and settled by what was used', async () => {
    const { status, headers } = await ask('frugal');
    expect(status).toBe(200);
    expect(headers).toMatchObject({ 'x-ratelimit-limit-tokens': '1000' });
    // The input is short; the output was not bounded.
    const reserved = 1_000 - Number(headers['x-ratelimit-remaining-tokens']);
    expect(reserved).toBeGreaterThan(500);
    expect(reserved).toBeLessThan(530);
    // 100 of the answer before, and at most 40 of this request.
    const left = await remaining('frugal');
    expect(left).toBeGreaterThan(850);
    expect(left).toBeLessThan(900);
  });

  it('should be given back where the model has not answered', async () => {
    const before = await remaining('frugal');
    answer = () => ({ status: 500, body: '{"message":"broken"}' });
    expect((await ask('frugal', { max_output_tokens: 600 })).status).toBe(502);
    answer = whole;
    // Only the hundred of the first of the two answers.
    expect(before - (await remaining('frugal'))).toBe(100);
  });

  it('should be refused where they are not left, whatever the client asks for', async () => {
    const before = await remaining('frugal');
    const refused = await ask('frugal', { max_output_tokens: 999 });
    expectEnvelope(refused, {
      ...REACHED,
      message: /frugal on tokens per min \(TPM\): Limit 1000, Used \d+, Requested 1000/,
    });
    expect(before - (await remaining('frugal'))).toBe(100);
  });

  it('should count what was reserved for an answer that its client breaks off', async () => {
    answer = endless;
    const gone = upstream.aborted + 1;
    const body = { ...TURN, stream: true, max_output_tokens: 300 };
    const running = await openStream(`${gateway.url}/v1/responses`, body, bearer('broken-off'));
    for (let event = await running.next(); event?.type !== 'response.output_text.delta';)
      event = await running.next();
    running.destroy();
    await upstream.waitForAbort(gone);
    answer = whole;
    const left = await remaining('broken-off');
    expect(left).toBeLessThan(700);
    expect(left).toBeGreaterThan(600);
  });

  it('should be given back where the client leaves before there was an answer', async () => {
    const before = await remaining('gone');
    answer = () => ({ delayHeaders: never });
    const [chats, gone] = [upstream.chats.length + 1, upstream.aborted + 1];
    const leaving = new AbortController();
    const request = openRequest(`${gateway.url}/v1/responses`, {
      method: 'POST',
      signal: leaving.signal,
      headers: { ...bearer('gone'), 'content-type': 'application/json' },
    });
    request.on('error', () => undefined);
    request.end(JSON.stringify({ ...TURN, max_output_tokens: 600 }));
    await upstream.waitForChat(chats);
    leaving.abort();
    await upstream.waitForAbort(gone);
    answer = whole;
    expect(before - (await remaining('gone'))).toBe(100);
  });

  it('should be settled by whoever does a background job', async () => {
    const begun = (await ask('frugal-jobs', { background: true, max_output_tokens: 600 })).body as Json;
    const url = `${gateway.url}/v1/responses/${String(begun.id)}`;
    await until(
      async () => ((await getJson(url, bearer('frugal-jobs'))).body as Json).status === 'completed',
    );
    await until(async () => (await remaining('frugal-jobs')) > 500);
    expect(await remaining('frugal-jobs')).toBeLessThan(1_000);
  });
});

describe('models of a caller', () => {
  const unknown = (name: string) => ({
    ...NO_MODEL,
    message: `The model '${name}' does not exist or you do not have access to it.`,
  });

  it('should be usable under the names that are listed', async () => {
    expect((await ask('picky', { model: 'small' })).status).toBe(200);
    expectEnvelope(await ask('picky', { model: 'test-model' }), unknown('test-model'));
    expectEnvelope(await ask('picky', { model: 'big' }), unknown('big'));
    expectEnvelope(await ask('picky', { model: 'nonsense' }), unknown('nonsense'));
  });

  it('should be usable under the aliases of what is listed', async () => {
    expect((await ask('described', { model: 'coder' })).status).toBe(200);
    expect((await ask('described', { model: 'coder-latest' })).status).toBe(200);
    expect((await ask('described', { model: 'code' })).status).toBe(200);
    expectEnvelope(await ask('described', { model: 'test-model' }), unknown('test-model'));
    const { body } = await getJson(`${gateway.url}/v1/models`, bearer('described'));
    expect((body as { data: Json[] }).data.map(({ id }) => id)).toEqual(['coder', 'coder-latest', 'code']);
  });

  it('should have a default among them', async () => {
    expect((await ask('picky', { model: 'default' })).body).toMatchObject({ model: 'small' });
    expect((await ask('described', { model: 'default' })).body).toMatchObject({ model: 'coder' });
    expectEnvelope(await ask('elsewhere', { model: 'default' }), unknown('default'));
  });

  it.each(['/compact', '/input_tokens'])('should hold for %s too', async (path) => {
    expectEnvelope(await ask('picky', { model: 'test-model' }, path), unknown('test-model'));
    expect((await ask('picky', { model: 'small' }, path)).status).toBe(200);
  });

  it('should hold for background responses and WebSockets', async () => {
    expectEnvelope(await ask('picky', { model: 'big', background: true }), unknown('big'));
    const client = await SocketClient.open(gateway.url, { headers: bearer('picky') });
    client.send({ model: 'big', input: 'Hi' });
    expect((await client.answer()).error).toMatchObject({ status: 404, error: { code: 'model_not_found' } });
    await client.close();
  });

  it('should be all that is listed', async () => {
    const { body } = await getJson(`${gateway.url}/v1/models`, bearer('picky'));
    expect((body as { data: Json[] }).data.map(({ id }) => id)).toEqual(['small']);
    expect((await getJson(`${gateway.url}/v1/models/small`, bearer('picky'))).status).toBe(200);
    const hidden = await getJson(`${gateway.url}/v1/models/test-model`, bearer('picky'));
    expectEnvelope(hidden, NO_MODEL);
    expect(hidden.raw).not.toContain('large-model');
  });
});

describe('a key that has expired', () => {
  it('should be refused, and be told why', async () => {
    expectEnvelope(await ask('expired'), { ...UNAUTHORIZED, message: 'The API key has expired.' });
  });
});
