import { createTestApp, type TestApp } from '../support/create-test-app.js';
import { exchange, getJson } from '../support/http-client.js';

const BROWSER = { accept: 'text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,*/*;q=0.8' };
const UPSTREAM_BASE_URL = 'http://127.0.0.1:9';
const HTML = /^text\/html/;
const JSON_TYPE = /^application\/json/;

let gateway: TestApp | undefined;

afterEach(async () => {
  await gateway?.close();
  gateway = undefined;
});

async function start(environment: Record<string, string> = {}): Promise<string> {
  gateway = await createTestApp({ environment: { UPSTREAM_BASE_URL, ...environment } });
  return gateway.url;
}

describe('GET /', () => {
  it('should be the playground for a browser, also where keys are needed', async () => {
    const { status, headers, raw } = await getJson(await start({ API_KEYS: 'secret' }), BROWSER);
    expect(status).toBe(200);
    expect(headers['content-type']).toMatch(HTML);
    expect(headers.vary).toBe('Accept');
    expect(raw).toContain('<title>Playground');
    expect(raw).not.toContain('secret');
  });

  it.each([
    ['no wish', {}],
    ['any type', { accept: '*/*' }],
    ['JSON', { accept: 'application/json' }],
    ['JSON before HTML', { accept: 'application/json, text/html;q=0.5' }],
  ])('should be JSON for a client with %s', async (_name, wish) => {
    const { headers, body } = await getJson(await start(), wish);
    expect(headers['content-type']).toMatch(JSON_TYPE);
    expect(headers.vary).toBe('Accept');
    expect(body).toMatchObject({ name: 'responses-gateway' });
  });

  it('should answer HEAD with the headers of GET', async () => {
    const url = await start();
    const [whole, head] = [await getJson(url, BROWSER), await exchange('HEAD', url, undefined, BROWSER)];
    expect([head.status, head.raw]).toEqual([200, '']);
    for (const name of ['content-type', 'content-length', 'etag', 'content-security-policy', 'cache-control'])
      expect(head.headers[name]).toBe(whole.headers[name]);
  });
});

describe("the page's files", () => {
  it('should be named relative to the page, and be there', async () => {
    const url = await start();
    const { raw } = await getJson(url, BROWSER);
    const scripts = [...(await getJson(`${url}/playground/app.js`)).raw.matchAll(/from '\.\/([^']+)'/g)];
    const named = [...raw.matchAll(/(?:src|href)="(playground\/[^"]+)"/g)].map(([, path = '']) => path);
    const paths = [...new Set([...named, ...scripts.map(([, path = '']) => `playground/${path}`)])];
    expect(paths.length).toBeGreaterThan(10);
    const types = await Promise.all(
      paths.map(async (path) => (await getJson(`${url}/${path}`)).headers['content-type']),
    );
    expect(new Set(types)).toEqual(
      new Set(['text/javascript; charset=utf-8', 'text/css; charset=utf-8', 'image/svg+xml']),
    );
  });

  it.each(['', 'playground/app.js'])(
    'should be asked for again, and not be sent again: /%s',
    async (path) => {
      const url = `${await start()}/${path}`;
      const { headers } = await getJson(url, BROWSER);
      expect(headers['cache-control']).toBe('no-cache');
      const again = await getJson(url, { ...BROWSER, 'if-none-match': headers.etag! });
      expect([again.status, again.raw]).toEqual([304, '']);
    },
  );

  it('should be held to their own origin', async () => {
    const { headers } = await getJson(await start(), BROWSER);
    const policy = headers['content-security-policy'] as string;
    const directives = Object.fromEntries(
      policy.split(';').map((directive) => {
        const [name = '', ...sources] = directive.split(' ');
        return [name, sources.join(' ')];
      }),
    );
    expect(directives).toEqual({
      'default-src': "'none'",
      'script-src': "'self'",
      'style-src': "'self'",
      'img-src': "'self' data:",
      'connect-src': "'self'",
      'base-uri': "'none'",
      'form-action': "'none'",
      'frame-ancestors': "'none'",
    });
    expect(headers).toMatchObject({ 'x-content-type-options': 'nosniff', 'referrer-policy': 'no-referrer' });
  });

  it.each(['', 'none.js', '..%2fserve-playground.ts', '..%2f..%2fmain.ts', '%ff', '.%2fpage%2fapp.js'])(
    'should be all that there is: /playground/%s',
    async (path) => {
      const { status, body } = await getJson(`${await start()}/playground/${path}`);
      expect(status).toBe(404);
      expect(body).toMatchObject({ error: { code: 'not_found' } });
    },
  );
});

describe('PLAYGROUND_ENABLED', () => {
  it.each<[string, Record<string, string>, boolean]>([
    ['unset', {}, true],
    ['unset in production', { NODE_ENV: 'production' }, false],
    ['true in production', { NODE_ENV: 'production', PLAYGROUND_ENABLED: 'true' }, true],
    ['false', { PLAYGROUND_ENABLED: 'false' }, false],
  ])('should decide when it is %s', async (_name, environment, isServed) => {
    const url = await start(environment);
    expect((await getJson(url, BROWSER)).headers['content-type']).toMatch(isServed ? HTML : JSON_TYPE);
    expect((await getJson(`${url}/playground/app.js`)).status).toBe(isServed ? 200 : 404);
  });
});
