import { completion } from '../support/fake-upstream.js';
import { getJson, postJson } from '../support/http-client.js';
import { head, RawConnection, readAnswers } from '../support/raw-connection.js';
import { useGateway } from '../support/use-gateway.js';

const TURN = JSON.stringify({ model: 'test-model', input: 'Hi' });
const HANDSHAKE = ['Sec-WebSocket-Version: 13', 'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ=='];
/** Ours, or that of newer versions of Node, which refuse so many by themselves. */
const TOO_MANY = { asymmetricMatch: (status: unknown) => status === 400 || status === 431 };
const WISH = ['Connection: Upgrade', 'Upgrade: h2c'];

const { upstream, gateway } = useGateway({
  answer: ({ path }) =>
    path.endsWith('/chat/completions') ? { body: completion({ content: 'fine' }) } : undefined,
});

beforeEach(() => {
  upstream.requests.length = 0;
});

const request = (line: string, ...lines: string[]): string =>
  head(`${line} HTTP/1.1`, 'Host: localhost', ...lines);
const post = (...lines: string[]): string =>
  request(
    'POST /v1/responses',
    'Content-Type: application/json',
    `Content-Length: ${TURN.length}`,
    ...lines,
  ) + TURN;
const filler = (count: number): string[] => Array.from({ length: count }, (_, index) => `a${index}: b`);

/** The status codes of what comes until the connection is closed, or has been silent for a while. */
async function statusesOf(text: string): Promise<number[]> {
  const connection = await RawConnection.open(gateway.url);
  connection.send(text);
  await Promise.race([connection.ended, new Promise((resolve) => setTimeout(resolve, 500))]);
  connection.destroy();
  return [...connection.text.matchAll(/^HTTP\/1\.1 (\d+)/gm)].map(([, status]) => Number(status));
}

