import { connect, type Socket } from 'node:net';
import {
  type CallHandler,
  type CanActivate,
  type ExecutionContext,
  ForbiddenException,
  Injectable,
  Module,
  type NestInterceptor,
  Scope,
} from '@nestjs/common';
import { APP_GUARD, APP_INTERCEPTOR } from '@nestjs/core';
import { type Observable, tap } from 'rxjs';
import { WebSocket } from 'ws';
import type { AppOptions } from '../../src/app.module.js';
import type { ResponseEvent } from '../../src/contracts/response-events.js';
import type { ResponseRun } from '../../src/responses/run/response-run.js';
import { tapEvents } from '../../src/responses/run/tap-events.js';
import { requestContextOf } from '../../src/request/current-request.decorator.js';
import { createTestApp, type TestApp } from '../support/create-test-app.js';
import { expectEnvelope } from '../support/error-envelope.js';
import {
  chatFrames,
  chatStream,
  type FakeUpstream,
  type ScriptedAnswer,
  startFakeUpstream,
} from '../support/fake-upstream.js';
import { exchange, getJson, postJson } from '../support/http-client.js';
import type { Json } from '../support/json.js';
import { checkLifecycle, checkResponse } from '../support/lifecycle-oracle.js';
import { refusedUpgrade, SocketClient } from '../support/ws-client.js';

const KEY = 'sk-websocket';
const SLOW = 30_000;
const say = (text: string): ScriptedAnswer => ({ body: chatStream([text]) });

