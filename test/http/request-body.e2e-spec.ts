import { Agent, request as openRequest } from 'node:http';
import { brotliCompressSync, deflateSync, gzipSync } from 'node:zlib';
import {
  Body,
  type CallHandler,
  type CanActivate,
  Controller,
  type ExecutionContext,
  Get,
  Injectable,
  Module,
  type NestInterceptor,
  Post,
} from '@nestjs/common';
import { APP_GUARD, APP_INTERCEPTOR } from '@nestjs/core';
import type { Request } from 'express';
import type { Observable } from 'rxjs';
import { GatewayError } from '../../src/errors/gateway-error.js';
import { Public } from '../../src/request/public.decorator.js';
import { createTestApp, type TestApp } from '../support/create-test-app.js';
import { expectEnvelope } from '../support/error-envelope.js';
import { completion, type FakeUpstream, startFakeUpstream } from '../support/fake-upstream.js';
import { exchange, postJson } from '../support/http-client.js';
import { checkResponse } from '../support/lifecycle-oracle.js';
import { head, RawConnection, readAnswers } from '../support/raw-connection.js';
import { SocketClient } from '../support/ws-client.js';
import { repeatFrame, skippableFrame, storedFrame } from '../support/zstd-frames.js';

const TURN = { model: 'test-model', input: 'Hi' };
const KEY = { authorization: 'Bearer a-key' };
const HUGE = 28_000_000;
const MISSING_KEY = { status: 401, type: 'authentication_error', code: 'missing_api_key' };
const TOO_LARGE = { status: 413, type: 'invalid_request_error', code: 'request_too_large' };
const INVALID = { status: 400, type: 'invalid_request_error', code: 'invalid_request' };

let upstream: FakeUpstream;
let gateways: TestApp[] = [];

beforeAll(async () => {
  upstream = await startFakeUpstream(({ path }) =>
    path.endsWith('/chat/completions') ? { body: completion({ content: 'fine' }) } : undefined,
  );
});
afterAll(() => upstream.close());
beforeEach(() => {
  upstream.requests.length = 0;
});
afterEach(async () => {
  await Promise.all(gateways.map((gateway) => gateway.close()));
  gateways = [];
});

async function start(
  environment: Record<string, string> = {},
  extensions: (new () => unknown)[] = [],
): Promise<string> {
  const gateway = await createTestApp({
    extensions,
    environment: { UPSTREAM_BASE_URL: upstream.url, ...environment },
  });
  gateways.push(gateway);
  return gateway.url;
}

