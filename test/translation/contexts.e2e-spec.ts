import { createTestApp, type TestApp } from '../support/create-test-app.js';
import { expectEnvelope } from '../support/error-envelope.js';
import {
  chatFrames,
  chatStream,
  completion,
  errorBody,
  type ScriptedAnswer,
  streamError,
  toolArguments,
  toolCallStart,
  usageOf,
} from '../support/fake-upstream.js';
import { postJson, postStream } from '../support/http-client.js';
import type { Json } from '../support/json.js';
import { checkLifecycle, checkResponse } from '../support/lifecycle-oracle.js';
import { useGateway } from '../support/use-gateway.js';

const user = (content: string): Json => ({ role: 'user', content });
const assistant = (content: string): Json => ({ role: 'assistant', content });
const call = (id: string): Json => ({ type: 'function_call', call_id: id, name: 'ls', arguments: '{}' });
const output = (id: string): Json => ({ type: 'function_call_output', call_id: id, output: 'files' });
const INVALID = { status: 400, type: 'invalid_request_error', code: 'invalid_request' };
const OVERFLOW = { ...INVALID, code: 'context_length_exceeded' };
const endOf = (events: readonly unknown[]): Json => (events.at(-1) as { response: Json }).response;
const TURNS = [1, 2, 3, 4, 5, 6].flatMap((turn) => [
  user(`question ${turn}`),
  call(`call_${turn}`),
  output(`call_${turn}`),
  assistant(`answer ${turn}`),
]);
const CONVERSATION = [{ role: 'developer', content: 'rules' }, ...TURNS, user('last')];

/** A server that counts messages, and says so in its own words. */
const overflowing =
  (window: number, words: (requested: number) => string) =>
  ({ path, body }: { path: string; body: unknown }): ScriptedAnswer | undefined => {
    if (!path.endsWith('/chat/completions')) return undefined;
    const { messages, stream } = body as { messages: Json[]; stream?: boolean };
    if (messages.length > window)
      return { status: 400, body: errorBody(400, 'invalid_request_error', words(messages.length)) };
    return { body: stream ? chatStream(['fine']) : completion({ content: 'fine' }) };
  };

