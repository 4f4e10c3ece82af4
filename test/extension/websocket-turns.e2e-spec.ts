import { jest } from '@jest/globals';
import {
  type ArgumentsHost,
  type CallHandler,
  type CanActivate,
  Catch,
  type DynamicModule,
  type ExceptionFilter,
  type ExecutionContext,
  Injectable,
  type MiddlewareConsumer,
  Module,
  type NestInterceptor,
  type PipeTransform,
  type Provider,
  type Type,
} from '@nestjs/common';
import { APP_FILTER, APP_GUARD, APP_INTERCEPTOR, APP_PIPE } from '@nestjs/core';
import type { NextFunction, Request, Response } from 'express';
import type { Observable } from 'rxjs';
import { AuthStrategy, type AuthRequest } from '../../src/auth/auth-strategy.js';
import { GatewayError } from '../../src/errors/gateway-error.js';
import { requestContextOf } from '../../src/request/current-request.decorator.js';
import type { Caller } from '../../src/request/request-context.js';
import { CallObservers } from '../../src/request/call-observers.service.js';
import { tapEvents } from '../../src/responses/run/tap-events.js';
import { ResponsesController } from '../../src/responses/responses.controller.js';
import { createTestApp, type TestApp, type TestAppOptions } from '../support/create-test-app.js';
import { chatFrames, chatStream, type FakeUpstream, startFakeUpstream } from '../support/fake-upstream.js';
import { postJson, postStream } from '../support/http-client.js';
import type { Json } from '../support/json.js';
import { checkLifecycle } from '../support/lifecycle-oracle.js';
import { SocketClient } from '../support/ws-client.js';

const STREAM = { model: 'test-model', input: 'Hi', stream: true };
const KEY = { authorization: 'Bearer a-key' };

let upstream: FakeUpstream;
let gateway: TestApp;
let client: SocketClient;

beforeEach(async () => {
  upstream = await startFakeUpstream(() => ({ body: chatStream(['po', 'ng']) }));
});
afterEach(async () => {
  client.socket.terminate();
  await gateway.close();
  await upstream.close();
});

async function start(
  extensions: (Type | DynamicModule)[],
  headers: Record<string, string> = {},
  options: TestAppOptions = {},
): Promise<void> {
  const environment = { UPSTREAM_BASE_URL: upstream.url };
  gateway = await createTestApp({ extensions, environment, ...options });
  client = await SocketClient.open(gateway.url, { headers });
}

const extension = (...providers: Provider[]): DynamicModule => {
  @Module({})
  class DeployersModule {}
  return { module: DeployersModule, providers };
};

const post = (headers: Record<string, string> = {}) =>
  postStream(`${gateway.url}/v1/responses`, STREAM, headers);

/** What is the same for a POST and a turn. */
function describeRequest(context: ExecutionContext): Json {
  const request = context.switchToHttp().getRequest<Request<object, unknown, unknown>>();
  const { method, url, originalUrl, path, ip, headers, body } = request;
  const { authorization, 'content-type': type } = headers;
  return {
    type: context.getType(),
    handler: context.getHandler().name,
    caller: requestContextOf(context).caller?.id,
    ...{ method, url, originalUrl, path, ip, authorization, contentType: type, body },
  };
}

describe('an interceptor for the responses controller', () => {
  const seen: unknown[] = [];

  @Injectable()
  class Observer implements NestInterceptor {
    intercept(context: ExecutionContext, next: CallHandler): Observable<unknown> {
      if (context.getClass() !== ResponsesController) return next.handle();
      seen.push(describeRequest(context));
      return next.handle().pipe(tapEvents({ next: ({ type }) => seen.push(type) }));
    }
  }

  beforeEach(async () => {
    seen.length = 0;
    await start([extension({ provide: APP_INTERCEPTOR, useClass: Observer })], KEY);
  });

  it('should see of a turn what it sees of a POST', async () => {
    await post(KEY);
    const posted = [...seen];
    expect(posted[0]).toMatchObject({ method: 'POST', path: '/v1/responses', handler: 'create' });
    expect(posted).toContain('response.output_text.delta');
    seen.length = 0;
    const { events } = await client.turn({ input: 'Hi' });
    checkLifecycle(events);
    expect(seen).toEqual(posted);
  });

  it('should see of a turn that continues another what a POST would bring', async () => {
    const first = await client.turn({ input: 'Hi' });
    seen.length = 0;
    const second = await client.turn({ input: 'More', previous_response_id: first.response.id });
    expect(second.response).toMatchObject({ previous_response_id: first.response.id });
    expect(seen[0]).toMatchObject({
      body: { input: 'More', previous_response_id: first.response.id },
    });
  });
});

