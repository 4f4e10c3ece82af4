import { type DynamicModule, Injectable, Module, Scope, type Type } from '@nestjs/common';
import {
  type AnswerFacts,
  type EmitSegment,
  ReplaceText,
  ResponseStage,
  type ResponseStageFactory,
  type Segment,
  type SegmentStage,
} from '../../src/index.js';
import { createTestApp, type TestApp } from '../support/create-test-app.js';
import {
  chatFrames,
  chatStream,
  completion,
  type FakeUpstream,
  reasoningDelta,
  startFakeUpstream,
  textDelta,
  toolArguments,
  toolCallStart,
} from '../support/fake-upstream.js';
import { getJson, postJson, postStream } from '../support/http-client.js';
import { isRecord, type Json } from '../support/json.js';
import { checkLifecycle, checkResponse } from '../support/lifecycle-oracle.js';
import { SocketClient } from '../support/ws-client.js';

const TERMINAL = ['response.completed', 'response.incomplete', 'response.failed'];
const TURN = { model: 'test-model', input: 'Hi' };

let upstream: FakeUpstream;
let gateways: TestApp[] = [];

beforeEach(async () => {
  upstream = await startFakeUpstream();
});
afterEach(async () => {
  await Promise.all(gateways.map((gateway) => gateway.close()));
  gateways = [];
  await upstream.close();
});

@Module({})
class StagesModule {}

async function start(providers: Type[], environment: Record<string, string> = {}): Promise<string> {
  const extension: DynamicModule = { module: StagesModule, providers };
  const gateway = await createTestApp({
    extensions: [extension],
    environment: { UPSTREAM_BASE_URL: upstream.url, ...environment },
  });
  gateways.push(gateway);
  return gateway.url;
}

/** A stage that makes other texts of texts. */
function changing(change: (text: string) => string): SegmentStage {
  return {
    pushSegment: (segment, emit) => {
      emit(segment.kind === 'text' ? { kind: 'text', text: change(segment.text) } : segment);
    },
  };
}

@ResponseStage({ order: 10 })
class HideCards implements ResponseStageFactory {
  create(): SegmentStage {
    return new ReplaceText({
      pattern: /\d{4}( \d{4}){3}/,
      by: '[card]',
      maxLength: 19,
      kinds: ['text', 'reasoning', 'refusal', 'call-arguments'],
    });
  }
}

/** All the places of a streamed answer where the client reads the text of a kind. */
function readings(events: readonly Json[], kind: 'output_text' | 'reasoning_summary_text') {
  const texts = (type: string, field: string): string =>
    events
      .filter((event) => event.type === `response.${kind}.${type}`)
      .map((event) => String(event[field]))
      .join('');
  return { deltas: texts('delta', 'delta'), done: texts('done', 'text') };
}

/** The answer as a stream, as one object and over a WebSocket; each of them checked for itself. */
async function askEachWay(
  url: string,
  pieces: Parameters<typeof chatStream>[0],
  whole: string,
  more: Json = {},
) {
  upstream.reply({ body: chatStream(pieces), split: { seed: 3 } });
  const { events } = await postStream(`${url}/v1/responses`, { ...TURN, ...more, stream: true });
  checkLifecycle(events);
  upstream.reply(whole);
  const { body } = await postJson(`${url}/v1/responses`, { ...TURN, ...more });
  checkResponse(body);
  upstream.reply({ body: chatStream(pieces), split: { seed: 4 } });
  const socket = await SocketClient.open(url);
  const overSocket = await socket.turn({ input: 'Hi', ...more });
  await socket.close();
  checkLifecycle(overSocket.events);
  const last = events.at(-1);
  return {
    events: events as unknown as Json[],
    responses: [isRecord(last) ? last.response : null, body, overSocket.response] as Json[],
    socketEvents: overSocket.events,
  };
}

const CARD = '4000 1234 5678 9010';