describe('truncation', () => {
  describe.each([
    [
      'that names its numbers',
      (requested: number) =>
        `Input length (${requested * 100}) must be smaller than the model context length (1000).`,
    ],
    ['that names none', () => 'The prompt is too long.'],
  ])('of what is too long for a server %s', (_name, words) => {
    const { upstream, gateway } = useGateway({ answer: overflowing(10, words) });
    const post = (body: object) =>
      postJson(`${gateway.url}/v1/responses`, { model: 'test-model', input: CONVERSATION, ...body });
    const asked = () => (upstream.chats.at(-1)!.body as { messages: Json[] }).messages;

    beforeEach(() => {
      upstream.requests.length = 0;
    });

    it('should leave out the oldest turns, whole, and say so', async () => {
      const { status, body, headers } = await post({ truncation: 'auto' });
      expect(status).toBe(200);
      checkResponse(body);
      expect(body).toMatchObject({ truncation: 'auto', output_text: 'fine' });
      expect(headers['x-gateway-warning']).toBe('truncated');
      expect(headers).not.toHaveProperty('x-gateway-ignored');
      const messages = asked();
      expect(messages[0]).toEqual({ role: 'system', content: 'rules' });
      expect(messages.at(-1)).toEqual(user('last'));
      expect(messages[1]).toMatchObject({
        role: 'user',
        content: expect.stringMatching(/^question \d/) as string,
      });
      const ids = messages.flatMap(({ tool_calls: calls }) => ((calls ?? []) as Json[]).map(({ id }) => id));
      expect(ids.length).toBeGreaterThan(0);
      expect(messages.filter(({ role }) => role === 'tool').map(({ tool_call_id: id }) => id)).toEqual(ids);
      expect(upstream.chats.length).toBeLessThanOrEqual(9);
    });

    it('should do the same for a stream', async () => {
      const { events } = await postStream(`${gateway.url}/v1/responses`, {
        model: 'test-model',
        input: CONVERSATION,
        truncation: 'auto',
        stream: true,
      });
      checkLifecycle(events);
      expect(endOf(events)).toMatchObject({ status: 'completed', truncation: 'auto' });
    });

    it.each([undefined, 'disabled'])('should be an error with truncation %s', async (truncation) => {
      expectEnvelope(await post({ truncation }), OVERFLOW);
      expect(upstream.chats).toHaveLength(1);
    });

    it('should be an error where the last turn alone is too long, after a bounded number of questions', async () => {
      const calls = Array.from({ length: 10 }, (_, at) => [call(`call_${at}`), output(`call_${at}`)]).flat();
      expectEnvelope(
        await post({
          truncation: 'auto',
          input: [...TURNS, user('last'), ...calls],
        }),
        OVERFLOW,
      );
      expect(upstream.chats.length).toBeLessThanOrEqual(9);
      expect(asked()[0]).toEqual(user('last'));
    });
  });

  describe('of an answer that has begun', () => {
    const { upstream, gateway } = useGateway();

    it('should not be tried, whatever the error', async () => {
      const frames = chatFrames(['half'], { finish: null, usage: null, done: false });
      const error = streamError('Input length (50) must be smaller than the model context length (10).', 400);
      upstream.reply({ body: [...frames, String(error.raw)].join('') });
      const { events } = await postStream(`${gateway.url}/v1/responses`, {
        model: 'test-model',
        input: CONVERSATION,
        truncation: 'auto',
        stream: true,
      });
      checkLifecycle(events);
      expect(endOf(events)).toMatchObject({ status: 'failed' });
      expect(upstream.chats).toHaveLength(1);
    });

    it('should be tried where the error comes in place of its first word', async () => {
      const error = streamError('Input length (50) must be smaller than the model context length (10).', 400);
      upstream.reply({ body: String(error.raw) });
      upstream.reply(chatStream(['fine']));
      const { events } = await postStream(`${gateway.url}/v1/responses`, {
        model: 'test-model',
        input: CONVERSATION,
        truncation: 'auto',
        stream: true,
      });
      checkLifecycle(events);
      expect(endOf(events)).toMatchObject({ status: 'completed', output_text: 'fine' });
    });

    it('should keep what was asked for behind the conversation', async () => {
      const tools = [{ type: 'function', name: 'ls' }];
      upstream.requests.length = 0;
      upstream.reply(completion({ content: 'no call' }));
      upstream.reply({ status: 400, body: errorBody(400, 'x', 'The prompt is too long.') });
      upstream.reply(completion({ toolCalls: [{ id: 'c', name: 'ls', arguments: '{}' }] }));
      const { body } = await postJson(`${gateway.url}/v1/responses`, {
        model: 'test-model',
        input: CONVERSATION,
        truncation: 'auto',
        tools,
        tool_choice: 'required',
      });
      expect(body).toMatchObject({ status: 'completed', output: [{ type: 'function_call' }] });
      const [, long, short] = upstream.chats.map(({ body: chat }) => (chat as { messages: Json[] }).messages);
      expect(short!.at(-1)).toEqual(long!.at(-1));
      expect(short!.length).toBeLessThan(long!.length);
    });
  });

  describe('for a model whose window is known', () => {
    const { upstream, gateway } = useGateway({ answer: overflowing(1_000, () => '') });

    it('should come before the first question where it is certain', async () => {
      upstream.reply(
        JSON.stringify({ object: 'list', data: [{ id: 'test-model', max_model_len: 400 }] }),
        '/v1/models',
      );
      await postJson(`${gateway.url}/v1/responses`, { model: 'default', input: 'hi' });
      upstream.requests.length = 0;
      const input = [1, 2, 3].flatMap((turn) => [user(`${turn}${' word'.repeat(200)}`), assistant('yes')]);
      const { status } = await postJson(`${gateway.url}/v1/responses`, {
        model: 'test-model',
        input: [...input, user('last')],
        truncation: 'auto',
      });
      expect(status).toBe(200);
      expect(upstream.chats).toHaveLength(1);
      expect((upstream.chats[0]!.body as { messages: Json[] }).messages).toHaveLength(3);
    });
  });

  describe('of a conversation that grows over the window of the simulator', () => {
    let gateway: TestApp;

    beforeAll(async () => {
      gateway = await createTestApp({ environment: { SIM_SESSION_LEN: '300', DATABASE_URL: 'memory:' } });
    });
    afterAll(() => gateway.close());

    it('should go on, turn after turn, and keep all of it', async () => {
      const { body: made } = await postJson(`${gateway.url}/v1/conversations`, {});
      const conversation = (made as { id: string }).id;
      let warned = 0;
      for (let turn = 1; turn <= 12; turn++) {
        const { status, body, headers } = await postJson(`${gateway.url}/v1/responses`, {
          model: 'default',
          conversation,
          input: `turn ${turn}:${' word'.repeat(40)}`,
          truncation: 'auto',
          max_output_tokens: 20,
        });
        expect(status).toBe(200);
        expect(body).toMatchObject({ truncation: 'auto', conversation: { id: conversation } });
        if (headers['x-gateway-warning'] === 'truncated') warned++;
      }
      expect(warned).toBeGreaterThan(3);
      const page = await fetch(`${gateway.url}/v1/conversations/${conversation}/items?limit=100&order=asc`);
      const { data } = (await page.json()) as { data: Json[] };
      expect(data.filter(({ role }) => role === 'user')).toHaveLength(12);
      expectEnvelope(
        await postJson(`${gateway.url}/v1/responses`, {
          model: 'default',
          conversation,
          input: 'more',
        }),
        OVERFLOW,
      );
    });
  });
});