describe('the WebSocket connection', () => {
  let upstream: FakeUpstream;
  let gateway: TestApp | undefined;

  beforeAll(async () => {
    upstream = await startFakeUpstream(() => say('fine'));
  });
  afterAll(() => upstream.close());
  beforeEach(() => {
    upstream.requests.length = 0;
  });
  afterEach(async () => {
    await gateway?.close();
    gateway = undefined;
  });

  async function start(environment: Record<string, string> = {}, extensions?: AppOptions['extensions']) {
    gateway = await createTestApp({
      environment: { UPSTREAM_BASE_URL: upstream.url, ...environment },
      extensions,
    });
    return gateway;
  }

  describe('when it is asked for', () => {
    it('should be refused without a key, as a POST is', async () => {
      const { url } = await start({ API_KEYS: KEY });
      const missing = await refusedUpgrade(`${url}/v1/responses`);
      expectEnvelope(missing, { status: 401, type: 'authentication_error', code: 'missing_api_key' });
      expect(missing.headers).toMatchObject({
        'www-authenticate': expect.stringMatching(/^Bearer/) as string,
        connection: 'close',
      });
      const wrong = await refusedUpgrade(`${url}/v1/responses`, {
        authorization: 'Bearer sk-other',
        'x-request-id': 'req_mine',
      });
      expectEnvelope(wrong, { status: 401, type: 'authentication_error', code: 'invalid_api_key' });
      expect(wrong.headers['x-request-id']).toBe('req_mine');
    });

    it('should be opened with a key', async () => {
      const { url } = await start({ API_KEYS: KEY });
      const client = await SocketClient.open(url, { headers: { authorization: `Bearer ${KEY}` } });
      const { events } = await client.turn({ input: 'Hi' });
      checkLifecycle(events);
      expect(events.at(-1)).toMatchObject({ type: 'response.completed' });
      await client.close();
    });

    it('should be refused with 426 when it is switched off', async () => {
      const { url } = await start({ WEBSOCKET_ENABLED: 'false' });
      expectEnvelope(await refusedUpgrade(`${url}/v1/responses`), {
        status: 426,
        type: 'invalid_request_error',
        code: 'websocket_disabled',
      });
      expect((await postJson(`${url}/v1/responses`, { model: 'm', input: 'Hi' })).status).toBe(200);
    });

    it.each(['/v1/models', '/v1/responses/resp_1', '/', '/docs', '/unknown'])(
      'should not be found at %s',
      async (path) => {
        const { url } = await start();
        expectEnvelope(await refusedUpgrade(`${url}${path}`), {
          status: 404,
          type: 'not_found_error',
          code: 'not_found',
        });
      },
    );

    it.each([
      ['sec-websocket-key', 'short'],
      ['sec-websocket-version', '12'],
    ])('should be refused with a wrong %s', async (header, value) => {
      const { url } = await start();
      expectEnvelope(await refusedUpgrade(`${url}/v1/responses?a=b`, { [header]: value }), {
        status: 400,
        type: 'invalid_request_error',
        code: 'invalid_request',
        param: header,
      });
    });

    it('should be refused to web pages of other origins, unless they have a key', async () => {
      const { url } = await start();
      for (const origin of ['https://evil.example', 'null', `https://${new URL(url).hostname}`]) {
        expectEnvelope(await refusedUpgrade(`${url}/v1/responses`, { origin }), {
          status: 403,
          type: 'permission_error',
          code: 'permission_denied',
          param: 'origin',
        });
      }
      const own = await SocketClient.open(url, { origin: url });
      const keyed = await SocketClient.open(url, {
        origin: 'https://app.example',
        headers: { authorization: 'Bearer sk-any' },
      });
      const keyedElse = await SocketClient.open(url, {
        origin: 'https://app.example',
        headers: { 'x-api-key': 'sk-any' },
      });
      await Promise.all([own.close(), keyed.close(), keyedElse.close()]);
    });

    it.each(['/responses', '//v1/responses', '/v1/v1/responses?a=b'])(
      'should be opened at %s too',
      async (path) => {
        const { url } = await start();
        const socket = new WebSocket(url.replace('http', 'ws') + path);
        const opened = new Promise((resolve, reject) => {
          socket.once('open', () => {
            resolve('open');
          });
          socket.once('error', reject);
        });
        await expect(opened).resolves.toBe('open');
        socket.terminate();
      },
    );

    it('should leave a GET without an upgrade as it was', async () => {
      const { url } = await start();
      expectEnvelope(await getJson(`${url}/v1/responses`), {
        status: 405,
        type: 'invalid_request_error',
        code: 'method_not_allowed',
      });
    });

    it.each(['h2c', 'TLS/1.0'])(
      'should leave requests that may upgrade to %s as they were',
      async (upgrade) => {
        const { url } = await start();
        const headers = {
          connection: 'Upgrade, HTTP2-Settings',
          upgrade,
          'http2-settings': 'AAMAAABkAAQAAP__',
        };
        const posted = await postJson(
          `${url}/v1/responses`,
          { model: 'm', input: 'x'.repeat(200_000) },
          headers,
        );
        expect(posted.status).toBe(200);
        checkResponse(posted.body);
        expect((await exchange('GET', `${url}/health/live`, undefined, headers)).status).toBe(200);
      },
    );

    it('should survive a client that leaves within the handshake', async () => {
      const { url } = await start();
      const socket = connect(Number(new URL(url).port), '127.0.0.1');
      socket.write(
        'GET /v1/responses HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n',
      );
      socket.resetAndDestroy();
      expect((await getJson(`${url}/health/live`)).status).toBe(200);
    });
  });

  describe('while it is open', () => {
    it('should be closed by a frame beyond the body limit', async () => {
      const { url } = await start({ BODY_LIMIT_BYTES: '10000' });
      const client = await SocketClient.open(url);
      client.send({ input: 'x'.repeat(10_000) });
      await expect(client.closed).resolves.toMatchObject({ code: 1009 });
    });

    it('should keep a conversation up to the body limit', async () => {
      const { url } = await start({ BODY_LIMIT_BYTES: '10000' });
      const client = await SocketClient.open(url);
      const first = await client.turn({ input: 'x'.repeat(6_000) });
      const refused = await client.turn({
        input: 'y'.repeat(6_000),
        previous_response_id: first.response.id,
      });
      expect(refused.error).toMatchObject({
        status: 413,
        error: { code: 'request_too_large', param: 'previous_response_id' },
      });
      const missing = await client.turn({ input: 'z', previous_response_id: first.response.id });
      expect(missing.error).toMatchObject({ error: { code: 'previous_response_not_found' } });
      await client.close();
    });

    it('should drop a peer that answers no ping', async () => {
      const { url } = await start({ WEBSOCKET_PING_INTERVAL_MS: '50' });
      const client = await SocketClient.open(url, { autoPong: false });
      await expect(client.closed).resolves.toMatchObject({ code: 1006 });
    });

    it(
      'should keep a peer that answers its pings',
      async () => {
        const { url } = await start({ WEBSOCKET_PING_INTERVAL_MS: '500' });
        const client = await SocketClient.open(url);
        for (let ping = 0; ping < 3; ping++)
          await new Promise((resolve) => client.socket.once('ping', resolve));
        expect((await client.turn({ input: 'Hi' })).response).toMatchObject({ status: 'completed' });
        await client.close();
      },
      SLOW,
    );

    it('should send Codex data while the model is silent', async () => {
      const { url } = await start({ KEEP_ALIVE_INTERVAL_MS: '20' });
      const client = await SocketClient.open(url, { headers: { originator: 'codex_exec' } });
      const held = holdBack();
      upstream.reply({ ...say('Hi'), delayHeaders: held.released });
      client.send({ input: 'Hi' });
      expect(await client.next()).toEqual({ type: 'keepalive' });
      held.release();
      const { events } = await client.answer();
      checkLifecycle(events, { allowKeepalive: true });
      await client.close();
    });

    it('should leave nothing of a turn behind on its connection', async () => {
      const { url, app } = await start();
      let connection: Socket | undefined;
      app.getHttpServer().once('connection', (socket: Socket) => (connection = socket));
      const client = await SocketClient.open(url);
      const count = (): number =>
        connection!.eventNames().reduce((sum, name) => sum + connection!.listenerCount(name), 0);
      await client.turn({ input: 'Hi' });
      const before = count();
      for (let turn = 0; turn < 15; turn++) await client.turn(turn % 2 ? '{' : { input: 'Hi' });
      expect(count()).toBe(before);
      await client.close();
    });

    it('should pad deltas when asked to', async () => {
      const { url } = await start();
      const client = await SocketClient.open(url);
      upstream.reply(say('Hello'));
      const { events } = await client.turn({ input: 'Hi', stream_options: { include_obfuscation: true } });
      const delta = events.find(({ type }) => type === 'response.output_text.delta');
      expect(delta).toMatchObject({ obfuscation: expect.any(String) as string });
      await client.close();
    });
  });

  describe('with a client that does not read', () => {
    it(
      'should hold the model server back, and go on when the client does',
      async () => {
        const runs: ResponseRun[] = [];
        const { url } = await start({ WEBSOCKET_PING_INTERVAL_MS: '0' }, [recording(runs)]);
        const client = await SocketClient.open(url);
        const text = 'x'.repeat(65_536);
        let isStalled = false;
        function* pieces() {
          while (!isStalled) yield chatFrames([text], { finish: null, usage: null, done: false }).join('');
          yield chatFrames(['the last one'], { finish: null, usage: null, done: false }).join('');
        }
        upstream.reply({ chunks: toAsync(pieces()), end: 'hang' });
        client.send({ input: 'Hi' });
        expect(await client.next()).toMatchObject({ type: 'response.created' });
        client.socket.pause();
        // The sockets' own buffers are filled first; what counts is that it ends.
        let written = -1;
        for (;;) {
          await until(() => runs.at(-1)!.gate.isClosed);
          const { written: now } = upstream.chats[0]!;
          if (now === written) break;
          written = now;
          await pause(100);
        }
        isStalled = true;
        client.socket.resume();
        for (let frame: Json = {}; frame.delta !== 'the last one';) frame = await client.next();
        client.socket.terminate();
        await upstream.waitForAbort(1);
      },
      SLOW,
    );
  });

  describe('when its time is over', () => {
    const LIMIT = {
      type: 'error',
      status: 400,
      error: { type: 'invalid_request_error', code: 'websocket_connection_limit_reached', param: null },
    };

    it('should say so and be closed', async () => {
      const { url } = await start({ WEBSOCKET_MAX_AGE_MS: '30' });
      const client = await SocketClient.open(url);
      expect(await client.next()).toMatchObject(LIMIT);
      await expect(client.closed).resolves.toMatchObject({ code: 1001 });
    });

    it(
      'should finish its turn first',
      async () => {
        const { url } = await start({ WEBSOCKET_MAX_AGE_MS: '300' });
        const client = await SocketClient.open(url);
        upstream.reply({ ...say('late'), delayHeaders: pause(600) });
        const { events, response } = await client.turn({ input: 'Hi' });
        checkLifecycle(events);
        expect(response).toMatchObject({ output_text: 'late' });
        expect(await client.next()).toMatchObject(LIMIT);
        await expect(client.closed).resolves.toMatchObject({ code: 1001 });
      },
      SLOW,
    );
  });

  describe('when the gateway stops', () => {
    it('should be closed at once when it is idle, and behind its turn when it is not', async () => {
      const { url } = await start({ SHUTDOWN_GRACE_MS: '60000' });
      const idle = await SocketClient.open(url);
      const busy = await SocketClient.open(url);
      const held = holdBack();
      upstream.reply({ ...say('done'), delayHeaders: held.released });
      busy.send({ input: 'Hi' });
      busy.send({ input: 'Too late' });
      await upstream.waitForChat();
      const closed = gateway!.close();
      await expect(idle.closed).resolves.toMatchObject({ code: 1001 });
      const refused = await refusedUpgrade(`${url}/v1/responses`);
      expectEnvelope(refused, { status: 503, type: 'server_error', code: 'server_is_overloaded' });
      expect(refused.headers['retry-after']).toBe('1');
      held.release();
      const { events, response } = await busy.answer();
      checkLifecycle(events);
      expect(response).toMatchObject({ output_text: 'done' });
      await expect(busy.closed).resolves.toMatchObject({ code: 1001 });
      await closed;
      gateway = undefined;
      expect(upstream.chats).toHaveLength(1);
    });

    it('should end turns that take longer than the grace', async () => {
      const { url } = await start({ SHUTDOWN_GRACE_MS: '0' });
      const begun = await SocketClient.open(url);
      const waiting = await SocketClient.open(url);
      upstream.reply({
        chunks: chatFrames(['Hel'], { finish: null, usage: null, done: false }),
        end: 'hang',
      });
      begun.send({ input: 'Hi' });
      const events = [await begun.next()];
      while (events.at(-1)!.type !== 'response.output_text.delta') events.push(await begun.next());
      upstream.reply({ delayHeaders: new Promise(() => undefined) });
      waiting.send({ input: 'Hi' });
      await upstream.waitForChat(2);
      const aborted = upstream.waitForAbort(upstream.aborted + 2);
      await gateway!.close();
      gateway = undefined;
      events.push(...(await begun.answer()).events);
      checkLifecycle(events);
      expect(events.at(-1)).toMatchObject({ type: 'response.failed' });
      expect((await waiting.answer()).error).toMatchObject({
        status: 503,
        error: { code: 'server_is_overloaded' },
      });
      await expect(begun.closed).resolves.toMatchObject({ code: 1001 });
      await expect(waiting.closed).resolves.toMatchObject({ code: 1001 });
      await aborted;
    });

    it(
      'should not wait for a peer that does not answer the close',
      async () => {
        const { url } = await start();
        const client = await SocketClient.open(url);
        client.socket.pause();
        await expect(gateway!.close()).resolves.toBeUndefined();
        gateway = undefined;
        client.socket.terminate();
        await client.closed;
      },
      SLOW,
    );
  });

  describe('with guards and interceptors of a deployer', () => {
    it('should run guards with every turn, on a request like that of a POST', async () => {
      const seen: unknown[] = [];
      @Injectable()
      class ModelGuard implements CanActivate {
        canActivate(context: ExecutionContext): boolean {
          const http = context.switchToHttp();
          const request = http.getRequest<{ body?: Json; url: string; headers: Json; ip: string }>();
          if (!request.body) return true;
          http.getResponse<{ setHeader(name: string, value: string): void }>().setHeader('x-limit', '1');
          seen.push([
            context.getType(),
            requestContextOf(context).caller?.id,
            request.body.model,
            request.url,
            request.ip,
          ]);
          if (request.body.model === 'secret') throw new ForbiddenException('Not this model.');
          return request.body.model !== 'closed';
        }
      }
      @Module({ providers: [{ provide: APP_GUARD, useClass: ModelGuard }] })
      class GuardModule {}
      const { url } = await start({}, [GuardModule]);
      const client = await SocketClient.open(url);
      checkLifecycle((await client.turn({ input: 'Hi' })).events);
      for (const model of ['secret', 'closed']) {
        const { error } = await client.turn({ input: 'Hi', model });
        expect(error).toMatchObject({ status: 403, error: { type: 'permission_error' } });
      }
      expect(seen).toEqual(
        ['test-model', 'secret', 'closed'].map((model) => [
          'http',
          'anonymous',
          model,
          '/v1/responses',
          '127.0.0.1',
        ]),
      );
      expect(upstream.chats).toHaveLength(1);
      await client.close();
    });

    it('should make request-scoped guards anew for each turn', async () => {
      let made = 0;
      @Injectable({ scope: Scope.REQUEST })
      class ScopedGuard implements CanActivate {
        private readonly number = ++made;

        canActivate(context: ExecutionContext): boolean {
          const { body } = context.switchToHttp().getRequest<{ body?: Json }>();
          return !body || (this.number === made && body.model !== 'closed');
        }
      }
      @Module({ providers: [{ provide: APP_GUARD, useClass: ScopedGuard }] })
      class GuardModule {}
      const { url } = await start({}, [GuardModule]);
      const client = await SocketClient.open(url);
      const before = made;
      const first = await client.turn({ input: 'Hi' });
      checkLifecycle(first.events);
      checkLifecycle((await client.turn({ input: 'Hi', previous_response_id: first.response.id })).events);
      expect((await client.turn({ input: 'Hi', model: 'closed' })).error).toMatchObject({ status: 403 });
      expect(made).toBe(before + 3);
      await client.close();
    });

    it('should show interceptors single events', async () => {
      const seen: string[] = [];
      const { url } = await start({}, [observing(({ type }) => seen.push(type))]);
      const client = await SocketClient.open(url);
      upstream.reply(say('hello'));
      const { events } = await client.turn({ input: 'Hi' });
      expect(events.map(({ sequence_number: number }) => number)).toEqual([...events.keys()]);
      expect(seen).toEqual(events.map(({ type }) => type));
      await client.close();
    });

    it('should say so when an interceptor throws', async () => {
      let at = 'response.created';
      const { url } = await start({}, [
        observing(({ type }) => {
          if (type === at) throw new Error('Spoiled.');
        }),
      ]);
      const client = await SocketClient.open(url);
      expect((await client.turn({ input: 'Hi' })).error).toMatchObject({ status: 500 });
      at = 'response.output_text.delta';
      const { events } = await client.turn({ input: 'Hi' });
      expect(events.slice(-2)).toMatchObject([{ type: 'error' }, { type: 'response.failed' }]);
      await client.close();
    });
  });
});