describe('a stage', () => {
  it('should change a text once for all who read it, wherever it was cut', async () => {
    const url = await start([HideCards]);
    const pieces = [
      reasoningDelta('The card 4000 12'),
      reasoningDelta('34 5678 9010?'),
      textDelta('It is 4000 '),
      textDelta('1234 56'),
      textDelta('78 9010. And '),
      textDelta(CARD),
    ];
    const whole = completion({ content: `It is ${CARD}. And ${CARD}`, reasoning: `The card ${CARD}?` });
    const { events, responses, socketEvents } = await askEachWay(url, pieces, whole);
    const text = 'It is [card]. And [card]';
    for (const stream of [events, socketEvents]) {
      expect(readings(stream, 'output_text')).toEqual({ deltas: text, done: text });
      expect(readings(stream, 'reasoning_summary_text').deltas).toBe('The card [card]?');
      expect(JSON.stringify(stream)).not.toMatch(/4000|9010/);
    }
    for (const response of responses) {
      expect(response).toMatchObject({ status: 'completed', output_text: text });
      expect(JSON.stringify(response)).not.toMatch(/4000|9010/);
    }
  });

  it('should show what can be no match at once, before the answer goes on', async () => {
    const url = await start([HideCards]);
    let go: () => void = () => undefined;
    const rest = new Promise<void>((resolve) => (go = resolve));
    const [first = '', ...others] = chatFrames(['A beginning that is long enough. ', 'The end.']);
    upstream.reply({
      chunks: (async function* () {
        yield first;
        await rest;
        yield* others;
      })(),
    });
    const socket = await SocketClient.open(url);
    socket.send({ input: 'Hi' });
    let frame = await socket.next();
    while (frame.type !== 'response.output_text.delta') frame = await socket.next();
    expect(frame.delta).toBe('A beginning tha');
    go();
    expect((await socket.answer()).response).toMatchObject({
      output_text: 'A beginning that is long enough. The end.',
    });
    await socket.close();
  });

  it('should see the arguments of calls, behind the tool parser', async () => {
    const url = await start([HideCards], { TOOL_CALL_PARSER: 'hermes' });
    const tools = [{ type: 'function', name: 'pay', parameters: { type: 'object', properties: {} } }];
    const call = `<tool_call>\n{"name": "pay", "arguments": {"card": "${CARD}"}}\n</tool_call>`;
    const cut = call.indexOf('1234');
    const { responses } = await askEachWay(
      url,
      [call.slice(0, cut), call.slice(cut)],
      completion({ content: call }),
      { tools },
    );
    for (const response of responses) {
      expect(response).toMatchObject({
        output: [
          { type: 'function_call', name: 'pay', arguments: '{"card": "[card]"}', status: 'completed' },
        ],
      });
    }
  });

  it('should leave calls whole that it has nothing to do with', async () => {
    const url = await start([HideCards]);
    const tools = [{ type: 'function', name: 'pay', parameters: { type: 'object', properties: {} } }];
    const pieces = [
      'Just a moment',
      toolCallStart(0, 'a', 'pay'),
      toolArguments(0, '{"to"'),
      toolArguments(0, ':"me"}'),
    ];
    const whole = completion({
      content: 'Just a moment',
      toolCalls: [{ id: 'a', name: 'pay', arguments: '{"to":"me"}' }],
    });
    const { responses } = await askEachWay(url, pieces, whole, { tools });
    for (const response of responses) {
      expect(response).toMatchObject({
        output: [
          { type: 'message', content: [{ text: 'Just a moment' }] },
          { type: 'function_call', arguments: '{"to":"me"}', status: 'completed' },
        ],
      });
    }
  });

  it('should be told of the answer, and may leave it alone', async () => {
    const seen: AnswerFacts[] = [];
    @ResponseStage()
    class ForBots implements ResponseStageFactory {
      create(answer: AnswerFacts): SegmentStage | null {
        seen.push(answer);
        return answer.metadata.to === 'bot' ? changing(() => 'beep') : null;
      }
    }
    const url = await start([ForBots], { API_KEYS: 'a-key' });
    const ask = async (metadata: Record<string, string>): Promise<unknown> => {
      upstream.reply(completion({ content: 'hello' }));
      const headers = { authorization: 'Bearer a-key' };
      return (await postJson(`${url}/v1/responses`, { ...TURN, metadata }, headers)).body;
    };
    expect(await ask({})).toMatchObject({ output_text: 'hello' });
    const body = await ask({ to: 'bot' });
    expect(body).toMatchObject({ output_text: 'beep' });
    expect(seen[1]).toEqual({
      responseId: (body as Json).id,
      model: 'test-model',
      callerId: expect.stringMatching(/^key-/) as string,
      metadata: { to: 'bot' },
      format: 'text',
      isCompaction: false,
    });
  });

  it('should change the answer of a later turn only, where an earlier one was dropped', async () => {
    let made = 0;
    @ResponseStage()
    class Counting implements ResponseStageFactory {
      create(): SegmentStage {
        made++;
        return changing((text) => `<${text}>`);
      }
    }
    const url = await start([Counting]);
    const tools = [{ type: 'function', name: 'pay', parameters: { type: 'object', properties: {} } }];
    upstream.reply(completion({ content: 'No call here.' }));
    upstream.reply(completion({ toolCalls: [{ id: 'a', name: 'pay', arguments: '{}' }] }));
    const { body } = await postJson(`${url}/v1/responses`, { ...TURN, tools, tool_choice: 'required' });
    checkResponse(body);
    expect(body).toMatchObject({ output: [{ type: 'function_call', arguments: '{}' }] });
    expect(upstream.chats).toHaveLength(2);
    expect(made).toBe(1);
  });

  it('should stand behind the check of a strict form', async () => {
    const url = await start([HideCards]);
    const schema = {
      type: 'object',
      properties: { card: { type: 'string', maxLength: 19, minLength: 19 } },
      required: ['card'],
      additionalProperties: false,
    };
    const text = { format: { type: 'json_schema', name: 'card', schema, strict: true } };
    const written = JSON.stringify({ card: CARD });
    const { responses } = await askEachWay(url, [written], completion({ content: written }), { text });
    for (const response of responses) expect(response).toMatchObject({ output_text: '{"card":"[card]"}' });
    expect(upstream.chats).toHaveLength(3);
  });

  it('should change a summary before it is sealed', async () => {
    const url = await start([HideCards]);
    upstream.reply(completion({ content: `The card is ${CARD}.` }));
    const { body } = await postJson(`${url}/v1/responses/compact`, TURN);
    const { output } = body as { output: Json[] };
    upstream.reply(completion({ content: 'pong' }));
    expect((await postJson(`${url}/v1/responses`, { ...TURN, input: output })).status).toBe(200);
    expect(upstream.chats[1]?.raw).toContain('The card is [card].');
    expect(upstream.chats[1]?.raw).not.toContain('4000');
  });

  it('should not be told apart from the model by the log probabilities', async () => {
    const url = await start([HideCards]);
    const token = (value: string) => ({
      token: value,
      logprob: -0.5,
      bytes: [...Buffer.from(value)],
      top_logprobs: [],
    });
    const tokens = ['It is', ' 4000 1234', ' 5678 9010', ' indeed'];
    upstream.reply(chatStream(tokens.map((value) => textDelta(value, [token(value)]))));
    const { events } = await postStream(`${url}/v1/responses`, {
      ...TURN,
      stream: true,
      include: ['message.output_text.logprobs'],
    });
    checkLifecycle(events);
    expect(events.at(-1)).toMatchObject({
      response: {
        output: [
          {
            content: [{ text: 'It is [card] indeed', logprobs: [{ token: 'It is' }, { token: ' indeed' }] }],
          },
        ],
      },
    });
    expect(JSON.stringify(events)).not.toMatch(/4000|9010/);
  });
});