describe('context_management', () => {
  const { upstream, gateway } = useGateway({ environment: { ENCRYPTION_KEY: '5a'.repeat(32) } });
  const AT_1000 = [{ type: 'compaction', compact_threshold: 1_000 }];
  const request = { model: 'test-model', input: [user('one')], context_management: AT_1000 };
  const long = usageOf(990, 10);
  const post = (body: object = {}) => postJson(`${gateway.url}/v1/responses`, { ...request, ...body });
  const stream = (body: object = {}) =>
    postStream(`${gateway.url}/v1/responses`, { ...request, stream: true, ...body });
  const messagesAt = (index: number) => (upstream.chats.at(index)!.body as { messages: Json[] }).messages;

  beforeEach(() => {
    upstream.requests.length = 0;
  });

  it('should put a compaction behind a long answer, and add up what it has cost', async () => {
    upstream.reply(completion({ content: 'two', usage: long }));
    upstream.reply(completion({ content: 'the note', usage: usageOf(1_100, 50) }));
    const { status, body, headers } = await post({ max_output_tokens: 10, temperature: 0.3 });
    expect(status).toBe(200);
    checkResponse(body);
    expect(body).toMatchObject({
      status: 'completed',
      output_text: 'two',
      output: [{ type: 'message' }, { type: 'compaction', encrypted_content: expect.any(String) as string }],
      usage: { input_tokens: 2_090, output_tokens: 60, total_tokens: 2_150 },
    });
    expect(headers).not.toHaveProperty('x-gateway-ignored');
    const asked = upstream.chats[1]!.body as Json & { messages: Json[] };
    expect(asked).not.toHaveProperty('max_completion_tokens');
    expect(asked).toMatchObject({ temperature: 0.3 });
    expect(asked.messages.map(({ role }) => role)).toEqual(['user', 'assistant', 'user']);
    expect(asked.messages[1]).toMatchObject({ content: 'two' });
  });

  it('should stream it last, as the whole answer has it', async () => {
    const answers = (): void => {
      upstream.reply(chatStream(['two'], { usage: long }));
      upstream.reply(chatStream(['the ', 'note']));
    };
    answers();
    const { events } = await stream();
    checkLifecycle(events);
    expect(events.slice(-3)).toMatchObject([
      { type: 'response.output_item.added', output_index: 1, item: { type: 'compaction' } },
      { type: 'response.output_item.done', output_index: 1, item: { type: 'compaction' } },
      { type: 'response.completed' },
    ]);
    upstream.reply(completion({ content: 'two', usage: long }));
    upstream.reply(completion({ content: 'the note' }));
    const { body } = await post();
    const types = (response: unknown) => (response as { output: Json[] }).output.map(({ type }) => type);
    expect(types(endOf(events))).toEqual(types(body));
  });

  it('should not compact what is short, was cut, or does not want it', async () => {
    upstream.reply(completion({ content: 'two', usage: usageOf(989, 10) }));
    expect((await post()).body).toMatchObject({ output: [{ type: 'message' }] });
    upstream.reply(completion({ content: 'two', usage: long, finish: 'length' }));
    expect((await post()).body).toMatchObject({ status: 'incomplete', output: [{ type: 'message' }] });
    upstream.reply(completion({ content: 'two', usage: long }));
    expect((await post({ context_management: [] })).body).toMatchObject({ output: [{ type: 'message' }] });
    expect(upstream.chats).toHaveLength(3);
  });

  const refusal: ScriptedAnswer = { status: 400, body: errorBody(400, 'x', 'The prompt is too long.') };
  it.each<[string, ScriptedAnswer, ScriptedAnswer]>([
    ['is refused', refusal, refusal],
    ['fails', { status: 500, body: '{}' }, { status: 500, body: '{}' }],
    [
      'breaks off',
      { body: '{"choices":', end: 'destroy' },
      { body: chatFrames(['no'], { done: false, finish: null }).join(''), end: 'destroy' },
    ],
    [
      'is cut',
      { body: completion({ content: 'no', finish: 'length' }) },
      { body: chatStream(['n'], { finish: 'length' }) },
    ],
    ['is empty', { body: completion({ content: '' }) }, { body: chatStream([]) }],
    ['is no answer', { body: '[]' }, { body: 'data: []\n\n' }],
  ])('should not let an answer fail whose summary %s', async (_name, whole, streamed) => {
    upstream.reply(completion({ content: 'two', usage: long }));
    upstream.reply(whole);
    const { status, body, headers } = await post({ truncation: 'auto' });
    expect(status).toBe(200);
    checkResponse(body);
    expect(body).toMatchObject({ status: 'completed', output: [{ type: 'message' }] });
    expect(headers['x-gateway-warning']).toBe('not_compacted');
    upstream.reply(chatStream(['two'], { usage: long }));
    upstream.reply(streamed);
    const { events } = await stream();
    checkLifecycle(events);
    expect(endOf(events)).toMatchObject({ status: 'completed', output: [{ type: 'message' }] });
    upstream.requests.length = 0;
  });

  it('should go on from the item, whatever its client sends in front of it', async () => {
    upstream.reply(completion({ content: 'two', usage: long }));
    upstream.reply(completion({ content: 'the note' }));
    const { body } = await post();
    const { output: items } = body as { output: Json[] };
    for (const input of [
      [user('one'), ...items, user('three')],
      [items.at(-1)!, user('three')],
    ]) {
      upstream.reply(completion({ content: 'four' }));
      expect((await post({ input })).status).toBe(200);
      const messages = messagesAt(-1);
      expect(JSON.stringify(messages)).not.toContain('two');
      expect(messages.at(-2)!.content).toContain('the note');
      expect(messages.at(-1)).toEqual(user('three'));
    }
  });

  it('should not sum up calls that are to be carried out, and show them with their outputs', async () => {
    upstream.reply(
      chatStream([toolCallStart(0, 'call_a', 'ls'), toolArguments(0, '{}')], {
        finish: 'tool_calls',
        usage: long,
      }),
    );
    upstream.reply(chatStream(['the note']));
    const tools = [{ type: 'function', name: 'ls' }];
    const { events } = await stream({ tools });
    checkLifecycle(events);
    const { output: items } = endOf(events) as { output: Json[] };
    expect(items.map(({ type }) => type)).toEqual(['function_call', 'compaction']);
    expect(messagesAt(1).map(({ role }) => role)).toEqual(['user', 'user']);
    upstream.reply(completion({ content: 'done' }));
    const callId = String(items[0]!.call_id);
    await post({ tools, input: [user('one'), ...items, { ...output(callId) }] });
    expect(messagesAt(-1).map(({ role }) => role)).toEqual(['user', 'assistant', 'tool', 'user']);
  });

  it('should be named as ignored where nobody knows when', async () => {
    upstream.reply(completion({ content: 'two', usage: long }));
    const { headers } = await post({ context_management: [{ type: 'compaction' }] });
    expect(headers['x-gateway-ignored']).toBe('context_management');
  });

  it.each([
    ['context_management', 'auto'],
    ['context_management[0]', ['auto']],
    ['context_management[0].type', [{ type: 'clear' }]],
    ['context_management[0].compact_threshold', [{ type: 'compaction', compact_threshold: 10 }]],
  ])('should be refused at %s: %j', async (param, context_management) => {
    expectEnvelope(await post({ context_management }), { ...INVALID, param });
    expect(upstream.chats).toHaveLength(0);
  });

  it('should end with its client, also while it is summed up', async () => {
    upstream.reply(chatStream(['two'], { usage: long }));
    upstream.reply({ chunks: [], end: 'hang' });
    const abort = new AbortController();
    const answer = await fetch(`${gateway.url}/v1/responses`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ ...request, stream: true }),
      signal: abort.signal,
    });
    await upstream.waitForChat(2);
    abort.abort();
    await upstream.waitForAbort();
    expect(answer.status).toBe(200);
  });
});