describe('a guard for the responses controller', () => {
  @Injectable()
  class Quota implements CanActivate {
    canActivate(context: ExecutionContext): boolean {
      if (context.getClass() !== ResponsesController) return true;
      const { method, headers } = context.switchToHttp().getRequest<Request>();
      if (headers['x-quota'] === 'none') {
        throw new GatewayError('rate_limit_exceeded', { message: `No ${method} today.`, retryAfter: 3600 });
      }
      return headers['x-quota'] !== 'false';
    }
  }
  const quota = extension({ provide: APP_GUARD, useClass: Quota });

  it('should refuse a turn with what it answers a POST', async () => {
    await start([quota], { 'x-quota': 'none' });
    const refused = await postJson(`${gateway.url}/v1/responses`, STREAM, { 'x-quota': 'none' });
    expect(refused).toMatchObject({ status: 429, headers: { 'retry-after': '3600' } });
    const { error } = await client.turn({ input: 'Hi' });
    expect(error).toEqual({
      type: 'error',
      status: 429,
      ...(refused.body as Json),
      headers: { 'x-request-id': expect.stringMatching(/^req_/) as string, 'retry-after': '3600' },
    });
    expect(upstream.requests).toHaveLength(0);
  });

  it('should refuse a turn by returning false, and let others pass', async () => {
    await start([quota], { 'x-quota': 'false' });
    expect((await client.turn({ input: 'Hi' })).error).toMatchObject({
      status: 403,
      error: { code: 'permission_denied' },
    });
    const other = await SocketClient.open(gateway.url);
    checkLifecycle((await other.turn({ input: 'Hi' })).events);
    await other.close();
  });
});

it('should ask the auth strategy with each turn: a key that is revoked stops working', async () => {
  const keys = new Set(['Bearer a-key']);
  @Injectable()
  class Revocable extends AuthStrategy {
    override authenticate({ authorization = '' }: AuthRequest): Caller {
      if (!keys.has(authorization)) throw new GatewayError('invalid_api_key');
      return { id: 'somebody' };
    }
  }
  @Module({ providers: [{ provide: AuthStrategy, useClass: Revocable }], exports: [AuthStrategy] })
  class RevocableModule {}
  await start([RevocableModule], KEY);
  const { events, response } = await client.turn({ input: 'Hi' });
  checkLifecycle(events);
  keys.clear();
  const { error } = await client.turn({ input: 'Hi', previous_response_id: response.id });
  expect(error).toMatchObject({ status: 401, error: { code: 'invalid_api_key' } });
  expect(upstream.chats).toHaveLength(1);
});

