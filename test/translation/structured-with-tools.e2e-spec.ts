import { createTestApp, PATIENT, type TestApp } from '../support/create-test-app.js';
import {
  chatFrames,
  chatStream,
  completion,
  type FakeUpstream,
  reasoningDelta,
  type ScriptedAnswer,
  startFakeUpstream,
  textDelta,
  toolArguments,
  toolCallStart,
  usageOf,
} from '../support/fake-upstream.js';
import { openStream, postJson, postStream } from '../support/http-client.js';
import { checkLifecycle, checkResponse } from '../support/lifecycle-oracle.js';

const SCHEMA = {
  type: 'object',
  properties: { city: { type: 'string' } },
  required: ['city'],
  additionalProperties: false,
};
const REQUEST = {
  model: 'm',
  input: 'hi',
  tools: [{ type: 'function', name: 'f', parameters: { type: 'object', properties: {} } }],
  text: { format: { type: 'json_schema', name: 'place', schema: SCHEMA, strict: true } },
};
const STREAM = { ...REQUEST, stream: true };
const PROSE = 'It is Paris, I think.';
const FITTING = '{"city":"Paris"}';

describe('structured output beside tools', () => {
  let upstream: FakeUpstream;
  let gateway: TestApp | undefined;

  beforeEach(async () => {
    upstream = await startFakeUpstream();
  });
  afterEach(async () => {
    await gateway?.close();
    gateway = undefined;
    await upstream.close();
  });
  async function start(environment: Record<string, string> = {}): Promise<string> {
    gateway = await createTestApp({
      environment: { ...PATIENT, UPSTREAM_BASE_URL: upstream.url, ...environment },
    });
    return gateway.url;
  }

  it.each([
    {},
    { TOOL_CALL_PARSER: 'llama3', TOOL_CALLS: 'raw' },
    { TOOL_CALL_PARSER: 'qwen3', TOOL_CALLS: 'prompt' },
  ])('should ask for the answer in its form when prose came, streamed: %j', async (environment) => {
    const url = await start(environment as Record<string, string>);
    upstream.reply(chatStream([reasoningDelta('hm'), textDelta(PROSE)], { usage: usageOf(10, 4) }));
    upstream.reply(chatStream([textDelta('{"city":'), textDelta('"Paris"}')], { usage: usageOf(12, 6) }));
    const { events } = await postStream(`${url}/v1/responses`, STREAM);
    checkLifecycle(events);
    const deltas = events.flatMap((event) =>
      event.type === 'response.output_text.delta' ? [(event as { delta?: unknown }).delta] : [],
    );
    expect(deltas).toEqual(['{"city":', '"Paris"}']);
    expect(events.at(-1)).toMatchObject({
      type: 'response.completed',
      response: {
        output_text: FITTING,
        output: [{ type: 'reasoning' }, { type: 'message' }],
        usage: { input_tokens: 22, output_tokens: 10 },
      },
    });
    const [first, second] = upstream.chats.map(({ body }) => body as Record<string, unknown>);
    expect(first).not.toHaveProperty('response_format');
    expect(second).toMatchObject({
      response_format: { type: 'json_schema', json_schema: { schema: SCHEMA } },
    });
    expect(second).not.toHaveProperty('tools');
    expect(second).not.toHaveProperty('tool_choice');
    expect(second!.messages).toEqual([
      ...(first!.messages as unknown[]),
      { role: 'assistant', content: PROSE },
      { role: 'user', content: expect.any(String) as string },
    ]);
  });

  it('should do the same for one object', async () => {
    const url = await start();
    upstream.reply(completion({ content: PROSE, usage: usageOf(10, 4) }));
    upstream.reply(completion({ content: FITTING, usage: usageOf(12, 6) }));
    const { status, body, headers } = await postJson(`${url}/v1/responses`, REQUEST);
    expect(status).toBe(200);
    checkResponse(body);
    expect(headers).not.toHaveProperty('x-gateway-warning');
    expect(body).toMatchObject({ output_text: FITTING, usage: { input_tokens: 22, output_tokens: 10 } });
  });

  it('should show a first answer that fits, and ask no second time', async () => {
    const url = await start();
    upstream.reply(chatStream([textDelta('{"city":'), textDelta('"Paris"}')]));
    const { events } = await postStream(`${url}/v1/responses`, STREAM);
    checkLifecycle(events);
    expect(events.at(-1)).toMatchObject({ response: { status: 'completed', output_text: FITTING } });
    expect(upstream.chats).toHaveLength(1);
  });

  it('should leave calls alone, and the words before them', async () => {
    const url = await start();
    upstream.reply(
      chatStream([textDelta('I look it up.'), toolCallStart(0, 'c', 'f'), toolArguments(0, '{}')], {
        finish: 'tool_calls',
      }),
    );
    const { events } = await postStream(`${url}/v1/responses`, STREAM);
    checkLifecycle(events);
    expect(events.at(-1)).toMatchObject({
      response: {
        status: 'completed',
        output: [{ type: 'message' }, { type: 'function_call' }],
        output_text: 'I look it up.',
      },
    });
    expect(upstream.chats).toHaveLength(1);
  });

  it('should let reasoning through while the text waits', async () => {
    const url = await start();
    let letGo: () => void = () => undefined;
    const wait = new Promise<void>((resolve) => (letGo = resolve));
    const frames = chatFrames([reasoningDelta('hm'), textDelta(PROSE)]);
    async function* pieces(): AsyncGenerator<string> {
      yield frames.slice(0, 2).join('');
      await wait;
      yield frames.slice(2).join('');
    }
    upstream.reply({ chunks: pieces() });
    upstream.reply(chatStream([textDelta(FITTING)]));
    const stream = await openStream(`${url}/v1/responses`, STREAM);
    let event = await stream.next();
    while (event && event.type !== 'response.reasoning_summary_text.delta') event = await stream.next();
    letGo();
    const events = await stream.rest();
    expect(events.at(-1)).toMatchObject({ response: { output_text: FITTING } });
  });

  it.each<[string, Record<string, unknown>]>([
    ['warn', { status: 'completed', output_text: 'Sorry.' }],
    ['fail', { status: 'failed' }],
  ])('should say so when the second answer will not do either: %s', async (mode, response) => {
    const url = await start({ STRICT_OUTPUT: mode });
    upstream.reply(chatStream([textDelta(PROSE)]));
    upstream.reply(chatStream([textDelta('Sorry.')]));
    const { events } = await postStream(`${url}/v1/responses`, STREAM);
    checkLifecycle(events);
    expect(events.at(-1)).toMatchObject({ response });
    expect(upstream.chats).toHaveLength(2);
  });

  it('should do it for a schema that is not strict too, as some clients leave that out', async () => {
    const url = await start({ STRICT_OUTPUT: 'fail' });
    upstream.reply(completion({ content: PROSE }));
    upstream.reply(completion({ content: 'Sorry.' }));
    const text = { format: { ...REQUEST.text.format, strict: false } };
    expect((await postJson(`${url}/v1/responses`, { ...REQUEST, text })).body).toMatchObject({
      status: 'completed',
      output_text: 'Sorry.',
    });
    expect(upstream.chats).toHaveLength(2);
  });

  it('should do it for json_object', async () => {
    const url = await start();
    upstream.reply(completion({ content: PROSE }));
    upstream.reply(completion({ content: FITTING }));
    const text = { format: { type: 'json_object' } };
    const { body } = await postJson(`${url}/v1/responses`, { ...REQUEST, text });
    expect(body).toMatchObject({ status: 'completed', output_text: FITTING });
    expect(upstream.chats[1]!.body).toMatchObject({ response_format: { type: 'json_object' } });
  });

  it.each([
    `\`\`\`json\n${FITTING}\n\`\`\``,
    `Here it is:\n${FITTING}`,
    `${FITTING}\n\nDone.`,
    `${FITTING}${FITTING}`,
  ])('should ask for JSON alone, and pass on what comes then as it is: %j', async (content) => {
    const url = await start();
    upstream.reply(completion({ content: content }));
    upstream.reply(completion({ content: content }));
    const { body, headers } = await postJson(`${url}/v1/responses`, REQUEST);
    checkResponse(body);
    expect(body).toMatchObject({ status: 'completed', output_text: content });
    expect(headers['x-gateway-warning']).toBe('output_schema_violation');
    expect(upstream.chats).toHaveLength(2);
  });

  it.each([
    ['is switched off', { STRICT_OUTPUT: 'off' }, {}],
    ['has no tools', {}, { tools: [] }],
    ['was cut off', {}, {}, 'length'],
  ])('should not ask again when the check %s', async (_name, environment, body, finish = 'stop') => {
    const url = await start(environment);
    upstream.reply(chatStream([textDelta(PROSE)], { finish }));
    const { events } = await postStream(`${url}/v1/responses`, { ...STREAM, ...body });
    checkLifecycle(events);
    expect(events.at(-1)).toMatchObject({ response: { output_text: PROSE } });
    expect(upstream.chats).toHaveLength(1);
  });

  it('should end the second answer of a client that has left', async () => {
    const url = await start();
    upstream.reply(chatStream([textDelta(PROSE)]));
    upstream.reply({ chunks: [chatFrames([textDelta('{')])[0]!], end: 'hang' });
    const stream = await openStream(`${url}/v1/responses`, STREAM);
    await upstream.waitForChat(2);
    stream.destroy();
    await expect(upstream.waitForAbort()).resolves.toBeUndefined();
  });

  describe('where the second question brings no answer', () => {
    const NOTHING: [string, ScriptedAnswer | string][] = [
      ['a refusal', { status: 400, body: '{"message":"no response_format here"}' }],
      ['a failure', { status: 500, body: '{"message":"down"}' }],
      ['a closed connection', { end: 'destroy' }],
      ['a cut answer', { chunks: chatFrames([reasoningDelta('hm')]).slice(0, 1), end: 'destroy' }],
      ['a stream that ends without a word', { chunks: [], headers: { 'content-type': 'text/event-stream' } }],
      ['an error in the stream', { chunks: ['data: {"error":{"message":"down","code":500}}\n\n'] }],
      ['a chunk of no known shape', { chunks: ['data: {"choices":[{"delta":7}]}\n\n', 'data: [DONE]\n\n'] }],
      ['an empty answer', chatStream([reasoningDelta('hm')], { usage: usageOf(5, 2) })],
      ['an answer cut before its text', chatStream([reasoningDelta('hm')], { finish: 'length' })],
    ];

    it.each(NOTHING)('should give the first one out, streamed: %s', async (_name, answer) => {
      const url = await start();
      upstream.reply(chatStream([textDelta('It is '), textDelta('Paris.')], { usage: usageOf(10, 4) }));
      upstream.reply(answer);
      const { events } = await postStream(`${url}/v1/responses`, STREAM);
      checkLifecycle(events);
      expect(events.at(-1)).toMatchObject({
        type: 'response.completed',
        response: { output_text: 'It is Paris.', error: null },
      });
      expect(upstream.chats.length).toBeGreaterThan(1);
    });

    it.each(NOTHING)('should fail with what is wrong with the first one: %s', async (_name, answer) => {
      const url = await start({ STRICT_OUTPUT: 'fail' });
      upstream.reply(chatStream([textDelta(PROSE)]));
      upstream.reply(answer);
      const { events } = await postStream(`${url}/v1/responses`, STREAM);
      checkLifecycle(events);
      expect(events.at(-1)).toMatchObject({
        response: {
          status: 'failed',
          output_text: PROSE,
          error: { message: expect.stringContaining('schema') as string },
        },
      });
    });

    it.each<[string, ScriptedAnswer | string]>([
      ['a refusal', { status: 400, body: '{"message":"no response_format here"}' }],
      ['a failure', { status: 503, body: '' }],
      ['a closed connection', { end: 'destroy' }],
      ['a body that is no JSON', { status: 200, body: '<html>' }],
      ['an empty answer', completion({ content: '' })],
    ])('should give the first one out, as one object: %s', async (_name, answer) => {
      const url = await start();
      upstream.reply(completion({ content: PROSE, usage: usageOf(10, 4) }));
      upstream.reply(answer);
      const { status, body, headers } = await postJson(`${url}/v1/responses`, REQUEST);
      expect(status).toBe(200);
      checkResponse(body);
      expect(headers['x-gateway-warning']).toContain('output_schema_violation');
      expect(body).toMatchObject({ status: 'completed', output_text: PROSE });
    });

    it('should fail a second answer whose text has begun', async () => {
      const url = await start();
      upstream.reply(chatStream([textDelta(PROSE)]));
      upstream.reply({ chunks: chatFrames([textDelta('{"ci')]).slice(0, 1), end: 'destroy' });
      const { events } = await postStream(`${url}/v1/responses`, STREAM);
      checkLifecycle(events);
      expect(events.at(-1)).toMatchObject({ type: 'response.failed', response: { output_text: '{"ci' } });
    });
  });

  it('should stop reading where a stop text ends a draft', async () => {
    const url = await start();
    upstream.reply({ chunks: [chatFrames([textDelta(`${PROSE} END and more`)])[0]!], end: 'hang' });
    upstream.reply(chatStream([textDelta(FITTING)]));
    const { events } = await postStream(`${url}/v1/responses`, { ...STREAM, stop: ['END'] });
    checkLifecycle(events);
    expect(events.at(-1)).toMatchObject({ response: { status: 'completed', output_text: FITTING } });
    expect(upstream.aborted).toBe(1);
  });
});
