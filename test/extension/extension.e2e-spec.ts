import {
  type CallHandler,
  type CanActivate,
  Controller,
  type DynamicModule,
  type ExecutionContext,
  Get,
  Inject,
  Injectable,
  Module,
  type NestInterceptor,
  type Type,
} from '@nestjs/common';
import { APP_GUARD, APP_INTERCEPTOR } from '@nestjs/core';
import { concat, delay, map, type Observable, NEVER, of, take, tap, throwError } from 'rxjs';
import { AuthStrategy, type AuthRequest } from '../../src/auth/auth-strategy.js';
import { CurrentCaller } from '../../src/auth/caller.decorator.js';
import type { RequestContext, Caller } from '../../src/request/request-context.js';
import type { ResponseRun } from '../../src/responses/run/response-run.js';
import { tapEvents } from '../../src/responses/run/tap-events.js';
import type { ChatCompletion, ChatModel, ChatRequest } from '../../src/contracts/chat-completions.js';
import type { ResponseEvent } from '../../src/contracts/response-events.js';
import { GatewayError } from '../../src/errors/gateway-error.js';
import { requestContextOf } from '../../src/request/current-request.decorator.js';
import { IdGenerator, type IdPrefix } from '../../src/ids/id-generator.js';
import {
  ToolParser,
  type ToolParserFamily,
  type ToolTextParser,
} from '../../src/tool-parsers/tool-parser.decorator.js';
import type { Segment } from '../../src/translation/vocabulary/segment.js';
import {
  type OpenOptions,
  type UpstreamAnswer,
  UpstreamClient,
} from '../../src/upstreams/upstream.client.js';
import { createTestApp, type TestApp, type TestAppOptions } from '../support/create-test-app.js';
import { expectEnvelope } from '../support/error-envelope.js';
import {
  chatFrames,
  chatStream,
  completion,
  type FakeUpstream,
  startFakeUpstream,
} from '../support/fake-upstream.js';
import { getJson, openStream, postJson, postStream } from '../support/http-client.js';
import { checkLifecycle, checkResponse } from '../support/lifecycle-oracle.js';
import { SocketClient } from '../support/ws-client.js';

const TURN = { model: 'test-model', input: 'Hi' };
const STREAM = { ...TURN, stream: true };

let upstream: FakeUpstream;
let gateways: TestApp[] = [];

async function startGateway(
  extensions: (Type | DynamicModule)[],
  environment: Record<string, string> = {},
  options: TestAppOptions = {},
): Promise<string> {
  const gateway = await createTestApp({
    extensions,
    environment: { UPSTREAM_BASE_URL: upstream.url, ...environment },
    ...options,
  });
  gateways.push(gateway);
  return gateway.url;
}

beforeEach(async () => {
  upstream = await startFakeUpstream(({ path, body }) => {
    if (!path.endsWith('/chat/completions')) return undefined;
    const { stream } = body as { stream?: boolean };
    return { body: stream ? chatStream(['po', 'ng']) : completion({ content: 'pong' }) };
  });
});
afterEach(async () => {
  await Promise.all(gateways.map((gateway) => gateway.close()));
  gateways = [];
  await upstream.close();
});

