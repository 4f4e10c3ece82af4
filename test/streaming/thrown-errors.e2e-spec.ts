import {
  type CallHandler,
  type DynamicModule,
  type ExecutionContext,
  Injectable,
  Module,
  type NestInterceptor,
} from '@nestjs/common';
import { APP_INTERCEPTOR } from '@nestjs/core';
import { finalize, type Observable, type Observer, tap } from 'rxjs';
import type { ResponseEvent } from '../../src/contracts/response-events.js';
import type { ResponseRun } from '../../src/responses/run/response-run.js';
import { tapEvents } from '../../src/responses/run/tap-events.js';
import { EnvelopeSealer } from '../../src/sealing/envelope-sealer.js';
import { IdGenerator, type IdPrefix } from '../../src/ids/id-generator.js';
import {
  ToolParser,
  type ToolParserFamily,
  type ToolTextParser,
} from '../../src/tool-parsers/tool-parser.decorator.js';
import { createTestApp, type TestApp } from '../support/create-test-app.js';
import {
  chatStream,
  completion,
  type FakeUpstream,
  reasoningDelta,
  startFakeUpstream,
  textDelta,
} from '../support/fake-upstream.js';
import { getJson, openStream, postJson, postStream } from '../support/http-client.js';
import { checkLifecycle } from '../support/lifecycle-oracle.js';
import { SocketClient } from '../support/ws-client.js';

const REQUEST = {
  model: 'm',
  input: 'hi',
  include: ['reasoning.encrypted_content'],
  tools: [{ type: 'function', name: 'f', parameters: { type: 'object', properties: {} } }],
};

const thrown = (): never => {
  throw new Error('secret of the deployer');
};

function parserThat(fails: 'push' | 'end'): DynamicModule {
  @ToolParser({ names: [`fails-in-${fails}`] })
  class Failing implements ToolParserFamily {
    create(): ToolTextParser {
      return {
        pushText: fails === 'push' ? thrown : (text) => [{ kind: 'text', text }],
        end: fails === 'end' ? thrown : () => [],
      };
    }
  }
  @Module({ providers: [Failing] })
  class FailingModule {}
  return { module: FailingModule };
}

function idsThatFailFor(failing: IdPrefix): DynamicModule {
  @Injectable()
  class Failing extends IdGenerator {
    private last = 0;
    override next(prefix: IdPrefix): string {
      return prefix === failing ? thrown() : `${prefix}_${++this.last}`;
    }
  }
  @Module({ providers: [{ provide: IdGenerator, useClass: Failing }], exports: [IdGenerator] })
  class FailingModule {}
  return { module: FailingModule };
}

@Injectable()
class FailingSealer extends EnvelopeSealer {
  override seal(): string {
    return thrown();
  }
  override open(): string | null {
    return null;
  }
}
@Module({ providers: [{ provide: EnvelopeSealer, useClass: FailingSealer }], exports: [EnvelopeSealer] })
class SealerModule {}

type Step = (runs: Observable<ResponseRun>) => Observable<ResponseRun>;

function intercepting(step: Step): DynamicModule {
  @Injectable()
  class StepInterceptor implements NestInterceptor {
    intercept(context: ExecutionContext, next: CallHandler<ResponseRun>): Observable<unknown> {
      return context.getHandler().name === 'create' ? step(next.handle()) : next.handle();
    }
  }
  @Module({ providers: [{ provide: APP_INTERCEPTOR, useClass: StepInterceptor }] })
  class StepModule {}
  return { module: StepModule };
}

/** An interceptor with a subscription of its own, as beginners write them: what it throws is no part of the answer. */
const subscribing = (observer: Partial<Observer<ResponseEvent>>): DynamicModule =>
  intercepting(tap((run) => run.events.subscribe(observer)));

const isTerminal = ({ type }: ResponseEvent): boolean => type === 'response.completed';
const FAILING: [string, DynamicModule | typeof SealerModule, Record<string, string>][] = [
  ['a tool parser that throws', parserThat('push'), { TOOL_CALL_PARSER: 'fails-in-push' }],
  ['a tool parser that throws at the end', parserThat('end'), { TOOL_CALL_PARSER: 'fails-in-end' }],
  ['a sealer that throws', SealerModule, {}],
  ['no id for a message', idsThatFailFor('msg'), {}],
  ['no id for reasoning', idsThatFailFor('rs'), {}],
  ['no id for the response', idsThatFailFor('resp'), {}],
  ['an interceptor that throws when it has the run', intercepting(tap(thrown)), {}],
  ['an interceptor that throws behind the run', intercepting(tap({ complete: thrown })), {}],
  ['an observer that throws at the end', intercepting(tapEvents({ complete: thrown })), {}],
  [
    'an observer that throws at the last event',
    intercepting(tapEvents({ next: (event) => isTerminal(event) && thrown() })),
    {},
  ],
];
const HARMLESS: [string, DynamicModule][] = [
  [
    'a subscription of its own that throws at the last event',
    subscribing({
      next: (event) => {
        if (isTerminal(event)) thrown();
      },
    }),
  ],
  ['a subscription of its own that throws at the end', subscribing({ complete: thrown })],
  ['an observer whose teardown throws', intercepting(tapEvents({ finalize: thrown }))],
  ['an interceptor whose teardown throws', intercepting(finalize(thrown))],
];

