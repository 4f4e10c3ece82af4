import {
  type CallHandler,
  type DynamicModule,
  type ExecutionContext,
  Injectable,
  Module,
  type NestInterceptor,
} from '@nestjs/common';
import { APP_INTERCEPTOR } from '@nestjs/core';
import { finalize, map, Observable, tap } from 'rxjs';
import type { ResponseEvent } from '../../src/contracts/response-events.js';
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

type Step = (events: Observable<ResponseEvent>) => Observable<ResponseEvent>;

function intercepting(step: Step): DynamicModule {
  @Injectable()
  class StepInterceptor implements NestInterceptor {
    intercept(context: ExecutionContext, next: CallHandler<ResponseEvent>): Observable<unknown> {
      return context.getHandler().name === 'create' ? step(next.handle()) : next.handle();
    }
  }
  @Module({ providers: [{ provide: APP_INTERCEPTOR, useClass: StepInterceptor }] })
  class StepModule {}
  return { module: StepModule };
}

/** An interceptor with a subscription of its own, as beginners write them. */
const subscribing = (handlers: {
  next?: (event: ResponseEvent) => void;
  complete?: () => void;
}): DynamicModule =>
  intercepting(
    (events) =>
      new Observable((subscriber) =>
        events.subscribe({
          next: (event) => {
            handlers.next?.(event);
            subscriber.next(event);
          },
          error: (error: unknown) => {
            subscriber.error(error);
          },
          complete: () => {
            handlers.complete?.();
            subscriber.complete();
          },
        }),
      ),
  );

const isTerminal = ({ type }: ResponseEvent): boolean => type === 'response.completed';
const FAILING: [string, DynamicModule | typeof SealerModule, Record<string, string>][] = [
  ['a tool parser that throws', parserThat('push'), { TOOL_CALL_PARSER: 'fails-in-push' }],
  ['a tool parser that throws at the end', parserThat('end'), { TOOL_CALL_PARSER: 'fails-in-end' }],
  ['a sealer that throws', SealerModule, {}],
  ['no id for a message', idsThatFailFor('msg'), {}],
  ['no id for reasoning', idsThatFailFor('rs'), {}],
  ['no id for the response', idsThatFailFor('resp'), {}],
  ['an interceptor that throws at the end', intercepting(tap({ complete: thrown })), {}],
  [
    'an interceptor that throws at the last event',
    intercepting(tap((event) => isTerminal(event) && thrown())),
    {},
  ],
  [
    'an interceptor that breaks an event',
    intercepting(map((event) => ('delta' in event ? ({ ...event, delta: 1n } as never) : event))),
    {},
  ],
  [
    'a subscription of its own that throws at the last event',
    subscribing({ next: (event) => isTerminal(event) && thrown() }),
    {},
  ],
  ['a subscription of its own that throws at the end', subscribing({ complete: thrown }), {}],
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

  it.each(FAILING)('should fail one object alone: %s', async (name, extension, environment) => {
    const url = await start(extension, environment);
    const answer = await postJson(`${url}/v1/responses`, REQUEST);
    expect(answer.raw).not.toContain('secret');
    // One object has no deltas, and what comes behind its last event is too late for it.
    if (name === 'an interceptor that breaks an event') expect(answer.status).toBe(200);
    else
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
      // 502 where an interceptor has swallowed the end.
      if (error) expect(error).toMatchObject({ error: { type: 'server_error' } });
      else if (response.status !== 'completed')
        expect(response).toMatchObject({ error: { code: 'server_error' } });
    }
    client.socket.terminate();
    await client.closed;
  });

  it('should outlive a teardown that throws, also when the client leaves', async () => {
    const url = await start(intercepting(finalize(thrown)));
    const { events } = await postStream(`${url}/v1/responses`, { ...REQUEST, stream: true });
    checkLifecycle(events);
    // Its end is lost on its way: what has not begun by then fails.
    expect((await postJson(`${url}/v1/responses`, REQUEST)).status).toBe(500);
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
