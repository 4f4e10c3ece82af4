import { existsSync, readFileSync } from 'node:fs';
import { createTestApp } from '../support/create-test-app.js';
import {
  chatFrames,
  chatStream,
  completion,
  errorBody,
  finish,
  type ScriptedAnswer,
  streamError,
  toolArguments,
  toolCallStart,
} from '../support/fake-upstream.js';
import { postJson } from '../support/http-client.js';
import { recordOf, type Json } from '../support/json.js';
import { checkLifecycle } from '../support/lifecycle-oracle.js';
import { validateAs } from '../support/published-schema.js';
import { SocketClient, type TurnAnswer } from '../support/ws-client.js';
import { useGateway } from '../support/use-gateway.js';

const RECORDINGS = new URL('../../../shared/fixtures/client-requests/', import.meta.url);
const WEATHER = {
  type: 'function',
  name: 'get_weather',
  parameters: { type: 'object', properties: { city: { type: 'string' } } },
};

const say = (text: string): ScriptedAnswer => ({ body: chatStream([text]) });
const user = (text: string): Json => ({ type: 'message', role: 'user', content: text });

describe('a turn on a WebSocket', () => {
  const { upstream, gateway } = useGateway({ answer: () => say('fine') });
  let client: SocketClient;

  beforeEach(async () => {
    upstream.requests.length = 0;
    client = await SocketClient.open(gateway.url);
  });
  afterEach(() => client.close());

  /** The messages of the newest chat request. */
  const messages = () => (upstream.chats.at(-1)!.body as { messages: Json[] }).messages;

  /** A turn that must be answered as every stream must be. */
  async function completed(frame: Json): Promise<Json> {
    const { events, response, error } = await client.turn(frame);
    expect(error).toBeUndefined();
    checkLifecycle(events);
    expect(response).toMatchObject({ status: 'completed' });
    return response;
  }

  function expectRefused({ events, error }: TurnAnswer, status: number, expected: Json): void {
    expect(events).toEqual([]);
    expect(validateAs('WebSocketErrorEvent', error)).toEqual([]);
    expect(error).toMatchObject({
      type: 'error',
      status,
      error: { message: expect.any(String) as string, ...expected },
      headers: { 'x-request-id': expect.stringMatching(/^req_/) as string },
    });
  }

  const expectMissing = (answer: TurnAnswer, id: unknown): void => {
    expectRefused(answer, 400, {
      type: 'invalid_request_error',
      code: 'previous_response_not_found',
      param: 'previous_response_id',
      message: `Previous response with id '${String(id)}' not found.`,
    });
  };

  describe('in sequence', () => {
    it('should be answered with the events of a stream, one a frame', async () => {
      upstream.reply(say('Hello!'));
      const { events } = await client.turn({ input: 'Hi' });
      checkLifecycle(events);
      expect(events.map(({ type }) => type)).toEqual([
        'response.created',
        'response.in_progress',
        'response.output_item.added',
        'response.content_part.added',
        'response.output_text.delta',
        'response.output_text.done',
        'response.content_part.done',
        'response.output_item.done',
        'response.completed',
      ]);
      expect(upstream.chats[0]!.body).toMatchObject({ stream: true, messages: [{ content: 'Hi' }] });
    });

    it('should be answered one after the other, each on its own', async () => {
      const first = await completed({ input: 'Reply with exactly: first', store: false });
      const second = await completed({ input: 'Reply with exactly: second', store: false });
      expect(second).toMatchObject({ previous_response_id: null });
      expect(second.id).not.toBe(first.id);
      expect(messages()).toHaveLength(1);
    });

    it('should wait for the turn before it', async () => {
      const held = holdBack();
      upstream.reply({ ...say('first'), delayHeaders: held.released });
      upstream.reply(say('second'));
      client.send({ input: 'one' });
      client.send({ input: 'two' });
      await upstream.waitForChat();
      expect(upstream.chats).toHaveLength(1);
      held.release();
      const answers = [await client.answer(), await client.answer()];
      for (const { events } of answers) checkLifecycle(events);
      expect(answers.map(({ response }) => response.output_text)).toEqual(['first', 'second']);
    });

    it('should be refused when too many wait already', async () => {
      const held = holdBack();
      upstream.reply({ ...say('first'), delayHeaders: held.released });
      for (let turn = 0; turn < 18; turn++) client.send({ input: `turn ${turn}` });
      expectRefused(await client.answer(), 429, { type: 'rate_limit_error', code: 'rate_limit_exceeded' });
      held.release();
      for (let turn = 0; turn < 17; turn++) checkLifecycle((await client.answer()).events);
      expect(upstream.chats).toHaveLength(17);
    });

    it('should be told of errors in the order of its frames', async () => {
      const held = holdBack();
      upstream.reply({ ...say('first'), delayHeaders: held.released });
      client.send({ input: 'one' });
      client.send('{');
      client.send({ input: 'three' });
      held.release();
      const answers = [await client.answer(), await client.answer(), await client.answer()];
      expect(answers.map(({ error }) => recordOf(error?.error).code)).toEqual([
        undefined,
        'invalid_json',
        undefined,
      ]);
    });

    it('should tolerate `stream`, which Codex sends, whatever it says', async () => {
      await completed({ input: 'Hi', stream: true });
      await completed({ input: 'Hi', stream: false, background: null, generate: null, stream_id: null });
      expect(upstream.chats.map(({ body }) => (body as Json).stream)).toEqual([true, true]);
    });
  });

  describe('that continues another', () => {
    it('should send the model all that was said, and echo the id', async () => {
      upstream.reply(say('OK.'));
      const first = await completed({
        input: 'The word is copper.',
        instructions: 'Be brief.',
        store: false,
      });
      upstream.reply(say('copper'));
      const second = await completed({
        previous_response_id: first.id,
        input: [user('Which word?')],
        store: false,
      });
      expect(second).toMatchObject({ previous_response_id: first.id, output_text: 'copper' });
      expect(messages()).toMatchObject([
        { role: 'user', content: 'The word is copper.' },
        { role: 'assistant', content: 'OK.' },
        { role: 'user', content: 'Which word?' },
      ]);
      await completed({ previous_response_id: second.id, input: 'Again?' });
      expect(messages()).toHaveLength(5);
    });

    it('should carry a tool call and its output', async () => {
      upstream.reply({
        body: chatStream([
          toolCallStart(0, 'call_1', 'get_weather'),
          toolArguments(0, '{"city": "Oslo"}'),
          finish('tool_calls'),
        ]),
      });
      const first = await completed({ input: 'Weather in Oslo?', tools: [WEATHER] });
      const [call] = first.output as Json[];
      expect(call).toMatchObject({ type: 'function_call', name: 'get_weather' });
      upstream.reply(say('Sunny.'));
      const output = { type: 'function_call_output', call_id: call!.call_id, output: 'sunny' };
      await completed({ previous_response_id: first.id, input: [output], tools: [WEATHER] });
      expect(messages()).toMatchObject([
        { role: 'user' },
        { role: 'assistant', tool_calls: [{ id: call!.call_id, function: { name: 'get_weather' } }] },
        { role: 'tool', tool_call_id: call!.call_id, content: 'sunny' },
      ]);
    });

    it('should also continue an incomplete one', async () => {
      upstream.reply({ body: chatStream(['Once upon'], { finish: 'length' }) });
      const { events, response } = await client.turn({ input: 'A story', max_output_tokens: 2 });
      checkLifecycle(events);
      expect(response).toMatchObject({ status: 'incomplete' });
      await completed({ previous_response_id: response.id, input: 'Go on' });
      expect(messages()).toMatchObject([{}, { role: 'assistant', content: 'Once upon' }, {}]);
    });

    it('should be refused without that response, and leave the socket open', async () => {
      expectMissing(await client.turn({ previous_response_id: 'resp_missing', input: 'Hi' }), 'resp_missing');
      await completed({ input: 'Hi' });
      expect(upstream.chats).toHaveLength(1);
    });

    it('should find the newest response only', async () => {
      const first = await completed({ input: 'one' });
      await completed({ input: 'two' });
      expectMissing(await client.turn({ previous_response_id: first.id, input: 'three' }), first.id);
    });

    it('should find nothing on another connection, and recover with a new conversation', async () => {
      const first = await completed({ input: 'copper', store: false });
      await client.close();
      client = await SocketClient.open(gateway.url);
      expectMissing(
        await client.turn({ previous_response_id: first.id, input: 'Hi', store: false }),
        first.id,
      );
      await completed({ input: [user('Reply with exactly: recovered')], store: false });
    });

    it('should evict that response when it is refused', async () => {
      const first = await completed({ input: 'ember', store: false });
      const orphan = { type: 'function_call_output', call_id: 'call_missing', output: 'x' };
      const failing = await client.turn({ previous_response_id: first.id, input: [orphan], store: false });
      expectRefused(failing, 400, { code: 'invalid_request', param: 'input[0].call_id' });
      expectMissing(await client.turn({ previous_response_id: first.id, input: 'stale' }), first.id);
      expect(upstream.chats).toHaveLength(1);
    });

    it('should evict that response when the model server fails, before or within its answer', async () => {
      let first = await completed({ input: 'ember' });
      upstream.reply({ status: 500, body: errorBody(500, 'InternalServerError', 'out of memory') });
      const refused = await client.turn({ previous_response_id: first.id, input: 'Hi' });
      expectRefused(refused, 502, { type: 'server_error', code: 'upstream_error' });
      expectMissing(await client.turn({ previous_response_id: first.id, input: 'Hi' }), first.id);

      first = await completed({ input: 'ember' });
      upstream.reply({ body: chatFrames(['Hel', streamError()]).join('') });
      const failed = await client.turn({ previous_response_id: first.id, input: 'Hi' });
      checkLifecycle(failed.events);
      expect(failed.events.at(-2)).toMatchObject({ type: 'error', code: 'server_error' });
      expect(failed.response).toMatchObject({ status: 'failed', previous_response_id: first.id });
      expectMissing(
        await client.turn({ previous_response_id: failed.response.id, input: 'Hi' }),
        failed.response.id,
      );
      expectMissing(await client.turn({ previous_response_id: first.id, input: 'Hi' }), first.id);
    });

    it('should outlive the failure of a turn that does not continue it', async () => {
      const first = await completed({ input: 'ember' });
      expectRefused(await client.turn({ input: 'Hi', temperature: 9 }), 400, { param: 'temperature' });
      expectRefused(await client.turn('{'), 400, { code: 'invalid_json' });
      await completed({ previous_response_id: first.id, input: 'Hi' });
    });

    it('should name errors by the place in its own input', async () => {
      const first = await completed({ input: [user('one'), user('two')] });
      const bad = { type: 'message', role: 'user', content: [{ type: 'input_text' }, { type: 'strange' }] };
      expectRefused(await client.turn({ previous_response_id: first.id, input: [user('three'), bad] }), 400, {
        param: 'input[1].content[1].type',
      });
    });

    it.each([[7], [true], [{}]])('should be refused when its input is %j', async (input) => {
      const first = await completed({ input: 'one' });
      expectRefused(await client.turn({ previous_response_id: first.id, input }), 400, { param: 'input' });
    });

    it('should need no input of its own', async () => {
      const first = await completed({ input: 'one' });
      const second = await completed({ previous_response_id: first.id });
      await completed({ previous_response_id: second.id, input: [] });
      expect(messages()).toMatchObject([{ role: 'user' }, { role: 'assistant' }]);
    });
  });

  describe('that is a warm-up', () => {
    it('should be answered without the model, and be continued', async () => {
      const { events, response } = await client.turn({
        generate: false,
        input: [user('Rules')],
        store: false,
      });
      checkLifecycle(events);
      expect(events.map(({ type }) => type)).toEqual([
        'response.created',
        'response.in_progress',
        'response.completed',
      ]);
      expect(response).toMatchObject({ status: 'completed', output: [], usage: { total_tokens: 0 } });
      expect(upstream.chats).toHaveLength(0);
      const second = await completed({ previous_response_id: response.id, input: 'Go', store: false });
      expect(second).toMatchObject({ previous_response_id: response.id });
      expect(messages()).toMatchObject([{ content: 'Rules' }, { content: 'Go' }]);
    });

    it('should be one by its cache options too', async () => {
      const prompt_cache_options = { prewarm: true };
      const { response } = await client.turn({ prompt_cache_options, generate: true, tools: [WEATHER] });
      expect(response).toMatchObject({ status: 'completed', output: [] });
      expect(upstream.chats).toHaveLength(0);
      await completed({ previous_response_id: response.id, input: 'Go' });
      expect(messages()).toMatchObject([{ content: 'Go' }]);
    });

    it('should do with tools alone, and within a conversation', async () => {
      const first = await completed({ input: 'one' });
      const warm = await completed({ generate: false, tools: [WEATHER], previous_response_id: first.id });
      const cold = await client.turn({ generate: false, tools: [WEATHER] });
      checkLifecycle(cold.events);
      expect(warm).toMatchObject({ output: [], tools: [{ name: 'get_weather' }] });
      expectMissing(await client.turn({ previous_response_id: warm.id, input: 'Hi' }), warm.id);
      await completed({ previous_response_id: cold.response.id, input: 'two' });
      expect(messages()).toMatchObject([{ content: 'two' }]);
    });

    it('should be checked like any other turn', async () => {
      const strange = [{ type: 5 }];
      expectRefused(await client.turn({ generate: false, input: strange }), 400, { param: 'input[0].type' });
      expectRefused(await client.turn({ generate: 'no', input: 'x' }), 400, { param: 'generate' });
      expect(upstream.chats).toHaveLength(0);
    });
  });

  describe('that is wrong', () => {
    const FRAME = { type: 'response.create', model: 'test-model', input: 'Hi' };

    it.each<[string, string | Buffer, Json]>([
      ['broken JSON', '{"type": ', { code: 'invalid_json', param: null }],
      ['nothing', '', { code: 'invalid_json', param: null }],
      ['a list', '[]', { code: 'invalid_request', param: null }],
      ['null', 'null', { code: 'invalid_request', param: null }],
      ['bytes', Buffer.from(JSON.stringify(FRAME)), { code: 'invalid_request', param: null }],
      ['another event', '{"type":"response.cancel"}', { code: 'invalid_request', param: 'type' }],
      ['an event without a type', '{"model":"test-model"}', { code: 'invalid_request', param: 'type' }],
      [
        'a body that is too deep',
        `{"type":"response.create","x":${'['.repeat(64)}${']'.repeat(64)}}`,
        { code: 'invalid_request' },
      ],
      [
        'no model',
        '{"type":"response.create","input":"Hi"}',
        { code: 'missing_required_parameter', param: 'model' },
      ],
      ['no input', '{"type":"response.create","model":"test-model"}', { param: 'input' }],
      [
        'a background response',
        JSON.stringify({ ...FRAME, background: true }),
        { code: 'unsupported_parameter', param: 'background' },
      ],
      [
        'a conversation',
        JSON.stringify({ ...FRAME, conversation: 'conv_1' }),
        { code: 'unsupported_parameter', param: 'conversation' },
      ],
      [
        'a stream_id',
        JSON.stringify({ ...FRAME, stream_id: 'a' }),
        { code: 'unsupported_parameter', param: 'stream_id' },
      ],
    ])('should be told so and leave the socket open: %s', async (_what, frame, expected) => {
      expectRefused(await client.turn(frame), 400, { type: 'invalid_request_error', ...expected });
      expect(upstream.chats).toHaveLength(0);
      await completed({ input: 'Hi' });
    });

    it('should be told when to come back', async () => {
      upstream.reply({ status: 503, headers: { 'retry-after': '7' }, body: errorBody(503, 'x', 'busy') });
      const { error } = await client.turn({ input: 'Hi' });
      expect(error).toMatchObject({ status: 503, headers: { 'retry-after': '7' } });
    });
  });

  describe('of the Codex CLI', () => {
    const recorded = existsSync(RECORDINGS) ? it : it.skip;
    const load = (name: string): Json => {
      const { body } = JSON.parse(readFileSync(new URL(`codex-ws-${name}.json`, RECORDINGS), 'utf8')) as Json;
      return body as Json;
    };

    recorded('should be answered as recorded: the warm-up, then the turn', async () => {
      const warmUp = await client.turn(load('warmup'));
      checkLifecycle(warmUp.events);
      expect(warmUp.response).toMatchObject({ status: 'completed', output: [] });
      expect(upstream.chats).toHaveLength(0);
      upstream.reply(say('hello'));
      const turn = await client.turn({ ...load('turn1'), previous_response_id: warmUp.response.id });
      checkLifecycle(turn.events);
      expect(turn.response).toMatchObject({ previous_response_id: warmUp.response.id, output_text: 'hello' });
      expect(messages().at(-1)).toMatchObject({ role: 'user' });
      expect(JSON.stringify(messages()[0])).toContain('You are a coding agent running in the Codex CLI');
    });
  });

  it('should abort the model server when its client leaves', async () => {
    upstream.reply({ chunks: chatFrames(['Hel'], { finish: null, usage: null, done: false }), end: 'hang' });
    client.send({ input: 'Hi' });
    while ((await client.next()).type !== 'response.output_text.delta');
    const before = upstream.aborted;
    client.socket.terminate();
    await upstream.waitForAbort(before + 1);
    expect(upstream.chats).toHaveLength(1);
  });

  it('should abort the model server when its client leaves before the answer', async () => {
    upstream.reply({ delayHeaders: new Promise(() => undefined) });
    client.send({ input: 'Hi' });
    client.send({ input: 'Never asked' });
    await upstream.waitForChat();
    const before = upstream.aborted;
    await client.close();
    await upstream.waitForAbort(before + 1);
    expect(upstream.chats).toHaveLength(1);
  });

  it('should begin a new chain with a conversation that was compacted', async () => {
    upstream.reply(completion({ content: 'They talked about Oslo.' }));
    const { body } = await postJson(`${gateway.url}/v1/responses/compact`, {
      model: 'm',
      input: [user('Oslo?')],
    });
    const { output } = body as { output: Json[] };
    upstream.reply(say('Yes.'));
    const first = await completed({ model: 'm', input: [...output, user('More?')], store: false });
    expect(JSON.stringify(messages())).toContain('They talked about Oslo.');
    upstream.reply(say('No.'));
    await completed({ model: 'm', input: [user('And now?')], previous_response_id: first.id, store: false });
    expect(JSON.stringify(messages())).toContain('They talked about Oslo.');
    expect(messages().at(-1)).toEqual({ role: 'user', content: 'And now?' });
  });
});