describe('something that throws within one answer', () => {
  let upstream: FakeUpstream;
  let gateway: TestApp | undefined;

  beforeEach(async () => {
    upstream = await startFakeUpstream(({ path, body }) => {
      if (!path.endsWith('/chat/completions')) return undefined;
      const { stream } = body as { stream?: boolean };
      return {
        body: stream
          ? chatStream([reasoningDelta('hm'), textDelta('po'), textDelta('ng')])
          : completion({ reasoning: 'hm', content: 'pong' }),
      };
    });
  });
  afterEach(async () => {
    await gateway?.close();
    gateway = undefined;
    await upstream.close();
  });

  async function start(extension: DynamicModule | typeof SealerModule, environment = {}): Promise<string> {
    gateway = await createTestApp({
      extensions: [extension],
      environment: { UPSTREAM_BASE_URL: upstream.url, ...environment },
    });
    return gateway.url;
  }

  it.each(FAILING)('should fail a stream alone: %s', async (_name, extension, environment) => {
    const url = await start(extension, environment);
    const answer = await postStream(`${url}/v1/responses`, { ...REQUEST, stream: true });
    expect(answer.raw).not.toContain('secret');
    if (answer.status === 200) {
      expect(answer.done).toBe(true);
      const ends = answer.events.filter(({ type }) => /^response\.(completed|failed|incomplete)$/.test(type));
      expect(ends).toHaveLength(1);
      expect(answer.events.at(-1)).toBe(ends[0]);
      const { type, response } = ends[0] as unknown as { type: string; response: { error: unknown } };
      if (type !== 'response.completed') expect(response.error).toMatchObject({ code: 'server_error' });
    } else {
      expect([answer.status, answer.body]).toMatchObject([500, { error: { code: 'server_error' } }]);
    }
  });

  it.each(FAILING)('should fail one object alone: %s', async (_name, extension, environment) => {
    const url = await start(extension, environment);
    const answer = await postJson(`${url}/v1/responses`, REQUEST);
    expect(answer.raw).not.toContain('secret');
    expect([answer.status, answer.body]).toMatchObject([
      expect.any(Number),
      { error: { type: 'server_error' } },
    ]);
  });

  it.each(FAILING)('should fail one turn of a WebSocket alone: %s', async (_name, extension, environment) => {
    const url = await start(extension, environment);
    const client = await SocketClient.open(url);
    const turn = () => {
      client.send(REQUEST);
      return client.answer();
    };
    for (const { error, response } of [await turn(), await turn()]) {
      expect(JSON.stringify([error, response])).not.toContain('secret');
      if (error) expect(error).toMatchObject({ error: { type: 'server_error' } });
      else if (response.status !== 'completed')
        expect(response).toMatchObject({ error: { code: 'server_error' } });
    }
    client.socket.terminate();
    await client.closed;
  });

  it.each(HARMLESS)('should not spoil the answer: %s', async (_name, extension) => {
    const url = await start(extension);
    const { events } = await postStream(`${url}/v1/responses`, { ...REQUEST, stream: true });
    checkLifecycle(events);
    expect(events.at(-1)?.type).toBe('response.completed');
    expect((await postJson(`${url}/v1/responses`, REQUEST)).status).toBe(200);
    const client = await SocketClient.open(url);
    expect((await client.turn(REQUEST)).response).toMatchObject({ status: 'completed' });
    client.socket.terminate();
    await client.closed;
  });

  it.each(HARMLESS)('should outlive a client that leaves: %s', async (_name, extension) => {
    const url = await start(extension);
    upstream.reply({
      chunks: [chatStream([textDelta('po')], { finish: null, usage: null, done: false })],
      end: 'hang',
    });
    const left = await openStream(`${url}/v1/responses`, { ...REQUEST, stream: true });
    left.destroy();
    await upstream.waitForAbort();
    expect((await getJson(`${url}/health/live`)).status).toBe(200);
  });
});
