import { jest } from '@jest/globals';
import { createTestApp, type TestApp } from '../support/create-test-app.js';
import { expectEnvelope } from '../support/error-envelope.js';
import { completion, type FakeUpstream, startFakeUpstream } from '../support/fake-upstream.js';
import { exchange, getJson, type JsonAnswer, postJson } from '../support/http-client.js';
import { refusedUpgrade, SocketClient } from '../support/ws-client.js';

const TURN = { model: 'test-model', input: 'Hi' };
const PAGE = 'https://app.example';
const FOREIGN = ['https://evil.example', 'null', 'http://127.0.0.1:1', 'chrome-extension://abc'];

jest.setTimeout(120_000);

let upstream: FakeUpstream;
let gateways: TestApp[] = [];

beforeAll(async () => {
  upstream = await startFakeUpstream(({ path }) =>
    path.endsWith('/chat/completions') ? { body: completion({ content: 'fine' }) } : undefined,
  );
});
afterAll(() => upstream.close());
afterEach(async () => {
  await Promise.all(gateways.map((gateway) => gateway.close()));
  gateways = [];
});

async function start(environment: Record<string, string> = {}): Promise<string> {
  const gateway = await createTestApp({ environment: { UPSTREAM_BASE_URL: upstream.url, ...environment } });
  gateways.push(gateway);
  return gateway.url;
}

function expectRefused(answer: JsonAnswer, param: 'origin' | 'host'): void {
  expectEnvelope(answer, { status: 403, type: 'permission_error', code: 'permission_denied', param });
}

const ask = (url: string, headers: Record<string, string>): Promise<JsonAnswer> =>
  postJson(`${url}/v1/responses`, TURN, headers);

describe('an open gateway and the pages of other origins', () => {
  it.each(FOREIGN)('should refuse %s, whatever it asks for', async (origin) => {
    const url = await start();
    const before = upstream.chats.length;
    expectRefused(await ask(url, { origin }), 'origin');
    // What a browser sends without asking first.
    expectRefused(await ask(url, { origin, 'content-type': 'text/plain' }), 'origin');
    expectRefused(await getJson(`${url}/v1/models`, { origin }), 'origin');
    expectRefused(await getJson(url, { origin }), 'origin');
    expectRefused(await refusedUpgrade(`${url}/v1/responses`, { origin }), 'origin');
    expect(upstream.chats).toHaveLength(before);
  });

  it('should answer its own pages, and what is no page', async () => {
    const url = await start();
    expect((await ask(url, { origin: url })).status).toBe(200);
    expect((await ask(url, {})).status).toBe(200);
    const socket = await SocketClient.open(url, { origin: url });
    await socket.close();
  });

  it('should answer those that CORS_ORIGINS lists, over HTTP', async () => {
    const url = await start({ CORS_ORIGINS: PAGE });
    const { status, headers } = await ask(url, { origin: PAGE });
    expect([status, headers['access-control-allow-origin']]).toEqual([200, PAGE]);
    for (const origin of FOREIGN) expectRefused(await ask(url, { origin }), 'origin');
    expectRefused(await refusedUpgrade(`${url}/v1/responses`, { origin: PAGE }), 'origin');
    const any = await start({ CORS_ORIGINS: '*' });
    for (const origin of FOREIGN) expect((await ask(any, { origin })).status).toBe(200);
  });
});

describe('an open gateway and the names it is asked by', () => {
  it.each([
    'localhost',
    'LOCALHOST:8080',
    'app.localhost',
    '127.0.0.1',
    '127.8.9.1:80',
    '[::1]:8080',
    '10.0.0.7',
    '[fd00::1]',
  ])('on a loopback address should answer to %s', async (host) => {
    expect((await ask(await start(), { host })).status).toBe(200);
  });

  it.each([
    'evil.example',
    'localhost.evil.example',
    '127.0.0.1.evil.example',
    'gateway',
    'a b',
    'evil.example:8080',
  ])('on a loopback address should not answer to %s', async (host) => {
    const url = await start();
    const before = upstream.chats.length;
    // A page whose name was made to lead here is of one origin with the gateway, and may send any header.
    const headers = { host, origin: `http://${host}`, authorization: 'Bearer any' };
    expectRefused(await ask(url, headers), 'host');
    expectRefused(await getJson(url, { host }), 'host');
    expectRefused(await refusedUpgrade(`${url}/v1/responses`, headers), 'host');
    expect(upstream.chats).toHaveLength(before);
  });

  it('should answer to the names of ALLOWED_HOSTS, and to no others, wherever it listens', async () => {
    for (const HOST of ['127.0.0.1', '0.0.0.0']) {
      const url = await start({ HOST, ALLOWED_HOSTS: 'gateway, .lan.example' });
      for (const host of ['gateway', 'gateway:8080', 'llm.lan.example', 'localhost'])
        expect((await ask(url, { host })).status).toBe(200);
      for (const host of ['evil.example', 'lan.example.evil.example'])
        expectRefused(await ask(url, { host }), 'host');
    }
  });

  it('should answer to any name where others can reach it anyway, or ALLOWED_HOSTS says so', async () => {
    const settings: Record<string, string>[] = [{ HOST: '0.0.0.0' }, { ALLOWED_HOSTS: '*' }];
    for (const environment of settings) {
      const url = await start(environment);
      expect((await ask(url, { host: 'gateway.svc.cluster.local' })).status).toBe(200);
    }
  });

  it('should not start with what are no names', async () => {
    await expect(start({ ALLOWED_HOSTS: 'https://gateway' })).rejects.toThrow(
      /ALLOWED_HOSTS=https:\/\/gateway/,
    );
  });
});

describe('a gateway with keys', () => {
  it('should go by them alone', async () => {
    const url = await start({ API_KEYS: 'a-key' });
    const foreign: Record<string, string>[] = [{ origin: 'https://evil.example' }, { host: 'evil.example' }];
    for (const headers of foreign) {
      expect((await ask(url, { ...headers, authorization: 'Bearer a-key' })).status).toBe(200);
      expect((await ask(url, headers)).status).toBe(401);
    }
  });
});

describe('answers of the API', () => {
  it('should not be taken by browsers for something else', async () => {
    const url = await start();
    const answers = [
      await ask(url, {}),
      await ask(url, { origin: PAGE }),
      await exchange('GET', url, undefined),
    ];
    for (const { headers } of answers) {
      expect(headers['x-content-type-options']).toBe('nosniff');
      expect(headers['content-security-policy']).toBeUndefined();
    }
  });

  it.each(['/', '/docs', '/playground/app.js'])('%s is a page, which nobody may frame', async (path) => {
    const { status, headers } = await getJson(`${await start()}${path}`, { accept: 'text/html' });
    expect(status).toBe(200);
    expect(headers).toMatchObject({
      'content-security-policy': expect.stringContaining("frame-ancestors 'none'") as string,
      'cross-origin-opener-policy': 'same-origin',
      'referrer-policy': 'no-referrer',
      'x-content-type-options': 'nosniff',
      'x-frame-options': 'DENY',
    });
    // Whoever ends TLS decides on it.
    expect(headers['strict-transport-security']).toBeUndefined();
  });
});