describe('an extension that replaces AuthStrategy', () => {
  @Injectable()
  class Teams {
    readonly names = ['red', 'blue'];
  }

  @Injectable()
  class TeamStrategy extends AuthStrategy {
    constructor(@Inject(Teams) private readonly teams: Teams) {
      super();
    }

    override async authenticate(request: AuthRequest): Promise<Caller> {
      await Promise.resolve();
      const team = request.header('x-team') ?? '';
      if (team === '') throw new GatewayError('missing_api_key', { message: 'Say your team.' });
      if (!this.teams.names.includes(team)) throw new GatewayError('permission_denied');
      return { id: `team-${team}` };
    }
  }

  @Controller('whoami')
  class WhoController {
    @Get()
    who(@CurrentCaller() caller: Caller | null): Caller | null {
      return caller;
    }
  }

  @Module({
    controllers: [WhoController],
    providers: [Teams, { provide: AuthStrategy, useClass: TeamStrategy }],
    exports: [AuthStrategy],
  })
  class TeamModule {}

  it('should decide who may call, instead of the keys', async () => {
    const url = await startGateway([TeamModule], { API_KEYS: 'a-key' });
    const ask = (headers: Record<string, string>) => postJson(`${url}/v1/responses`, TURN, headers);
    expectEnvelope(await ask({ authorization: 'Bearer a-key' }), {
      status: 401,
      type: 'authentication_error',
      code: 'missing_api_key',
      message: 'Say your team.',
    });
    expectEnvelope(await ask({ 'x-team': 'green' }), {
      status: 403,
      type: 'permission_error',
      code: 'permission_denied',
    });
    expect((await ask({ 'x-team': 'red' })).status).toBe(200);
    expect((await getJson(`${url}/health/live`)).status).toBe(200);
  });

  it('should guard the routes of extensions too, and tell them who calls', async () => {
    const url = await startGateway([TeamModule]);
    expect((await getJson(`${url}/whoami`)).status).toBe(401);
    expect((await getJson(`${url}/whoami`, { 'x-team': 'blue' })).body).toEqual({ id: 'team-blue' });
  });
});