describe('the body of a request', () => {
  const seen: unknown[] = [];

  @Injectable()
  class LockedGuard implements CanActivate {
    canActivate(context: ExecutionContext): boolean {
      const { headers, body } = context
        .switchToHttp()
        .getRequest<Pick<Request, 'headers'> & { body: unknown }>();
      seen.push(['guard', body]);
      if (headers['x-locked'] !== undefined) throw new GatewayError('permission_denied');
      return true;
    }
  }
  @Injectable()
  class PeekInterceptor implements NestInterceptor {
    intercept(context: ExecutionContext, next: CallHandler): Observable<unknown> {
      seen.push(['interceptor', context.switchToHttp().getRequest<Request>().body]);
      return next.handle();
    }
  }
  @Controller('echo')
  class EchoController {
    @Post()
    @Public()
    echo(@Body() body: unknown): unknown {
      return { body };
    }

    @Get()
    @Public()
    nothing(@Body() body: unknown): unknown {
      return { body: body ?? null };
    }
  }
  @Module({
    controllers: [EchoController],
    providers: [
      { provide: APP_GUARD, useClass: LockedGuard },
      { provide: APP_INTERCEPTOR, useClass: PeekInterceptor },
    ],
  })
  class LockedModule {}

  beforeEach(() => {
    seen.length = 0;
  });

  it.each(['/v1/responses', '/v1/responses/compact', '/v1/responses/input_tokens'])(
    'should be read for %s behind the key and the guards of extensions, and before their interceptors',
    async (path) => {
      const url = (await start({ API_KEYS: 'a-key' }, [LockedModule])) + path;
      expectEnvelope(await postJson(url, '{"broken'), MISSING_KEY);
      expect(seen).toEqual([]);
      const locked = await postJson(url, '{"broken', { ...KEY, 'x-locked': '1' });
      expectEnvelope(locked, { status: 403, type: 'permission_error', code: 'permission_denied' });
      const broken = await postJson(url, '{"broken', KEY);
      expectEnvelope(broken, { ...INVALID, code: 'invalid_json' });
      expect(seen).toEqual([
        ['guard', undefined],
        ['guard', undefined],
      ]);
      seen.length = 0;
      await postJson(url, TURN, KEY);
      expect(seen).toEqual([
        ['guard', undefined],
        ['interceptor', TURN],
      ]);
    },
  );

  it('should be there for a turn of a WebSocket, without being read', async () => {
    const url = await start({}, [LockedModule]);
    const client = await SocketClient.open(url);
    seen.length = 0;
    client.send({ input: 'Hi' });
    await client.answer();
    await client.close();
    const body = expect.objectContaining({ input: 'Hi', stream: true }) as unknown;
    expect(seen).toEqual([
      ['guard', body],
      ['interceptor', body],
    ]);
  });

  it('should be read for routes of extensions that post, and only for these', async () => {
    const url = `${await start({ API_KEYS: 'a-key' }, [LockedModule])}/echo`;
    expect((await postJson(url, { a: [1] })).body).toEqual({ body: { a: [1] } });
    expectEnvelope(await postJson(url, '{'), { ...INVALID, code: 'invalid_json' });
    expect((await exchange('GET', url, '{')).body).toEqual({ body: null });
  });

  describe('that stays unread', () => {
    const chunked = 'Transfer-Encoding: chunked';
    const long = `Content-Length: ${HUGE}`;

    it.each<[string, string, string[], number]>([
      ['without a key', 'POST /v1/responses', [long], 401],
      ['without a key, of no known size', 'POST /v1/responses', [chunked], 401],
      ['for a path that is not there', 'POST /v1/nothing', [long], 404],
      ['for another method', 'PUT /v1/responses', [long, 'Authorization: Bearer a-key'], 405],
      ['for a path that is only read', 'POST /v1/models', [chunked, 'Authorization: Bearer a-key'], 405],
      ['of a type that is not taken', 'POST /v1/responses', [long, 'Authorization: Bearer a-key'], 415],
      [
        'that is too large',
        'POST /v1/responses',
        [`Content-Length: ${HUGE * 2}`, 'Content-Type: application/json', 'Authorization: Bearer a-key'],
        413,
      ],
      ['of a probe', 'GET /health/live', [long], 200],
      ['of a preflight', 'OPTIONS /v1/responses', ['Origin: http://a.example', long], 204],
    ])('%s should be answered without it, and close the connection', async (_what, line, lines, status) => {
      const url = await start({ API_KEYS: 'a-key', CORS_ORIGINS: '*' });
      const connection = await RawConnection.open(url);
      connection.send(head(`${line} HTTP/1.1`, 'Host: localhost', ...lines));
      await connection.ended;
      connection.destroy();
      const [answer] = readAnswers(connection.text);
      expect(answer?.status).toBe(status);
      expect(answer?.head).toContain('connection: close');
    });

    it('should not keep a client from reading the answer that writes on', async () => {
      const url = await start({ API_KEYS: 'a-key' });
      for (const size of [100_000, 2_000_000, HUGE]) {
        const answer = await postJson(`${url}/v1/responses`, Buffer.alloc(size, 'x'));
        expectEnvelope(answer, MISSING_KEY);
      }
    });

    it('should not be taken for the next request', async () => {
      const url = await start({ API_KEYS: 'a-key' });
      const smuggled = head('GET /health/live HTTP/1.1', 'Host: smuggled');
      const filler = 'x'.repeat(100_000);
      const connection = await RawConnection.open(url);
      connection.send(
        `${head('POST /v1/responses HTTP/1.1', 'Host: localhost', `Content-Length: 200000`)}${filler}${smuggled}`,
      );
      await connection.ended;
      connection.destroy();
      expect(readAnswers(connection.text).map(({ status }) => status)).toEqual([401]);
    });

    it('should leave the connection open where it is short', async () => {
      const url = await start({ API_KEYS: 'a-key' });
      const agent = new Agent({ keepAlive: true, maxSockets: 1 });
      const post = (headers: Record<string, string>, body: string): Promise<[number, number]> =>
        new Promise((resolve, reject) => {
          const all = { 'content-type': 'application/json', 'content-length': body.length, ...headers };
          const request = openRequest(
            `${url}/v1/responses`,
            { method: 'POST', agent, headers: all },
            (answer) => {
              answer.resume().once('end', () => {
                resolve([answer.statusCode ?? 0, request.socket?.localPort ?? 0]);
              });
            },
          );
          request.once('error', reject).end(body);
        });
      const large = JSON.stringify({ ...TURN, user: 'x'.repeat(60_000) });
      const answers = [
        await post({}, large),
        await post(KEY, '{"broken'),
        await post({ ...KEY, 'content-type': 'text/plain' }, large),
        await post(KEY, large),
      ];
      agent.destroy();
      expect(answers.map(([status]) => status)).toEqual([401, 400, 415, 200]);
      expect(new Set(answers.map(([, port]) => port)).size).toBe(1);
    });
  });

  describe('that its client holds back', () => {
    const BODY = JSON.stringify(TURN);
    const ask = (...lines: string[]): string =>
      head('POST /v1/responses HTTP/1.1', 'Host: localhost', 'Expect: 100-continue', ...lines);
    const json = 'Content-Type: application/json';
    const length = `Content-Length: ${BODY.length}`;

    it('should be called for once the key is known', async () => {
      const connection = await RawConnection.open(await start({ API_KEYS: 'a-key' }));
      connection.send(ask('Authorization: Bearer a-key', json, length));
      await connection.until(/^HTTP\/1\.1 100 Continue\r\n\r\n$/);
      connection.send(BODY);
      await expect(connection.until(/\r\n\r\nHTTP\/1\.1 200 /)).resolves.toBeDefined();
      connection.destroy();
    });

    it.each<[string, string[], number]>([
      ['without a key', [json, length], 401],
      ['of another type', ['Authorization: Bearer a-key', 'Content-Type: text/plain', length], 415],
      ['in another coding', ['Authorization: Bearer a-key', json, 'Content-Encoding: lzma', length], 415],
      ['that is too long', ['Authorization: Bearer a-key', json, `Content-Length: ${HUGE * 2}`], 413],
    ])('should not be called for %s', async (_what, lines, status) => {
      const url = await start({ API_KEYS: 'a-key' });
      const text = await RawConnection.exchange(url, ask(...lines));
      expect(text).not.toContain('100 Continue');
      expect(readAnswers(text).map((answer) => answer.status)).toEqual([status]);
      expect(text.toLowerCase()).toContain('connection: close');
    });

    it('should not be waited for where something else is expected', async () => {
      const connection = await RawConnection.open(await start());
      const lines = ['Host: localhost', 'Expect: a-miracle', json, length];
      connection.send(head('POST /v1/responses HTTP/1.1', ...lines) + BODY);
      await expect(connection.until(/^HTTP\/1\.1 200 /)).resolves.toBeDefined();
      connection.destroy();
    });
  });

  describe('that is not what its headers say', () => {
    const post = (...lines: string[]): string =>
      head('POST /v1/responses HTTP/1.1', 'Host: localhost', 'Content-Type: application/json', ...lines);

    it('should cost nothing when its client leaves in the middle', async () => {
      const url = await start();
      for (const lines of [
        [`Content-Length: ${HUGE}`],
        ['Transfer-Encoding: chunked'],
        [`Content-Length: ${HUGE}`, 'Content-Encoding: gzip'],
        [`Content-Length: ${HUGE}`, 'Content-Encoding: zstd'],
      ]) {
        const connection = await RawConnection.open(url);
        connection.send(`${post(...lines)}5\r\nhello\r\n`);
        connection.socket.resetAndDestroy();
      }
      expect((await postJson(`${url}/v1/responses`, TURN)).status).toBe(200);
    });

    it('should be an error in the envelope when its chunks are broken', async () => {
      const text = await RawConnection.exchange(await start(), `${post('Transfer-Encoding: chunked')}zz\r\n`);
      const [answer] = readAnswers(text);
      expect(answer?.status).toBe(400);
      expect(answer?.head).toMatch(/x-request-id: req_/);
      expect(answer?.body).toMatchObject({ error: { code: 'invalid_request', param: null } });
    });

    it('should be answered once when more follows than was announced', async () => {
      const body = JSON.stringify(TURN);
      const url = await start();
      const text = await RawConnection.exchange(
        url,
        `${post(`Content-Length: ${body.length}`)}${body}, and more\r\n\r\n`,
      );
      expect(readAnswers(text).map(({ status }) => status)).not.toContain(500);
      expect((await postJson(`${url}/v1/responses`, TURN)).status).toBe(200);
    });

    it.each<[string, (connection: RawConnection) => void]>([
      [
        'a body',
        (connection) => {
          connection.send(post(`Content-Length: ${HUGE}`));
        },
      ],
      [
        'a chunked body',
        (connection) => {
          connection.send(post('Transfer-Encoding: chunked'));
        },
      ],
      [
        'headers',
        (connection) => {
          connection.send('POST /v1/responses HTTP/1.1\r\nHost: localhost\r\n');
        },
      ],
    ])('should be given up when %s trickles in', async (what, begin) => {
      const connection = await RawConnection.open(await start({ REQUEST_TIMEOUT_MS: '300' }));
      begin(connection);
      const drop = what === 'headers' ? 'x-a: b\r\n' : what === 'a body' ? ' ' : '1\r\n \r\n';
      const trickle = setInterval(() => {
        connection.send(drop);
      }, 50);
      await connection.until(/\r\n\r\n\{.*\}$/);
      clearInterval(trickle);
      connection.destroy();
      const [answer] = readAnswers(connection.text);
      expect(answer?.status).toBe(408);
      expect(answer?.head).toMatch(/x-request-id: req_/);
      expect(answer?.body).toMatchObject({ error: { code: 'request_timeout' } });
    });

    it.each(['Content-Length: 100', 'Transfer-Encoding: chunked'])(
      'should be given up, and give its place to others, when nothing comes: %s',
      async (framing) => {
        const url = await start({ CLIENT_STALL_TIMEOUT_MS: '200', MAX_IN_FLIGHT: '1' });
        const connection = await RawConnection.open(url);
        connection.send(post(framing));
        const other = postJson(`${url}/v1/responses`, TURN);
        await connection.until(/\r\n\r\n\{.*\}$/);
        connection.destroy();
        const [answer] = readAnswers(connection.text);
        expect(answer?.status).toBe(408);
        expect((await other).status).toBe(200);
      },
    );
  });
});

