import { createHash } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createTestApp, type TestApp } from '../support/create-test-app.js';
import { expectEnvelope } from '../support/error-envelope.js';
import { chatStream, completion, type FakeUpstream, startFakeUpstream } from '../support/fake-upstream.js';
import { exchange, getJson, postJson } from '../support/http-client.js';
import { refusedUpgrade, SocketClient } from '../support/ws-client.js';

const TURN = { model: 'test-model', input: 'Hi' };
const MISSING = { status: 401, type: 'authentication_error', code: 'missing_api_key' };
const WRONG = { status: 401, type: 'authentication_error', code: 'invalid_api_key' };
const bearer = (key: string) => ({ authorization: `Bearer ${key}` });

let upstream: FakeUpstream;
beforeAll(async () => {
  upstream = await startFakeUpstream(({ path, body }) => {
    if (!path.endsWith('/chat/completions')) return undefined;
    const { stream } = body as { stream?: boolean };
    return { body: stream ? chatStream(['fine']) : completion({ content: 'fine' }) };
  });
});
afterAll(() => upstream.close());
beforeEach(() => {
  upstream.requests.length = 0;
});

describe('a gateway with keys', () => {
  let folder: string;
  let gateway: TestApp;

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'gateway-auth-'));
    const file = join(folder, 'keys');
    const digest = createHash('sha256').update('digest-key').digest('hex');
    writeFileSync(file, `# keys\r\nfile-key\r\nsha256:${digest}\r\n`);
    gateway = await createTestApp({
      environment: {
        UPSTREAM_BASE_URL: upstream.url,
        UPSTREAM_API_KEY: 'upstream-key',
        API_KEYS: 'plain-key,second-key',
        API_KEYS_FILE: file,
      },
    });
  });
  afterAll(async () => {
    await gateway.close();
    rmSync(folder, { recursive: true });
  });

  it.each(['plain-key', 'second-key', 'file-key', 'digest-key'])('should let %s in', async (key) => {
    const { status } = await postJson(`${gateway.url}/v1/responses`, TURN, bearer(key));
    expect(status).toBe(200);
  });

  it('should present its own key to the model server, and not the caller’s', async () => {
    for (const stream of [false, true]) {
      await postJson(
        `${gateway.url}/v1/responses`,
        { ...TURN, model: 'default', stream },
        bearer('plain-key'),
      );
    }
    await getJson(`${gateway.url}/health/ready`);
    expect(upstream.requests.map(({ path }) => path)).toEqual(
      expect.arrayContaining(['/v1/models', '/v1/chat/completions']),
    );
    for (const { headers, raw } of upstream.requests) {
      expect(headers.authorization).toBe('Bearer upstream-key');
      expect(JSON.stringify(headers) + raw).not.toContain('plain-key');
    }
  });

  it.each([
    ['POST', '/v1/responses'],
    ['GET', '/v1/responses'],
    ['GET', '/v1/models'],
    ['GET', '/v1/models/test-model'],
    ['DELETE', '/v1/models/test-model'],
  ])('should refuse %s %s without a key', async (method, path) => {
    const answer = await exchange(method, `${gateway.url}${path}`, method === 'POST' ? TURN : undefined);
    expectEnvelope(answer, MISSING);
    expect(answer.headers['www-authenticate']).toBe('Bearer realm="responses-gateway"');
    expect(upstream.requests).toHaveLength(0);
  });

  it.each([
    ['of no scheme', 'plain-key', /Malformed/],
    ['of another scheme', 'Basic cGxhaW4ta2V5Og==', /Malformed/],
    ['without a key', 'Bearer', /Malformed/],
    ['with two keys', 'Bearer plain-key second-key', /Malformed/],
    ['with a wrong key', 'Bearer wrong-key', /Incorrect/],
    ['with the model server’s key', 'Bearer upstream-key', /Incorrect/],
    ['with a part of a key', 'Bearer plain-ke', /Incorrect/],
  ])('should refuse a header %s', async (_what, authorization, message) => {
    for (const stream of [false, true]) {
      const answer = await postJson(`${gateway.url}/v1/responses`, { ...TURN, stream }, { authorization });
      expectEnvelope(answer, { ...WRONG, message });
      expect(answer.headers['www-authenticate']).toMatch(/^Bearer /);
      expect(answer.raw).not.toContain('-key');
    }
    expect(upstream.requests).toHaveLength(0);
  });

  it.each(['api-key', 'x-api-key', 'X-API-Key'])('should take the key of a header %s', async (name) => {
    for (const stream of [false, true]) {
      const { status } = await postJson(
        `${gateway.url}/v1/responses`,
        { ...TURN, stream },
        { [name]: 'plain-key' },
      );
      expect(status).toBe(200);
    }
    const wrong = await postJson(`${gateway.url}/v1/responses`, TURN, { [name]: 'wrong-key' });
    expectEnvelope(wrong, { ...WRONG, message: /Incorrect/ });
    for (const { headers } of upstream.requests) expect(JSON.stringify(headers)).not.toContain('plain-key');
    const client = await SocketClient.open(gateway.url, { headers: { [name]: 'plain-key' } });
    client.send({ input: 'Hi' });
    expect((await client.answer()).error).toBeUndefined();
    await client.close();
    expectEnvelope(await refusedUpgrade(`${gateway.url}/v1/responses`, { [name]: 'wrong-key' }), WRONG);
  });

  it('should go by the Authorization header where there are several', async () => {
    const url = `${gateway.url}/v1/responses`;
    expect((await postJson(url, TURN, { ...bearer('plain-key'), 'api-key': 'wrong-key' })).status).toBe(200);
    expectEnvelope(await postJson(url, TURN, { ...bearer('wrong-key'), 'api-key': 'plain-key' }), WRONG);
  });

  it('should ask for the key before it judges the body', async () => {
    expectEnvelope(await postJson(`${gateway.url}/v1/responses`, {}), MISSING);
  });

  it('should list models for a caller with a key', async () => {
    const { status } = await getJson(`${gateway.url}/v1/models`, bearer('plain-key'));
    expect(status).toBe(200);
  });

  it.each(['/', '/health/live', '/health/ready', '/docs', '/docs/openapi.json'])(
    'should keep %s open',
    async (path) => {
      const { status } = await getJson(`${gateway.url}${path}`);
      expect(status).toBe(200);
    },
  );
});