describe('an extension that replaces UpstreamClient', () => {
  interface Script {
    open: (request: ChatRequest, options: OpenOptions) => Observable<Observable<ChatCompletion>>;
    ready?: boolean;
  }
  const chunk = (text: string, finish?: string): ChatCompletion => ({
    choices: [{ index: 0, delta: { content: text }, ...(finish && { finish_reason: finish }) }],
  });

  function scripted(script: Script): DynamicModule {
    @Injectable()
    class ScriptedClient extends UpstreamClient {
      override readonly name = 'scripted';
      override open(request: ChatRequest, options: OpenOptions): Observable<UpstreamAnswer> {
        return script.open(request, options).pipe(map((chunks) => ({ upstream: 'scripted', chunks })));
      }
      override listModels(): Promise<ChatModel[]> {
        return Promise.resolve([{ id: 'scripted-model', object: 'model', created: 1, owned_by: 'me' }]);
      }
      override isReady(): Promise<boolean> {
        return Promise.resolve(script.ready ?? true);
      }
    }
    @Module({})
    class ScriptedModule {}
    return {
      module: ScriptedModule,
      providers: [{ provide: UpstreamClient, useClass: ScriptedClient }],
      exports: [UpstreamClient],
    };
  }

  it('should answer every request in its place', async () => {
    const requests: ChatRequest[] = [];
    const url = await startGateway([
      scripted({
        open: (request) => {
          requests.push(request);
          return of(of(chunk('po'), chunk('ng', 'stop')));
        },
      }),
    ]);
    const streamed = await postStream(`${url}/v1/responses`, { ...STREAM, model: 'default' });
    checkLifecycle(streamed.events);
    expect(streamed.done).toBe(true);
    const whole = await postJson(`${url}/v1/responses`, { ...TURN, model: 'default' });
    checkResponse(whole.body);
    expect(whole.body).toMatchObject({ model: 'scripted-model', output_text: 'pong' });
    expect(requests.map(({ model, stream }) => [model, stream])).toEqual([
      ['scripted-model', true],
      ['scripted-model', undefined],
    ]);
    expect((await getJson(`${url}/v1/models`)).body).toMatchObject({ data: [{ id: 'scripted-model' }] });
    expect((await getJson(`${url}/health/ready`)).status).toBe(200);
    expect(upstream.requests).toHaveLength(0);
  });

  it('should say whether it is ready', async () => {
    const url = await startGateway([scripted({ open: () => NEVER, ready: false })]);
    expect((await getJson(`${url}/health/ready`)).status).toBe(503);
  });

  it.each([
    [
      'a gateway error',
      new GatewayError('rate_limit_exceeded', { retryAfter: 9 }),
      429,
      'rate_limit_exceeded',
    ],
    ['any other error', new Error('secret'), 500, 'server_error'],
  ])('should fail before the answer with %s', async (_what, error, status, code) => {
    const url = await startGateway([scripted({ open: () => throwError(() => error) })]);
    for (const body of [TURN, STREAM]) {
      const answer = await postJson(`${url}/v1/responses`, body);
      expect([answer.status, (answer.body as { error: { code: string } }).error.code]).toEqual([
        status,
        code,
      ]);
      expect(answer.headers['retry-after']).toBe(status === 429 ? '9' : undefined);
      expect(answer.raw).not.toContain('secret');
    }
  });

  it('should be told from one that gives no answer at all', async () => {
    const url = await startGateway([scripted({ open: () => of() })]);
    for (const body of [TURN, STREAM]) {
      expectEnvelope(await postJson(`${url}/v1/responses`, body), {
        status: 502,
        type: 'server_error',
        code: 'upstream_protocol_error',
      });
    }
  });

  it('should have its own way of reading errors in mid-answer', async () => {
    const url = await startGateway([
      scripted({
        open: () =>
          of(
            concat(
              of(chunk('po')),
              throwError(
                () => new GatewayError('rate_limit_exceeded', { message: 'Read by the extension.' }),
              ),
            ),
          ),
      }),
    ]);
    const { events } = await postStream(`${url}/v1/responses`, STREAM);
    checkLifecycle(events);
    expect(events.at(-2)).toMatchObject({ type: 'error', message: 'Read by the extension.' });
  });

  it.each(['ends', 'leaves'])('should find its signal aborted when the answer %s', async (how) => {
    let aborted: () => void = () => undefined;
    const isAborted = new Promise<void>((resolve) => (aborted = resolve));
    const ids: unknown[] = [];
    const url = await startGateway([
      scripted({
        open: (_request, { signal, requestId }) => {
          ids.push(requestId, signal.aborted);
          signal.addEventListener('abort', () => {
            aborted();
          });
          return of(how === 'ends' ? of(chunk('po', 'stop')) : NEVER);
        },
      }),
    ]);
    const stream = await openStream(`${url}/v1/responses`, STREAM, { 'x-request-id': 'req-1' });
    if (how === 'ends') checkLifecycle(await stream.rest());
    else stream.destroy();
    await expect(isAborted).resolves.toBeUndefined();
    expect(ids).toEqual(['req-1', false]);
  });

  it('should be unsubscribed from when the client leaves', async () => {
    let leave: () => void = () => undefined;
    const left = new Promise<void>((resolve) => (leave = resolve));
    const inner = NEVER.pipe(tap({ unsubscribe: leave }));
    const url = await startGateway([scripted({ open: () => of(inner) })]);
    const stream = await openStream(`${url}/v1/responses`, STREAM);
    stream.destroy();
    await expect(left).resolves.toBeUndefined();
  });
});

describe('an extension that replaces IdGenerator', () => {
  @Injectable()
  class CountingIds extends IdGenerator {
    private last = 0;
    override next(prefix: IdPrefix): string {
      return `${prefix}_${++this.last}`;
    }
  }
  @Module({ providers: [{ provide: IdGenerator, useClass: CountingIds }], exports: [IdGenerator] })
  class CountingModule {}

  it('should give every id', async () => {
    const url = await startGateway([CountingModule]);
    const { headers, events } = await postStream(`${url}/v1/responses`, STREAM);
    checkLifecycle(events);
    expect(headers['x-request-id']).toBe('req_1');
    expect(events.at(-1)).toMatchObject({ response: { id: 'resp_2', output: [{ id: 'msg_3' }] } });
  });
});