function observing(next: (event: ResponseEvent) => void) {
  @Injectable()
  class Observing implements NestInterceptor {
    intercept(_context: ExecutionContext, next_: CallHandler): Observable<unknown> {
      return next_.handle().pipe(tapEvents({ next }));
    }
  }
  @Module({ providers: [{ provide: APP_INTERCEPTOR, useClass: Observing }] })
  class ObservingModule {}
  return ObservingModule;
}

/** A module whose interceptor notes the runs it sees. */
function recording(runs: ResponseRun[]) {
  @Injectable()
  class Recorder implements NestInterceptor<ResponseRun, ResponseRun> {
    intercept(_context: ExecutionContext, next: CallHandler<ResponseRun>): Observable<ResponseRun> {
      return next.handle().pipe(tap((run) => runs.push(run)));
    }
  }
  @Module({ providers: [{ provide: APP_INTERCEPTOR, useClass: Recorder }] })
  class RecorderModule {}
  return RecorderModule;
}

function holdBack(): { released: Promise<void>; release: () => void } {
  let release = (): void => undefined;
  const released = new Promise<void>((resolve) => {
    release = resolve;
  });
  return { released, release };
}

function pause(milliseconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, milliseconds));
}

async function until(isSo: () => boolean): Promise<void> {
  while (!isSo()) await pause(5);
}

async function* toAsync<T>(values: Iterable<T>): AsyncGenerator<T> {
  for (const value of values) yield await Promise.resolve(value);
}
