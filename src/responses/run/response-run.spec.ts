import { NEVER, type Observable, of, Subject, throwError } from 'rxjs';
import { translate } from '../../../test/support/translation.js';
import type { ChatCompletion, ChatRequest } from '../../contracts/chat-completions.js';
import type { ResponseEvent } from '../../contracts/response-events.js';
import { GatewayError } from '../../errors/gateway-error.js';
import type { RequestReport } from '../../request/request-report.js';
import { buildPipeline } from '../../translation/segments/build-pipeline.js';
import { ChunkReader } from '../../translation/segments/read-chunk.js';
import { ResponseStream } from '../../translation/stream/response-stream.js';
import { type Answer, Turn } from '../../translation/turn.js';
import type { UpstreamAnswer } from '../../upstreams/upstream.client.js';
import { ResponseRun } from './response-run.js';
import type { RunClient } from './run-client.js';
import type { RunControls, RunOptions } from './run-options.js';

const TOOLS = [{ type: 'function', name: 'f', parameters: { type: 'object', properties: {} } }];
const USAGE = { prompt_tokens: 1, completion_tokens: 1, total_tokens: 2 };
const STOPPING = new GatewayError('shutting_down');

const say = (content: string): ChatCompletion => ({ choices: [{ index: 0, delta: { content } }] });
const stop: ChatCompletion = { choices: [{ index: 0, delta: {}, finish_reason: 'stop' }], usage: USAGE };
const call: ChatCompletion = {
  choices: [
    {
      index: 0,
      delta: { tool_calls: [{ index: 0, id: 'c', function: { name: 'f', arguments: '{}' } }] },
      finish_reason: 'tool_calls',
    },
  ],
  usage: USAGE,
};

class TestClient implements RunClient {
  readonly types: string[] = [];
  refused: unknown = null;
  isDone = false;

  get hasBegun(): boolean {
    return this.types.length > 0;
  }
  next({ type }: ResponseEvent): void {
    this.types.push(type);
  }
  end(): void {
    this.isDone = true;
  }
  refuse(error: unknown): void {
    this.refused = error;
  }
}

interface Setup extends Partial<RunOptions> {
  body?: Record<string, unknown>;
  retries?: number;
}

/** A run on an upstream that answers with these, one question after the other. */
function open(
  answers: Observable<ChatCompletion>[],
  { body = {}, retries = 0, ...options }: Setup = {},
): { run: ResponseRun; asked: ChatRequest[]; controls: RunControls[]; report: RequestReport } {
  const { chat, plan, response } = translate(body);
  const asked: ChatRequest[] = [];
  const controls: RunControls[] = [];
  const report: RequestReport = {};
  const openAnswer: RunOptions['openAnswer'] = ({ emit }): Answer => {
    let ids = 0;
    const stream = new ResponseStream({
      response,
      reasoningOutput: 'summary',
      nextId: (prefix) => `${prefix}_${++ids}`,
      now: () => 1_795_337_549,
      emit,
    });
    const retriesLeft = { call: retries, format: 0 };
    const turnOptions = {
      stream,
      retriesLeft,
      openReader: () => new ChunkReader({}),
      buildPipeline: (current: typeof plan, turn: Turn, draft: Turn['asked']['draft']) =>
        buildPipeline(
          current,
          null,
          (segment) => {
            stream.pushSegment(segment);
          },
          { again: turn, draft },
        ),
    };
    return {
      stream,
      unseenCalls: [],
      opening: null,
      needsQuestion: false,
      hasActed: () => false,
      openTurn: (followUp) => new Turn(followUp, turnOptions),
    };
  };
  const run = new ResponseRun({
    report,
    streamed: true,
    startTimeoutMs: 0,
    question: { chat, plan },
    openAnswer,
    ask: (question, own): Observable<UpstreamAnswer> => {
      controls.push(own);
      const chunks = answers[asked.push(question) - 1];
      return chunks ? of({ upstream: 'server', chunks }) : throwError(() => new GatewayError('overloaded'));
    },
    explain: (error) => throwError(() => error),
    translateAnew: () => null,
    ...options,
  });
  return { run, asked, controls, report };
}