describe('an extension that adds a guard', () => {
  const seen: (Caller | null)[] = [];

  @Injectable()
  class QuotaGuard implements CanActivate {
    canActivate(execution: ExecutionContext): boolean {
      const context = requestContextOf(execution);
      seen.push(context.caller);
      if (context.header('x-quota') === 'none') {
        throw new GatewayError('rate_limit_exceeded', { message: 'No tokens left today.', retryAfter: 3600 });
      }
      return context.header('x-quota') !== 'false';
    }
  }
  @Module({ providers: [{ provide: APP_GUARD, useClass: QuotaGuard }] })
  class QuotaModule {}

  beforeEach(() => {
    seen.length = 0;
  });

  it('should refuse in the envelope, before the upstream is asked', async () => {
    const url = await startGateway([QuotaModule]);
    for (const body of [TURN, STREAM]) {
      const answer = await postJson(`${url}/v1/responses`, body, { 'x-quota': 'none' });
      expectEnvelope(answer, {
        status: 429,
        type: 'rate_limit_error',
        code: 'rate_limit_exceeded',
        message: 'No tokens left today.',
      });
      expect(answer.headers['retry-after']).toBe('3600');
    }
    const denied = await postJson(`${url}/v1/responses`, TURN, { 'x-quota': 'false' });
    expectEnvelope(denied, { status: 403, type: 'permission_error', code: 'permission_denied' });
    expect(upstream.requests).toHaveLength(0);
    expect((await postJson(`${url}/v1/responses`, TURN)).status).toBe(200);
  });

  it('should know who calls, and never see one who may not', async () => {
    const url = await startGateway([QuotaModule], { API_KEYS: 'a-key' });
    expect((await postJson(`${url}/v1/responses`, TURN)).status).toBe(401);
    expect(seen).toEqual([]);
    await postJson(`${url}/v1/responses`, TURN, { authorization: 'Bearer a-key' });
    expect(seen).toEqual([
      {
        id: expect.stringMatching(/^key-[0-9a-f]{8}$/) as string,
        tenant: expect.stringMatching(/^[0-9a-f]{32}$/) as string,
      },
    ]);
  });
});