describe('the number of values in a body', () => {
  /** 9 with the body, its fields and the list. */
  const body = (items: number): unknown => ({
    ...TURN,
    input: [],
    extra: Array.from({ length: items }, () => ({})),
  });

  it.each(['/v1/responses', '/v1/responses/compact', '/v1/responses/input_tokens'])(
    'should be bounded at %s',
    async (path) => {
      const url = (await start({ BODY_LIMIT_VALUES: '20' })) + path;
      const { status } = await postJson(url, body(16));
      expect(status).not.toBe(413);
      const message = 'The request body has more than 20 JSON values.';
      expectEnvelope(await postJson(url, body(17)), { ...TOO_LARGE, message });
      const packed = gzipSync(JSON.stringify(body(17)));
      expectEnvelope(await postJson(url, packed, { 'content-encoding': 'gzip' }), { ...TOO_LARGE, message });
    },
  );

  it('should be bounded on a WebSocket', async () => {
    const client = await SocketClient.open(await start({ BODY_LIMIT_VALUES: '20' }));
    client.send({ input: 'Hi', extra: Array.from({ length: 20 }, () => ({})) });
    expect((await client.answer()).error).toMatchObject({
      status: 413,
      error: { code: 'request_too_large' },
    });
    client.send({ input: 'Hi' });
    expect((await client.answer()).error).toBeUndefined();
    await client.close();
  });

  it('should stop a body on its way', async () => {
    const url = await start();
    const connection = await RawConnection.open(url);
    connection.send(
      head(
        'POST /v1/responses HTTP/1.1',
        'Host: localhost',
        'Content-Type: application/json',
        `Content-Length: ${HUGE}`,
      ),
    );
    connection.send(`[${'{},'.repeat(250_001)}`);
    await connection.ended;
    connection.destroy();
    expect(readAnswers(connection.text).map(({ status }) => status)).toEqual([413]);
  });
});