describe('a gateway without keys', () => {
  it('should let everyone in and send no credentials of the caller on', async () => {
    const gateway = await createTestApp({ environment: { UPSTREAM_BASE_URL: upstream.url } });
    const without = await postJson(`${gateway.url}/v1/responses`, TURN);
    const withKey = await postJson(`${gateway.url}/v1/responses`, TURN, bearer('callers-key'));
    await gateway.close();
    expect([without.status, withKey.status]).toEqual([200, 200]);
    expect(upstream.chats).toHaveLength(2);
    for (const { headers } of upstream.chats) expect(headers).not.toHaveProperty('authorization');
  });
});

describe('UPSTREAM_PASS_AUTHORIZATION', () => {
  let gateway: TestApp;
  beforeAll(async () => {
    gateway = await createTestApp({
      environment: {
        UPSTREAM_BASE_URL: upstream.url,
        UPSTREAM_API_KEY: 'upstream-key',
        UPSTREAM_PASS_AUTHORIZATION: 'true',
      },
    });
  });
  afterAll(() => gateway.close());

  it('should hand the caller’s key on', async () => {
    await postJson(`${gateway.url}/v1/responses`, TURN, bearer('callers-key'));
    expect(upstream.chats[0]?.headers.authorization).toBe('Bearer callers-key');
  });

  it.each(['api-key', 'x-api-key'])('should hand the key of a header %s on as a bearer', async (name) => {
    await postJson(`${gateway.url}/v1/responses`, TURN, { [name]: 'callers-key' });
    const client = await SocketClient.open(gateway.url, { headers: { [name]: 'callers-key' } });
    client.send({ input: 'Hi' });
    await client.answer();
    await client.close();
    expect(upstream.chats.map(({ headers }) => headers.authorization)).toEqual([
      'Bearer callers-key',
      'Bearer callers-key',
    ]);
    for (const { headers } of upstream.chats) expect(headers).not.toHaveProperty(name);
  });

  it('should fall back on its own key', async () => {
    await postJson(`${gateway.url}/v1/responses`, TURN);
    expect(upstream.chats[0]?.headers.authorization).toBe('Bearer upstream-key');
  });

  it('should list the models anew for every caller', async () => {
    await getJson(`${gateway.url}/v1/models`, bearer('first'));
    await getJson(`${gateway.url}/v1/models`, bearer('second'));
    expect(upstream.requests.map(({ headers }) => headers.authorization)).toEqual([
      'Bearer first',
      'Bearer second',
    ]);
  });

  it('should tell the caller that the key is wrong', async () => {
    upstream.reply({ status: 401, body: '{"message":"Unauthorized."}' });
    const answer = await postJson(`${gateway.url}/v1/responses`, TURN, bearer('callers-key'));
    expectEnvelope(answer, WRONG);
    expect(answer.headers['www-authenticate']).toMatch(/^Bearer /);
    upstream.reply({ status: 403, body: '{"message":"Not yours."}' });
    const denied = await postJson(`${gateway.url}/v1/responses`, TURN, bearer('callers-key'));
    expectEnvelope(denied, { status: 403, type: 'permission_error', code: 'permission_denied' });
  });
});