describe('what is no request', () => {
  it.each<[string, string, number, string]>([
    ['garbage', 'hello\r\n\r\n', 400, 'invalid_request'],
    ['a TLS handshake', '\x16\x03\x01\x02\x00\x01', 400, 'invalid_request'],
    ['HTTP/2', 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n', 400, 'invalid_request'],
    [
      'two lengths',
      request('POST /v1/responses', 'Content-Length: 5', 'Content-Length: 6'),
      400,
      'invalid_request',
    ],
    [
      'a length and chunks',
      request('POST /v1/responses', 'Content-Length: 5', 'Transfer-Encoding: chunked'),
      400,
      'invalid_request',
    ],
    ['a length that is none', request('POST /v1/responses', 'Content-Length: 5x'), 400, 'invalid_request'],
    ['a folded header', request('GET /health/live', 'X-A: b', ' Content-Length: 5'), 400, 'invalid_request'],
    ['a header with a NUL', request('GET /health/live', 'X-A: b\0c'), 400, 'invalid_request'],
    ['a header without a name', request('GET /health/live', ': b'), 400, 'invalid_request'],
    [
      '64 kB in one header',
      request('GET /health/live', `X-A: ${'b'.repeat(65_536)}`),
      431,
      'headers_too_large',
    ],
    [
      'a megabyte of headers',
      request('GET /health/live', `X-A: ${'b'.repeat(1_000_000)}`),
      431,
      'headers_too_large',
    ],
    ['an address of 64 kB', request(`GET /${'b'.repeat(65_536)}`), 431, 'headers_too_large'],
  ])('should be answered in the envelope: %s', async (_what, text, status, code) => {
    const answers = readAnswers(await RawConnection.exchange(gateway.url, text));
    expect(answers).toHaveLength(1);
    const [answer] = answers;
    expect(answer?.status).toBe(status);
    expect(answer?.head).toMatch(/\r\nx-request-id: req_[\da-f]{48}\r\n/);
    expect(answer?.head).toContain('connection: close');
    expect(answer?.head).toContain('content-type: application/json');
    expect(answer?.body).toEqual({
      error: { message: expect.any(String) as string, type: 'invalid_request_error', param: null, code },
    });
  });

  it('should not disturb the answer before it', async () => {
    upstream.reply({ body: completion({ content: 'fine' }), headers: {} });
    expect(await statusesOf(`${request('GET /health/live')}garbage\r\n\r\n`)).toEqual(
      expect.not.arrayContaining([500]) as number[],
    );
    expect((await getJson(`${gateway.url}/health/live`)).status).toBe(200);
  });

  it('should not be confused with 60 kB of headers', async () => {
    expect(await statusesOf(request('GET /health/live', `X-A: ${'b'.repeat(60_000)}`))).toEqual([200]);
    expect((await postJson(`${gateway.url}/v1/responses`, TURN, { 'x-a': 'b'.repeat(60_000) })).status).toBe(
      200,
    );
  });
});

describe('a request that would like to upgrade', () => {
  const SMUGGLED = request('GET /health/live', 'X-Smuggled: 1');
  const body = `Content-Length: ${SMUGGLED.length}`;

  it.each([1_990, 2_000, 2_100, 6_000])(
    'should not be read again with %i headers before its length',
    async (count) => {
      for (const wish of [WISH, ['Connection: Upgrade', 'Upgrade: websocket']]) {
        const statuses = await statusesOf(
          request('POST /v1/models', ...wish, ...filler(count), body) + SMUGGLED,
        );
        // Short of the limit it is an ordinary request of the wrong method.
        expect(statuses).toEqual([count < 1_995 ? 405 : TOO_MANY]);
      }
    },
  );

  it('should be refused as any other with so many headers', async () => {
    expect(await statusesOf(request('GET /health/live', ...filler(2_100)))).toEqual([TOO_MANY]);
    expect(await statusesOf(request('GET /health/live', ...filler(1_900)))).toEqual([200]);
  });

  it.each<[string, string, number[]]>([
    ['two lengths', request('POST /v1/models', ...WISH, body, 'Content-Length: 1') + SMUGGLED, [400]],
    [
      'a length and chunks',
      request('POST /v1/models', ...WISH, body, 'Transfer-Encoding: chunked') + SMUGGLED,
      [400],
    ],
    [
      'chunks',
      `${request('POST /v1/models', ...WISH, 'Transfer-Encoding: chunked')}2\r\n{}\r\n0\r\n\r\n`,
      [405],
    ],
    ['a body with GET', request('GET /health/live', ...WISH, body) + SMUGGLED, [200]],
    ['a body with DELETE', request('DELETE /v1/models', ...WISH, body) + SMUGGLED, [405]],
    [
      'a POST for a WebSocket',
      request('POST /v1/models', ...HANDSHAKE, 'Connection: Upgrade', 'Upgrade: websocket', body) + SMUGGLED,
      [405],
    ],
    [
      'its length among the options',
      request('POST /v1/models', 'Connection: Upgrade, Content-Length', 'Upgrade: h2c', body) + SMUGGLED,
      [405],
    ],
    ['two wishes', request('GET /health/live', ...WISH, 'Upgrade: websocket'), [200]],
    ['no path', request('GET *', ...WISH), [404]],
    ['no method we know', request('PROPFIND /health/live', ...WISH), [404]],
  ])('should be answered once, and its body never, with %s', async (_what, text, statuses) => {
    expect(await statusesOf(text)).toEqual(statuses);
  });

  it('should be answered with its body, again and again on one connection, without a warning', async () => {
    const warnings: unknown[] = [];
    const note = (warning: unknown): void => void warnings.push(warning);
    process.on('warning', note);
    const connection = await RawConnection.open(gateway.url);
    for (let count = 1; count <= 25; count++) {
      connection.send(post(...WISH));
      await connection.until(/"fine"[^]*\}$/);
      connection.text = '';
    }
    connection.destroy();
    await new Promise((resolve) => setImmediate(resolve));
    process.off('warning', note);
    expect(warnings).toEqual([]);
    expect(upstream.chats).toHaveLength(25);
  });

  it.each([
    ['h2c', request('GET /health/live', ...WISH)],
    ['a WebSocket', request('GET /v1/responses', ...HANDSHAKE, 'Connection: Upgrade', 'Upgrade: websocket')],
    ['a tunnel', head('CONNECT a:1 HTTP/1.1', 'Host: a:1')],
  ])('should not end the process behind a request that is not answered: %s', async (_what, second) => {
    await statusesOf(post() + second);
    expect((await getJson(`${gateway.url}/health/live`)).status).toBe(200);
  });

  it('should not be given a WebSocket when it brings a body', async () => {
    const text =
      request('GET /v1/responses', ...HANDSHAKE, 'Connection: Upgrade', 'Upgrade: websocket', body) +
      SMUGGLED;
    const [answer, ...more] = readAnswers(await RawConnection.exchange(gateway.url, text));
    expect(more).toEqual([]);
    expect(answer?.status).toBe(400);
    expect(answer?.body).toMatchObject({ error: { code: 'invalid_request' } });
  });
});