describe('several stages', () => {
  const signing = (letter: string): SegmentStage => changing((text) => `${text}${letter}`);

  @ResponseStage({ order: 2 })
  class First implements ResponseStageFactory {
    create(): SegmentStage {
      return signing('2');
    }
  }
  @ResponseStage({ order: -1 })
  class Later implements ResponseStageFactory {
    create(): SegmentStage {
      return signing('-');
    }
  }
  @ResponseStage({ order: 2 })
  class Again implements ResponseStageFactory {
    create(): SegmentStage {
      return signing('1');
    }
  }

  it('should come in the order of their numbers, then of their names', async () => {
    const url = await start([First, Later, Again]);
    const { responses } = await askEachWay(url, ['a'], completion({ content: 'a' }));
    for (const response of responses) expect(response).toMatchObject({ output_text: 'a-12' });
  });

  it('should be at work once, by however many modules they are provided', async () => {
    @Module({ providers: [First] })
    class Other {}
    const gateway = await createTestApp({
      extensions: [{ module: StagesModule, providers: [First] }, Other],
      environment: { UPSTREAM_BASE_URL: upstream.url },
    });
    gateways.push(gateway);
    upstream.reply(completion({ content: 'a' }));
    const { body } = await postJson(`${gateway.url}/v1/responses`, TURN);
    expect(body).toMatchObject({ output_text: 'a2' });
  });
});

