import { createTestApp, type TestApp } from '../support/create-test-app.js';
import { chatStream, completion, type FakeUpstream, startFakeUpstream } from '../support/fake-upstream.js';
import { exchange, getJson, type JsonAnswer, postJson, postStream } from '../support/http-client.js';
import { refusedUpgrade } from '../support/ws-client.js';

const TURN = { model: 'test-model', input: 'Hi' };
const PAGE = 'https://app.example';
const KEY = { authorization: 'Bearer a-key' };
const PREFLIGHT = {
  'access-control-request-method': 'POST',
  'access-control-request-headers': 'authorization,content-type,x-reasoning-output',
};

let upstream: FakeUpstream;
let gateways: TestApp[] = [];

beforeAll(async () => {
  upstream = await startFakeUpstream(({ path, body }) => {
    if (!path.endsWith('/chat/completions')) return undefined;
    return {
      body: (body as { stream?: boolean }).stream ? chatStream(['fine']) : completion({ content: 'fine' }),
    };
  });
});
afterAll(() => upstream.close());
afterEach(async () => {
  await Promise.all(gateways.map((gateway) => gateway.close()));
  gateways = [];
});

async function start(environment: Record<string, string>): Promise<string> {
  const gateway = await createTestApp({
    environment: {
      UPSTREAM_BASE_URL: upstream.url,
      API_KEYS: 'a-key',
      BODY_LIMIT_BYTES: '1000',
      ...environment,
    },
  });
  gateways.push(gateway);
  return gateway.url;
}

const ask = (url: string, headers: Record<string, string>): Promise<JsonAnswer> =>
  exchange('OPTIONS', `${url}/v1/responses`, undefined, { ...PREFLIGHT, ...headers });
const corsHeaders = ({ headers }: JsonAnswer): string[] =>
  Object.keys(headers).filter((name) => name.startsWith('access-control-'));

describe('CORS', () => {
  it('should be off unless origins are named', async () => {
    const url = await start({});
    const preflight = await ask(url, { origin: PAGE });
    expect(preflight.status).toBe(401);
    const answer = await postJson(`${url}/v1/responses`, TURN, { ...KEY, origin: PAGE });
    expect(answer.status).toBe(200);
    for (const each of [preflight, answer]) {
      expect(corsHeaders(each)).toEqual([]);
      expect(each.headers.vary).toBeUndefined();
    }
  });

  it.each(['/v1/responses', '/v1/responses/compact', '/v1/models', '/responses', '/nothing'])(
    'should answer the preflight for %s before it asks for a key',
    async (path) => {
      const url = await start({ CORS_ORIGINS: PAGE });
      const answer = await exchange('OPTIONS', url + path, undefined, { ...PREFLIGHT, origin: PAGE });
      expect(answer.status).toBe(204);
      expect(answer.raw).toBe('');
      expect(answer.headers).toMatchObject({
        'access-control-allow-origin': PAGE,
        'access-control-allow-methods': expect.stringContaining('POST') as string,
        'access-control-allow-headers': PREFLIGHT['access-control-request-headers'],
        'access-control-max-age': '7200',
        'x-request-id': expect.stringMatching(/^req_/) as string,
      });
      expect(answer.headers.vary).toMatch(/\bOrigin\b/);
    },
  );

  it.each<[string, string, string]>([
    [`${PAGE}, http://localhost:3000`, 'http://localhost:3000', 'http://localhost:3000'],
    [`${PAGE}/`, PAGE, PAGE],
    ['HTTPS://App.Example', PAGE, PAGE],
    [`${PAGE}:443`, PAGE, PAGE],
    ['https://b\u00fccher.example', 'https://xn--bcher-kva.example', 'https://xn--bcher-kva.example'],
    ['null', 'null', 'null'],
    ['vscode-webview://abc', 'vscode-webview://abc', 'vscode-webview://abc'],
    ['*', 'https://any.example', '*'],
    [`${PAGE},*`, 'https://any.example', '*'],
  ])('with CORS_ORIGINS=%s should let %s in', async (origins, origin, allowed) => {
    const url = await start({ CORS_ORIGINS: origins });
    const answers = [
      await ask(url, { origin }),
      await postJson(`${url}/v1/responses`, TURN, { ...KEY, origin }),
      await postStream(`${url}/v1/responses`, { ...TURN, stream: true }, { ...KEY, origin }),
    ];
    expect(answers.map(({ status }) => status)).toEqual([204, 200, 200]);
    for (const { headers } of answers) {
      expect(headers['access-control-allow-origin']).toBe(allowed);
      expect(headers['access-control-allow-credentials']).toBeUndefined();
    }
    for (const { headers } of answers.slice(1)) {
      expect(headers.vary).toBe(allowed === '*' ? undefined : 'Origin');
      const exposed = headers['access-control-expose-headers'];
      for (const name of [
        'x-request-id',
        'x-gateway-ignored',
        'x-gateway-warning',
        'x-gateway-token-count',
        'retry-after',
      ])
        expect(exposed).toContain(name);
    }
  });

  it.each([
    'https://evil.example',
    'http://app.example',
    'https://app.example:8443',
    'https://app.example.evil.example',
    'null',
  ])('should not let %s in', async (origin) => {
    const url = await start({ CORS_ORIGINS: PAGE });
    const answers = [
      await ask(url, { origin }),
      await postJson(`${url}/v1/responses`, TURN, { ...KEY, origin }),
    ];
    expect(answers.map(({ status }) => status)).toEqual([204, 200]);
    for (const { headers } of answers) {
      expect(headers['access-control-allow-origin']).toBeUndefined();
      expect(headers.vary).toMatch(/\bOrigin\b/);
    }
  });

  it('should let pages read errors', async () => {
    const url = await start({ CORS_ORIGINS: PAGE });
    const from = { origin: PAGE };
    upstream.reply({ status: 503, body: '' });
    const answers = [
      await postJson(`${url}/v1/responses`, TURN, { ...KEY, ...from }),
      await postJson(`${url}/v1/responses`, TURN, from),
      await postJson(`${url}/v1/responses`, {}, { ...KEY, ...from }),
      await postJson(`${url}/v1/nothing`, TURN, from),
      await getJson(`${url}/v1/responses`, { ...KEY, ...from }),
      await postJson(`${url}/v1/responses`, 'x'.repeat(2_000), { ...KEY, ...from }),
      await postJson(`${url}/v1/responses`, TURN, { ...KEY, ...from, 'content-encoding': 'lzma' }),
    ];
    expect(answers.map(({ status }) => status)).toEqual([503, 401, 400, 404, 405, 413, 415]);
    for (const { headers } of answers) expect(headers['access-control-allow-origin']).toBe(PAGE);
  });

  it('should not be asked about WebSockets', async () => {
    const url = await start({ CORS_ORIGINS: '*', API_KEYS: '' });
    const refused = await refusedUpgrade(`${url}/v1/responses`, { origin: 'https://evil.example' });
    expect(refused.status).toBe(403);
  });

  it.each(['app.example', 'https://', 'https://app.example/path', 'https://a b', ','])(
    'should not start with CORS_ORIGINS=%s',
    async (origins) => {
      await expect(start({ CORS_ORIGINS: origins })).rejects.toThrow(/CORS_ORIGINS=.*must be origins/);
    },
  );
});