describe('a packed body', () => {
  const LIMIT = 1_000_000;
  const text = JSON.stringify({
    model: 'test-model',
    input: 'Reply with one word. '.repeat(40),
    metadata: { a: 'b' },
  });
  const bytes = Buffer.from(text);
  // Made by zstd 1.5 of bytes like these.
  const packed = Buffer.from(
    'KLUv/QRYXQIAssQPFqC1OeRv8MJkaXu5TAAvq8MROi+himutnbjveOY7LiaunpvcQhppWVFysWU5YJQO930BCpWbBHvo3nejmc5ZAgCBibM+McwlwRo7Iw==',
    'base64',
  );
  const unsized = Buffer.from(
    'KLUv/QBoTQIAcoQOEqDtvEFVw9tPju0+dpcioeoBAbXe/HTHS5dTmtcXfMV5TS6ztqiT3Kkck+94R8fSF4SG3N9xxaet0wMAU4IVmDjrE8NcAg==',
    'base64',
  );
  const half = bytes.length / 2;
  let url: string;

  beforeEach(async () => {
    url = `${await start({ BODY_LIMIT_BYTES: String(LIMIT) })}/v1/responses`;
  });

  it.each<[string, Buffer, string]>([
    ['zstd', packed, 'zstd'],
    ['zstd without a size or checksum', unsized, 'zstd'],
    ['zstd that is stored', storedFrame(bytes), 'zstd'],
    [
      'several zstd frames',
      Buffer.concat([
        storedFrame(bytes.subarray(0, half)),
        skippableFrame(9),
        storedFrame(bytes.subarray(half)),
      ]),
      'zstd',
    ],
    ['upper case', packed, 'ZSTD'],
    ['gzip', gzipSync(bytes), 'gzip'],
    ['x-gzip', gzipSync(bytes), 'x-gzip'],
    [
      'several gzip members',
      Buffer.concat([gzipSync(bytes.subarray(0, half)), gzipSync(bytes.subarray(half))]),
      'gzip',
    ],
    ['deflate', deflateSync(bytes), 'deflate'],
    ['brotli', brotliCompressSync(bytes), 'br'],
    ['gzip twice', gzipSync(gzipSync(bytes)), 'gzip, gzip'],
    ['zstd within brotli', brotliCompressSync(packed), 'zstd, br'],
    ['nothing, said twice', bytes, 'identity, identity'],
  ])('should be read: %s', async (_what, body, encoding) => {
    const answer = await postJson(url, body, { 'content-encoding': encoding });
    expect(answer.status).toBe(200);
    checkResponse(answer.body);
    expect(answer.body).toMatchObject({ metadata: { a: 'b' } });
    expect(upstream.chats).toHaveLength(1);
  });

  it('should be read in any pieces', async () => {
    for (const size of [1, 3, 17]) {
      const connection = await RawConnection.open(url);
      connection.send(
        head(
          'POST /v1/responses HTTP/1.1',
          'Host: localhost',
          'Content-Type: application/json',
          'Content-Encoding: zstd',
          `Content-Length: ${packed.length}`,
        ),
      );
      for (let at = 0; at < packed.length; at += size) {
        connection.send(packed.subarray(at, at + size));
        await new Promise((resolve) => setImmediate(resolve));
      }
      await expect(connection.until(/^HTTP\/1\.1 200 /)).resolves.toBeDefined();
      connection.destroy();
    }
  });

  it.each<[string, Buffer, string]>([
    ['cut zstd', packed.subarray(0, -3), 'zstd'],
    ['zstd cut in its header', packed.subarray(0, 3), 'zstd'],
    ['zstd with a wrong checksum', Buffer.concat([packed.subarray(0, -1), Buffer.of(0)]), 'zstd'],
    ['zstd with something behind', Buffer.concat([packed, Buffer.from('more')]), 'zstd'],
    ['a second frame that is cut', Buffer.concat([storedFrame(bytes), packed.subarray(0, -9)]), 'zstd'],
    ['no zstd at all', bytes, 'zstd'],
    [
      'a window of terabytes',
      Buffer.concat([Buffer.of(0x28, 0xb5, 0x2f, 0xfd, 0, 0xff), Buffer.alloc(64)]),
      'zstd',
    ],
    ['cut gzip', gzipSync(bytes).subarray(0, -9), 'gzip'],
    ['cut brotli', brotliCompressSync(bytes).subarray(0, -3), 'br'],
    ['gzip said twice', gzipSync(bytes), 'gzip, gzip'],
    ['gzip in the wrong order', gzipSync(packed), 'gzip, zstd'],
  ])('should be refused: %s', async (_what, body, encoding) => {
    const answer = await postJson(url, body, { 'content-encoding': encoding });
    expectEnvelope(answer, {
      ...INVALID,
      message: 'The request body is truncated or does not match its Content-Encoding.',
    });
    expect(upstream.requests).toHaveLength(0);
  });

  const GIGABYTE = 2 ** 30;
  const zeros = gzipSync(Buffer.alloc(64_000_000));
  const ones = repeatFrame(0x31, GIGABYTE);

  it.each<[string, Buffer, string]>([
    ['zstd', ones, 'zstd'],
    ['zstd in two layers', storedFrame(ones), 'zstd, zstd'],
    ['zstd in frames', Buffer.concat(Array.from({ length: 64 }, () => repeatFrame(0x20, 130_000))), 'zstd'],
    ['zstd within gzip', gzipSync(ones), 'zstd, gzip'],
    ['gzip', zeros, 'gzip'],
    ['gzip in layers', gzipSync(gzipSync(zeros)), 'gzip, gzip, gzip'],
    ['brotli', brotliCompressSync(Buffer.alloc(64_000_000)), 'br'],
  ])('should be unpacked up to the limit and no further: %s', async (what, body, encoding) => {
    expect(body.length).toBeLessThan(LIMIT);
    const before = process.memoryUsage().rss;
    const startedAt = performance.now();
    const answer = await postJson(url, body, { 'content-encoding': encoding });
    const took = performance.now() - startedAt;
    const grown = (process.memoryUsage().rss - before) / 1e6;
    process.stdout.write(
      `${what}: ${body.length} bytes refused in ${took.toFixed(0)} ms, rss ${grown.toFixed(0)} MB more\n`,
    );
    expectEnvelope(answer, TOO_LARGE);
    // A gigabyte takes seconds, and its memory.
    expect(grown).toBeLessThan(300);
  });

  it('should leave nothing behind that keeps others from being read', async () => {
    for (let round = 0; round < 20; round++) {
      await postJson(url, ones, { 'content-encoding': 'zstd' });
      await postJson(url, packed.subarray(0, -3), { 'content-encoding': 'zstd' });
    }
    const bodies = Array.from({ length: 20 }, () => postJson(url, packed, { 'content-encoding': 'zstd' }));
    expect((await Promise.all(bodies)).map(({ status }) => status)).toEqual(bodies.map(() => 200));
  });

  it.each([
    ['lzma', "'lzma'"],
    ['gzip, compress', "'compress'"],
    ['a"b', 'this one'],
    ['gzip, gzip, gzip, gzip', 'more than 3'],
  ])('should be refused when it is %s', async (encoding, named) => {
    const answer = await postJson(url, bytes, { 'content-encoding': encoding });
    expectEnvelope(answer, {
      status: 415,
      type: 'invalid_request_error',
      code: 'unsupported_media_type',
      message: new RegExp(`^Unsupported Content-Encoding: ${named}.*Supported: zstd, br, gzip, deflate`),
    });
    expect(answer.headers['accept-encoding']).toBe('zstd, br, gzip, deflate');
  });
});