describe('an extension that adds an interceptor', () => {
  type Step = (runs: Observable<ResponseRun>, context: RequestContext) => Observable<unknown>;

  function intercepting(step: Step): DynamicModule {
    @Injectable()
    class StepInterceptor implements NestInterceptor {
      intercept(context: ExecutionContext, next: CallHandler<ResponseRun>): Observable<unknown> {
        return step(next.handle(), requestContextOf(context));
      }
    }
    @Module({})
    class StepModule {}
    return { module: StepModule, providers: [{ provide: APP_INTERCEPTOR, useClass: StepInterceptor }] };
  }
  const observing = (next: (event: ResponseEvent) => void): DynamicModule =>
    intercepting(tapEvents({ next }));
  const numbers = (events: readonly { sequence_number: number }[]): number[] =>
    events.map(({ sequence_number }) => sequence_number);
  const isDelta = ({ type }: ResponseEvent): boolean => type === 'response.output_text.delta';

  it.each<[string, (see: (event: ResponseEvent) => void) => Step]>([
    ['with tapEvents', (next) => tapEvents({ next })],
    ['as an Observable', (see) => tap((run) => run.events.subscribe(see))],
  ])('should see every single event, of a stream and of a whole answer: %s', async (_how, observe) => {
    const seen: string[] = [];
    const url = await startGateway([intercepting(observe(({ type }) => seen.push(type)))]);
    const { events } = await postStream(`${url}/v1/responses`, STREAM);
    checkLifecycle(events);
    expect(seen).toEqual(events.map(({ type }) => type));
    expect(seen.filter((type) => type.endsWith('.delta'))).toHaveLength(2);
    seen.length = 0;
    checkResponse((await postJson(`${url}/v1/responses`, TURN)).body);
    expect(seen.at(0)).toBe('response.created');
    expect(seen.at(-1)).toBe('response.completed');
  });

  it('should see an event before the next one is made', async () => {
    let tell: () => void = () => undefined;
    const told = new Promise<void>((resolve) => (tell = resolve));
    async function* slowly(): AsyncGenerator<string> {
      yield chatFrames(['po'], { finish: null, usage: null, done: false }).join('');
      await told;
      yield chatStream(['ng']);
    }
    upstream.reply({ chunks: slowly() });
    const url = await startGateway([
      observing((event) => {
        if (isDelta(event)) tell();
      }),
    ]);
    const { events } = await postStream(`${url}/v1/responses`, STREAM);
    checkLifecycle(events);
    expect(events.at(-1)).toMatchObject({ response: { output_text: 'pong' } });
  });

  it('should see every event where it takes its time before it hands the run on', async () => {
    const seen: string[] = [];
    const url = await startGateway([
      intercepting((runs) => runs.pipe(delay(30), tapEvents({ next: ({ type }) => seen.push(type) }))),
    ]);
    const { events } = await postStream(`${url}/v1/responses`, STREAM);
    checkLifecycle(events);
    expect(seen).toEqual(events.map(({ type }) => type));
  });

  it('should hear of the end, once, whatever ends it', async () => {
    const heard: string[] = [];
    let tell: () => void = () => undefined;
    const url = await startGateway([
      intercepting(
        tapEvents({
          complete: () => heard.push('complete'),
          finalize: () => {
            heard.push('finalize');
            tell();
          },
        }),
      ),
    ]);
    await postStream(`${url}/v1/responses`, STREAM);
    await postJson(`${url}/v1/responses`, TURN);
    expect(heard).toEqual(['complete', 'finalize', 'complete', 'finalize']);
    heard.length = 0;
    const finalized = new Promise<void>((resolve) => (tell = resolve));
    upstream.reply({ chunks: chatFrames(['po'], { finish: null, usage: null, done: false }), end: 'hang' });
    const stream = await openStream(`${url}/v1/responses`, STREAM);
    stream.destroy();
    await finalized;
    expect(heard).toEqual(['finalize']);
  });

  it('should abort the model server when it keeps the run to itself', async () => {
    upstream.reply({ chunks: chatFrames(['po'], { finish: null, usage: null, done: false }), end: 'hang' });
    const url = await startGateway(
      [intercepting(map(() => ({ instead: true })))],
      {},
      { answersItsOwnWay: true },
    );
    expect((await postJson(`${url}/v1/responses`, STREAM)).body).toEqual({ instead: true });
    await expect(upstream.waitForAbort()).resolves.toBeUndefined();
  });

  it.each<[string, Step, number, string]>([
    [
      'instead of asking',
      () => throwError(() => new GatewayError('permission_denied')),
      403,
      'permission_denied',
    ],
    [
      'when it gets the run',
      tap(() => {
        throw new GatewayError('conflict');
      }),
      409,
      'conflict',
    ],
    [
      'at the first event',
      tapEvents({
        next: () => {
          throw new GatewayError('conflict');
        },
      }),
      409,
      'conflict',
    ],
    [
      'any error at the first event',
      tapEvents({
        next: () => {
          throw new Error('secret');
        },
      }),
      500,
      'server_error',
    ],
  ])('should answer an HTTP error when it throws %s', async (_when, step, status, code) => {
    const url = await startGateway([intercepting(step)]);
    for (const body of [TURN, STREAM]) {
      const answer = await postJson(`${url}/v1/responses`, body);
      expect(answer.headers['content-type']).toMatch(/^application\/json/);
      expect([answer.status, (answer.body as { error: { code: string } }).error.code]).toEqual([
        status,
        code,
      ]);
      expect(answer.raw).not.toContain('secret');
    }
  });

  describe('that throws in mid-answer', () => {
    const throwing = (error: Error): DynamicModule =>
      observing((event) => {
        if (isDelta(event)) throw error;
      });
    const held = {
      chunks: chatFrames(['po'], { finish: null, usage: null, done: false }),
      end: 'hang' as const,
    };

    it.each([
      [
        'a gateway error',
        new GatewayError('rate_limit_exceeded', { message: 'Enough.' }),
        'rate_limit_exceeded',
      ],
      ['any other error', new Error('secret'), 'server_error'],
    ])('should end the stream with error and response.failed for %s', async (_what, error, code) => {
      upstream.reply(held);
      const url = await startGateway([throwing(error)]);
      const { events, done, raw } = await postStream(`${url}/v1/responses`, STREAM);
      // The delta it threw at is not sent, but the text counts it: only the wire order is the gateway's here.
      expect(numbers(events)).toEqual(events.map((_, index) => index));
      expect(events.at(-2)).toMatchObject({ type: 'error', code });
      expect(events.at(-1)).toMatchObject({ type: 'response.failed', response: { error: { code } } });
      expect(done).toBe(true);
      expect(raw).not.toContain('secret');
      await upstream.waitForAbort();
    });

    it('should show the failure to other observers, and to the client also where these throw at it', async () => {
      upstream.reply(held);
      const seen: string[] = [];
      const url = await startGateway([
        throwing(new GatewayError('conflict')),
        observing(({ type }) => {
          if (type === 'error') throw new Error('secret');
        }),
        observing(({ type }) => seen.push(type)),
      ]);
      const { events, done } = await postStream(`${url}/v1/responses`, STREAM);
      expect(events.slice(-2)).toMatchObject([
        { type: 'error', error: { type: 'conflict_error' } },
        { type: 'response.failed' },
      ]);
      expect(done).toBe(true);
      expect(seen.at(-1)).toBe('response.failed');
    });

    it('should answer an HTTP error where a whole answer was asked for', async () => {
      const url = await startGateway([
        observing((event) => {
          if (event.type === 'response.output_item.done') throw new GatewayError('conflict');
        }),
      ]);
      expectEnvelope(await postJson(`${url}/v1/responses`, TURN), {
        status: 409,
        type: 'conflict_error',
        code: 'conflict',
      });
    });
  });

  it.each<[string, (event: ResponseEvent) => void]>([
    ['a delta that cannot be written', (event) => isDelta(event) && Object.assign(event, { delta: 1n })],
    [
      'an end that cannot be written',
      (event) => event.type === 'response.completed' && Object.assign(event.response, { model: 1n }),
    ],
  ])('should end its own answer, and no other, by making of it %s', async (_what, change) => {
    const url = await startGateway([observing(change)], {}, { answersItsOwnWay: true });
    const { events, raw } = await postStream(`${url}/v1/responses`, STREAM);
    expect(events.filter(({ type }) => /^response\.(completed|incomplete|failed)$/.test(type))).toHaveLength(
      1,
    );
    expect(raw).not.toContain('BigInt');
    const whole = await postJson(`${url}/v1/responses`, TURN);
    expect([200, 500]).toContain(whole.status);
    expect(whole.raw).not.toContain('BigInt');
    const socket = await SocketClient.open(url);
    socket.send({ input: 'Hi' });
    let frame = await socket.next();
    while (!/^response\.(completed|incomplete|failed)$/.test(String(frame.type))) frame = await socket.next();
    await socket.close();
    expect((await getJson(`${url}/health/live`)).status).toBe(200);
    const models = await getJson(`${url}/v1/models`);
    expect(models.status).toBe(200);
  });

  it('should not be able to end a stream that is not over', async () => {
    const seen: string[] = [];
    const url = await startGateway([
      intercepting(tap((run) => run.events.pipe(take(4)).subscribe(({ type }) => seen.push(type)))),
    ]);
    const { events, done } = await postStream(`${url}/v1/responses`, STREAM);
    checkLifecycle(events);
    expect(events.at(-1)?.type).toBe('response.completed');
    expect(done).toBe(true);
    expect(seen).toHaveLength(4);
    expect((await postJson(`${url}/v1/responses`, TURN)).status).toBe(200);
  });

  it('should be able to answer without the upstream', async () => {
    let recorded: unknown;
    const url = await startGateway([
      intercepting((runs) => (recorded ? of(recorded) : runs.pipe(tap(({ result }) => (recorded = result))))),
    ]);
    const first = await postJson(`${url}/v1/responses`, TURN);
    const second = await postJson(`${url}/v1/responses`, TURN);
    checkResponse(second.body);
    expect(second.body).toEqual(first.body);
    expect(upstream.chats).toHaveLength(1);
  });
});