function follow(run: ResponseRun): { handed: ResponseRun[]; errors: unknown[]; leave: () => void } {
  const handed: ResponseRun[] = [];
  const errors: unknown[] = [];
  const subscription = run.start().subscribe({
    next: (value) => handed.push(value),
    error: (error: unknown) => errors.push(error),
  });
  return {
    handed,
    errors,
    leave: () => {
      subscription.unsubscribe();
    },
  };
}

describe('a run', () => {
  it('should be handed over when a stream begins, and keep its events for the client', () => {
    const chunks = new Subject<ChatCompletion>();
    const { run, report } = open([chunks]);
    const { handed } = follow(run);
    expect(handed).toEqual([run]);
    chunks.next(say('po'));
    const client = new TestClient();
    run.attach(client);
    expect(client.types.slice(0, 2)).toEqual(['response.created', 'response.in_progress']);
    expect(client.types.at(-1)).toBe('response.output_text.delta');
    chunks.next(stop);
    expect(client.isDone).toBe(false);
    chunks.complete();
    expect(client.types.at(-1)).toBe('response.completed');
    expect(client.isDone).toBe(true);
    expect(report).toMatchObject({ upstream: 'server', outcome: 'completed', usage: { total_tokens: 2 } });
  });

  it('should be handed over with its result where no stream is read', () => {
    const chunks = new Subject<ChatCompletion>();
    const { run } = open([chunks], { streamed: false });
    const { handed } = follow(run);
    chunks.next(say('pong'));
    chunks.next(stop);
    expect(handed).toEqual([]);
    chunks.complete();
    expect(handed).toEqual([run]);
    expect(run.result).toMatchObject({ status: 'completed', output_text: 'pong' });
  });

  it('should keep nothing of the answer once its client has it', () => {
    const { run } = open([of(say('pong'), stop)]);
    follow(run);
    run.attach(new TestClient());
    expect(run.result).toBeNull();
  });

  it('should answer without a question, and without the model', () => {
    const { run, asked } = open([], { question: null });
    follow(run);
    const client = new TestClient();
    run.attach(client);
    expect(client.types).toEqual(['response.created', 'response.in_progress', 'response.completed']);
    expect(asked).toEqual([]);
  });

  describe('that is cancelled', () => {
    it('should be an error where nothing was handed over', () => {
      const { run } = open([NEVER], { streamed: false });
      const { handed, errors } = follow(run);
      run.cancel(STOPPING);
      expect([handed, errors]).toEqual([[], [STOPPING]]);
    });

    it.each(['before', 'after'])('should end as a failed response: %s its client is there', (when) => {
      const { run } = open([NEVER]);
      follow(run);
      const client = new TestClient();
      if (when === 'after') run.attach(client);
      run.cancel(STOPPING);
      if (when === 'before') run.attach(client);
      expect(client.types).toEqual(['response.created', 'response.in_progress', 'error', 'response.failed']);
      expect(client.isDone).toBe(true);
    });

    it('should stay as it is where it has ended', () => {
      const { run } = open([of(say('pong'), stop)]);
      follow(run);
      run.cancel(STOPPING);
      const client = new TestClient();
      run.attach(client);
      run.cancel(STOPPING);
      expect(client.types.at(-1)).toBe('response.completed');
      expect(client.types).not.toContain('response.failed');
    });
  });

  describe('that is over', () => {
    it('should lend a signal that says so, also to who asks for it late', () => {
      const { run } = open([new Subject<ChatCompletion>()]);
      const { leave } = follow(run);
      leave();
      run.abandon();
      expect(run.signal.aborted).toBe(true);
    });

    it('should not ask the model when it was given up before it began', () => {
      const { run, asked } = open([NEVER]);
      run.abandon();
      const done: string[] = [];
      run.start().subscribe({ complete: () => done.push('complete') });
      expect([asked, done]).toEqual([[], ['complete']]);
    });
  });

  describe('whose client leaves', () => {
    it('should abort the upstream, and tell nobody anything more', () => {
      const chunks = new Subject<ChatCompletion>();
      const { run, controls } = open([chunks]);
      follow(run);
      const client = new TestClient();
      run.attach(client);
      const signal = controls[0]!.signal;
      run.detach(client);
      expect(chunks.observed).toBe(false);
      expect(signal.aborted).toBe(true);
      expect(client.types).toEqual(['response.created', 'response.in_progress']);
      expect(client.isDone).toBe(false);
    });

    it.each<[string, (run: ResponseRun, leave: () => void) => void]>([
      [
        'before it was handed over',
        (_run, leave) => {
          leave();
        },
      ],
      [
        'before it was attached',
        (run) => {
          run.abandon();
        },
      ],
    ])('should abort the upstream: %s', (when, act) => {
      const chunks = new Subject<ChatCompletion>();
      const { run } = open([chunks], { streamed: when !== 'before it was handed over' });
      const { leave } = follow(run);
      expect(chunks.observed).toBe(true);
      act(run, leave);
      expect(chunks.observed).toBe(false);
    });

    it('should outlive whoever has asked for it while a client is attached', () => {
      const chunks = new Subject<ChatCompletion>();
      const { run } = open([chunks]);
      follow(run);
      run.attach(new TestClient());
      run.abandon();
      expect(chunks.observed).toBe(true);
    });

    it('should go on for nobody where it is to', () => {
      const chunks = new Subject<ChatCompletion>();
      const { run, report } = open([chunks], { whenLost: 'continue' });
      const seen: string[] = [];
      run.observe({ next: ({ type }) => seen.push(type), complete: () => seen.push('complete') });
      follow(run);
      const client = new TestClient();
      run.attach(client);
      chunks.next(say('po'));
      run.detach(client);
      chunks.next(say('ng'));
      chunks.next(stop);
      chunks.complete();
      expect(run.result).toMatchObject({ status: 'completed', output_text: 'pong' });
      expect(report.outcome).toBe('completed');
      expect(client.types.at(-1)).toBe('response.output_text.delta');
      expect(seen.slice(-2)).toEqual(['response.completed', 'complete']);
    });
  });
});