describe('a stage that throws', () => {
  @ResponseStage()
  class Throwing implements ResponseStageFactory {
    create(): SegmentStage {
      return {
        pushSegment: (segment, emit) => {
          if (segment.kind === 'text' && segment.text.includes('bad')) throw new Error('cannot read this');
          emit(segment);
        },
      };
    }
  }

  it('should fail its own answer and no other', async () => {
    const url = await start([Throwing]);
    upstream.reply(chatStream(['good', 'bad', 'good']));
    const { events } = await postStream(`${url}/v1/responses`, { ...TURN, stream: true });
    checkLifecycle(events);
    expect(events.at(-1)).toMatchObject({
      type: 'response.failed',
      response: { output: [{ status: 'incomplete', content: [{ text: 'good' }] }] },
    });
    upstream.reply(completion({ content: 'bad' }));
    expect((await postJson(`${url}/v1/responses`, TURN)).status).toBe(500);
    upstream.reply(completion({ content: 'good' }));
    expect((await postJson(`${url}/v1/responses`, TURN)).body).toMatchObject({ output_text: 'good' });
    expect((await getJson(`${url}/health/live`)).status).toBe(200);
  });

  it('should fail an answer whose end has waited for a check', async () => {
    const url = await start([Throwing]);
    const text = {
      format: { type: 'json_schema', name: 'n', schema: { type: 'string', minLength: 1 }, strict: true },
    };
    for (const stream of [true, false])
      upstream.reply(stream ? chatStream(['"bad"']) : completion({ content: '"bad"' }));
    const { events } = await postStream(`${url}/v1/responses`, { ...TURN, text, stream: true });
    checkLifecycle(events);
    expect(events.at(-1)).toMatchObject({ type: 'response.failed' });
    expect((await postJson(`${url}/v1/responses`, { ...TURN, text })).status).toBe(500);
  });

  it('should refuse the request where it cannot even be made', async () => {
    @ResponseStage()
    class Unmakeable implements ResponseStageFactory {
      create(): never {
        throw new Error('no licence');
      }
    }
    const url = await start([Unmakeable]);
    upstream.reply(chatStream(['never shown']));
    const { status } = await postStream(`${url}/v1/responses`, { ...TURN, stream: true });
    expect(status).toBe(500);
    expect((await getJson(`${url}/health/live`)).status).toBe(200);
  });
});

describe('a stage that lets something through that is no segment', () => {
  it.each<[string, unknown]>([
    ['undefined', undefined],
    ['null', null],
    ['a text', 'text'],
    ['an unheard-of kind', { kind: 'image' }],
    ['a text without one', { kind: 'text' }],
    ['a text that is a number', { kind: 'text', text: 1n }],
    ['reasoning that is a number', { kind: 'reasoning', text: 1n }],
    ['arguments of no call', { kind: 'call-arguments', call: 7, text: '{}' }],
    ['a call without a name', { kind: 'call-start', call: 0 }],
    ['usage without figures', { kind: 'usage' }],
    ['usage that is a number', { kind: 'usage', usage: { input_tokens: 1n } }],
    ['a failure without an error', { kind: 'failure' }],
  ])('should end its own answer and no other: %s', async (_what, odd) => {
    @ResponseStage()
    class Odd implements ResponseStageFactory {
      create(): SegmentStage {
        return {
          pushSegment: (segment, emit) => {
            emit(segment.kind === 'text' && segment.text === 'odd' ? (odd as Segment) : segment);
          },
        };
      }
    }
    const url = await start([Odd]);
    upstream.reply(chatStream(['good ', 'odd', ' good']));
    const { events, done } = await postStream(`${url}/v1/responses`, { ...TURN, stream: true });
    expect(events.filter(({ type }) => TERMINAL.includes(type))).toHaveLength(1);
    expect(TERMINAL).toContain(events.at(-1)?.type);
    expect(done).toBe(true);
    upstream.reply(completion({ content: 'odd' }));
    const whole = await postJson(`${url}/v1/responses`, TURN);
    expect([200, 500]).toContain(whole.status);
    const socket = await SocketClient.open(url);
    upstream.reply(chatStream(['good ', 'odd']));
    socket.send({ input: 'Hi' });
    let frame = await socket.next();
    while (!TERMINAL.includes(String(frame.type))) frame = await socket.next();
    await socket.close();
    expect((await getJson(`${url}/health/live`)).status).toBe(200);
    upstream.reply(completion({ content: 'good' }));
    expect((await postJson(`${url}/v1/responses`, TURN)).body).toMatchObject({ output_text: 'good' });
  });
});