describe('an extension that adds a tool parser', () => {
  /** `CALL name {json}` on a line of its own; everything else is text. */
  class CallLineReader implements ToolTextParser {
    private line = '';
    private calls = 0;

    pushText(text: string): Segment[] {
      const lines = (this.line + text).split('\n');
      this.line = lines.pop() ?? '';
      return lines.flatMap((line) => this.read(line, '\n'));
    }

    end(): Segment[] {
      return this.line === '' ? [] : this.read(this.line, '');
    }

    private read(line: string, newline: string): Segment[] {
      const [, name, json] = /^CALL (\w+) (\{.*\})$/.exec(line) ?? [];
      if (name === undefined || json === undefined) return [{ kind: 'text', text: line + newline }];
      const call = this.calls++;
      return [
        { kind: 'call-start', call, name },
        { kind: 'call-arguments', call, text: json },
        { kind: 'call-end', call },
      ];
    }
  }

  @ToolParser({ names: ['call-line', 'line-call'] })
  class CallLineParser implements ToolParserFamily {
    create(): ToolTextParser {
      return new CallLineReader();
    }
  }
  @Module({ providers: [CallLineParser] })
  class CallLineModule {}

  const tools = [
    {
      type: 'function',
      name: 'search',
      parameters: { type: 'object', properties: { q: { type: 'string' } } },
    },
  ];
  const TEXT = 'Let me look.\nCALL search {"q":"lmdeploy"}';

  it.each(['call-line', 'line-call'])('should read calls under its name %s', async (name) => {
    const url = await startGateway([CallLineModule], { TOOL_CALL_PARSER: name });
    upstream.reply({
      body: chatStream(['Let me look.\nCA', 'LL search {"q":', '"lmdeploy"}']),
      split: { seed: 1 },
    });
    const streamed = await postStream(`${url}/v1/responses`, { ...STREAM, tools });
    checkLifecycle(streamed.events);
    upstream.reply(completion({ content: TEXT }));
    const whole = await postJson(`${url}/v1/responses`, { ...TURN, tools });
    checkResponse(whole.body);
    const output = [
      { type: 'message', content: [{ type: 'output_text' }] },
      { type: 'function_call', name: 'search', arguments: '{"q":"lmdeploy"}', status: 'completed' },
    ];
    expect(whole.body).toMatchObject({ output });
    expect(streamed.events.at(-1)).toMatchObject({ response: { output } });
    for (const { body } of upstream.chats) {
      expect(body).toMatchObject({ tool_choice: 'none', tools: [{ function: { name: 'search' } }] });
    }
  });

  it('should leave the text of a turn without tools alone', async () => {
    const url = await startGateway([CallLineModule], { TOOL_CALL_PARSER: 'call-line' });
    upstream.reply(completion({ content: TEXT }));
    const { body } = await postJson(`${url}/v1/responses`, TURN);
    expect(body).toMatchObject({ output_text: TEXT });
    expect(upstream.chats[0]?.body).not.toHaveProperty('tool_choice');
  });

  it('should be among the names that a wrong one is answered with', async () => {
    await expect(startGateway([CallLineModule], { TOOL_CALL_PARSER: 'unheard' })).rejects.toThrow(
      /TOOL_CALL_PARSER=unheard: must be one of .*call-line.*hermes/,
    );
  });
});