describe('a turn on a WebSocket of the built-in simulator', () => {
  it('should be answered, continued and call tools', async () => {
    const gateway = await createTestApp();
    const client = await SocketClient.open(gateway.url);
    const first = await client.turn({ model: 'default', input: 'Reply exactly: pong' });
    checkLifecycle(first.events);
    expect(first.response).toMatchObject({ output_text: 'pong' });
    const second = await client.turn({
      model: 'default',
      input: 'Weather in Oslo?',
      tools: [WEATHER],
      tool_choice: 'required',
      previous_response_id: first.response.id,
    });
    checkLifecycle(second.events);
    const calls = (second.response.output as Json[]).filter(({ type }) => type === 'function_call');
    expect(calls.length).toBeGreaterThan(0);
    const third = await client.turn({
      model: 'default',
      input: calls.map((call) => ({ type: 'function_call_output', call_id: call.call_id, output: 'sunny' })),
      tools: [WEATHER],
      previous_response_id: second.response.id,
    });
    checkLifecycle(third.events);
    expect(third.response).toMatchObject({ status: 'completed' });
    await client.close();
    await gateway.close();
  });
});

function holdBack(): { released: Promise<void>; release: () => void } {
  let release = (): void => undefined;
  const released = new Promise<void>((resolve) => {
    release = resolve;
  });
  return { released, release };
}