describe('middleware, pipes and filters of a deployer', () => {
  class Teapot extends Error {}

  @Catch(Teapot)
  class TeapotFilter implements ExceptionFilter {
    catch({ message }: Teapot, host: ArgumentsHost): void {
      const response = host.switchToHttp().getResponse<Response>();
      if (message === 'plain') response.status(418).send('short and stout');
      else if (message === 'empty') response.status(404).end();
      else if (message === 'nest') response.status(403).json({ statusCode: 403, message: 'Not you.' });
      else if (message === 'gone') response.destroy();
      else
        response
          .status(418)
          .setHeader('retry-after', '5')
          .json({ error: { code: 'teapot', message } });
    }
  }
  @Injectable()
  class TeapotPipe implements PipeTransform {
    transform(value: unknown): unknown {
      const teapot = (value as Json | undefined)?.teapot;
      if (typeof teapot === 'string') throw new Teapot(teapot);
      return value;
    }
  }
  const seen: string[] = [];
  @Module({
    providers: [
      { provide: APP_FILTER, useClass: TeapotFilter },
      { provide: APP_PIPE, useClass: TeapotPipe },
    ],
  })
  class TeapotModule {
    configure(consumer: MiddlewareConsumer): void {
      const note = ({ method, body }: Request, _response: unknown, next: NextFunction): void => {
        seen.push(method);
        if ((body as Json | undefined)?.teapot === 'middleware') throw new Teapot('early');
        next();
      };
      consumer.apply(note).forRoutes('v1/responses');
    }
  }

  beforeEach(async () => {
    seen.length = 0;
    await start([TeapotModule], {}, { answersItsOwnWay: true });
  });

  it('should act on turns', async () => {
    checkLifecycle((await client.turn({ input: 'Hi' })).events);
    expect(seen).toEqual(['GET', 'POST']);
    expect((await client.turn({ input: 'Hi', teapot: 'full' })).error).toEqual({
      type: 'error',
      status: 418,
      error: { code: 'teapot', message: 'full' },
      headers: { 'x-request-id': expect.stringMatching(/^req_/) as string, 'retry-after': '5' },
    });
    expect((await client.turn({ input: 'Hi', teapot: 'middleware' })).error).toMatchObject({ status: 418 });
    checkLifecycle((await client.turn({ input: 'Hi' })).events);
    expect(upstream.chats).toHaveLength(2);
  });

  it.each([
    ['a text', 'plain', 418, 'invalid_request', 'short and stout'],
    ['nothing', 'empty', 404, 'not_found', 'Not Found'],
    ["an error in Nest's form", 'nest', 403, 'permission_denied', 'Not you.'],
    ['an answer that is cut', 'gone', 500, 'server_error', expect.any(String) as string],
  ])(
    'should end a turn with an error frame of their status: %s',
    async (_what, teapot, status, code, message) => {
      const { error } = await client.turn({ input: 'Hi', teapot });
      expect(error).toMatchObject({ status, error: { code, message } });
      checkLifecycle((await client.turn({ input: 'Hi' })).events);
    },
  );
});

describe('the log', () => {
  it('should have a line for each turn, with an id, a status and an outcome of its own', async () => {
    await start([], { 'x-request-id': 'req_upgrade' });
    const write = jest.spyOn(gateway.app.get(CallObservers), 'ended');
    checkLifecycle((await client.turn({ input: 'Hi' })).events);
    const missing = await client.turn({ input: 'Hi', previous_response_id: 'resp_0' });
    const broken = await client.turn('{');
    upstream.reply({ chunks: chatFrames(['po'], { finish: null, usage: null, done: false }), end: 'hang' });
    client.send({ input: 'Hi' });
    while ((await client.next()).type !== 'response.output_text.delta');
    client.socket.terminate();
    await upstream.waitForAbort();
    while (write.mock.calls.length < 5) await new Promise((resolve) => setImmediate(resolve));
    const lines = write.mock.calls.map(([{ id, report }, { method, path, status }]) => ({
      ...{ method, path, status, id, outcome: report.outcome, transport: report.transport },
    }));
    const turn = { method: 'POST', path: '/v1/responses', transport: 'websocket' };
    const idOf = ({ error }: { error?: Json }) => (error?.headers as Json)['x-request-id'];
    const turns = lines.filter(({ method }) => method === 'POST');
    expect(turns).toMatchObject([
      { ...turn, status: 200, outcome: 'completed' },
      { ...turn, status: 400, outcome: 'previous_response_not_found', id: idOf(missing) },
      { ...turn, status: 400, outcome: 'invalid_json', id: idOf(broken) },
      { ...turn, status: 499 },
    ]);
    expect(new Set(turns.map(({ id }) => id)).size).toBe(4);
    expect(lines.filter(({ method }) => method === 'GET')).toMatchObject([
      { status: 101, id: 'req_upgrade' },
    ]);
  });
});