describe('a guardrail', () => {
  /** Shows nothing before it has seen everything. */
  class Holding implements SegmentStage {
    private held: Segment[] = [];

    pushSegment(segment: Segment, emit: EmitSegment): void {
      if (segment.kind === 'text') {
        this.held.push(segment);
        return;
      }
      if (segment.kind === 'finish' && JSON.stringify(this.held).includes('bomb')) {
        emit({ kind: 'refusal', text: 'I cannot help with that.' });
        emit({ kind: 'finish', reason: 'content_filter' });
        return;
      }
      if (segment.kind !== 'usage') this.held.splice(0).forEach(emit);
      emit(segment);
    }
  }
  @ResponseStage()
  class Guardrail implements ResponseStageFactory {
    create(): SegmentStage {
      return new Holding();
    }
  }

  it('should turn an answer into a refusal', async () => {
    const url = await start([Guardrail]);
    const whole = completion({ content: 'Take a bomb' });
    const { events, responses } = await askEachWay(url, ['Take a ', 'bomb'], whole);
    for (const response of responses) {
      expect(response).toMatchObject({
        status: 'incomplete',
        incomplete_details: { reason: 'content_filter' },
        output: [{ type: 'message', content: [{ type: 'refusal', refusal: 'I cannot help with that.' }] }],
        usage: { input_tokens: 12, output_tokens: 5 },
      });
    }
    expect(JSON.stringify(events)).not.toContain('bomb');
  });

  it('should leave other answers as they are', async () => {
    const url = await start([Guardrail]);
    const { responses } = await askEachWay(url, ['Take a ', 'cake'], completion({ content: 'Take a cake' }));
    for (const response of responses) {
      expect(response).toMatchObject({ status: 'completed', output_text: 'Take a cake' });
    }
  });

  it('should be able to end an answer at once, and the work of the model server with it', async () => {
    @ResponseStage()
    class Cutting implements ResponseStageFactory {
      create(): SegmentStage {
        return {
          pushSegment: (segment, emit) => {
            if (segment.kind === 'text' && segment.text.includes('bomb'))
              emit({ kind: 'finish', reason: 'content_filter', cut: true });
            else emit(segment);
          },
        };
      }
    }
    const url = await start([Cutting]);
    const frames = chatFrames(['Take a ', 'bomb'], { finish: null, usage: null, done: false });
    upstream.reply({ chunks: frames, end: 'hang' });
    const { events } = await postStream(`${url}/v1/responses`, { ...TURN, stream: true });
    checkLifecycle(events);
    await upstream.waitForAbort();
    expect(events.at(-1)).toMatchObject({
      response: {
        status: 'incomplete',
        incomplete_details: { reason: 'content_filter' },
        output_text: 'Take a ',
        usage: { output_tokens: 3 },
      },
    });
  });
});

describe('a stage that cannot be one', () => {
  it('should stop the start where it is made for each request', async () => {
    @Injectable({ scope: Scope.REQUEST })
    @ResponseStage()
    class EachRequest implements ResponseStageFactory {
      create(): null {
        return null;
      }
    }
    await expect(start([EachRequest])).rejects.toThrow(
      'EachRequest is made anew for each request: a @ResponseStage has to be a singleton.',
    );
  });

  it('should stop the start where it makes no stage', async () => {
    @ResponseStage()
    class Forgetful {}
    await expect(start([Forgetful])).rejects.toThrow(
      'Forgetful is marked with @ResponseStage and has no create().',
    );
  });
});