describe('the turns of a run', () => {
  const body = { tools: TOOLS, tool_choice: 'required' };

  function answered(answers: Observable<ChatCompletion>[], setup: Setup = {}) {
    const opened = open(answers, { body, streamed: false, ...setup });
    const { errors } = follow(opened.run);
    return { ...opened, errors, result: opened.run.result };
  }

  it('should ask again for a call that was demanded, and count both answers', () => {
    const { asked, result } = answered([of(say('no'), stop), of(call)], { retries: 1 });
    expect(asked).toHaveLength(2);
    expect(asked[1]?.messages.slice(0, -1)).toEqual(asked[0]?.messages);
    expect(result).toMatchObject({
      status: 'completed',
      output: [{ type: 'function_call', name: 'f' }],
      usage: { total_tokens: 4 },
    });
  });

  it('should ask the first question in other words each time, not the words before', () => {
    const { asked } = answered([of(say('no'), stop), of(say('no'), stop), of(call)], { retries: 2 });
    expect(asked.map(({ messages }) => messages.length - asked[0]!.messages.length)).toEqual([0, 1, 1]);
  });

  it.each<[string, Observable<ChatCompletion>[]]>([
    ['is refused', []],
    ['breaks off', [throwError(() => new GatewayError('upstream_incomplete'))]],
    ['ends without a word', [of()]],
  ])('should let the answer stand that was held back where the next question %s', (_how, next) => {
    const { asked, result } = answered([of(say('no'), stop), ...next], { retries: 1 });
    expect(asked).toHaveLength(2);
    expect(result).toMatchObject({ status: 'incomplete', output_text: 'no' });
  });

  it('should take another form of the question where the server wants one', () => {
    const refusal = throwError(() => new GatewayError('invalid_request'));
    const other = translate({ input: 'in another form' });
    const { asked, result, errors } = answered([refusal, of(say('pong'), stop)], {
      translateAnew: (error) => (error instanceof GatewayError ? other : null),
    });
    expect(errors).toEqual([]);
    expect(asked[1]).toBe(other.chat);
    expect(result).toMatchObject({ status: 'completed', output_text: 'pong' });
  });

  it('should fail where the server breaks off in mid-answer', () => {
    const error = new GatewayError('upstream_incomplete');
    const chunks = new Subject<ChatCompletion>();
    const { run } = open([chunks]);
    follow(run);
    const client = new TestClient();
    run.attach(client);
    chunks.next(say('po'));
    chunks.error(error);
    expect(client.types.slice(-2)).toEqual(['error', 'response.failed']);
    expect(client.isDone).toBe(true);
  });
});
