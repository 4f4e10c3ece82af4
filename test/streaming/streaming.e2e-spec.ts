import { checkChatRequest } from '../support/chat-rules.js';
import { createTestApp, type TestApp } from '../support/create-test-app.js';
import {
  chatFrames,
  chatStream,
  completion,
  finish,
  reasoningDelta,
  type ScriptedAnswer,
  textDelta,
  toolArguments,
  toolCallStart,
  usageOf,
} from '../support/fake-upstream.js';
import { type OpenStream, openStream, postJson, postStream } from '../support/http-client.js';
import { arrayOf, recordOf, type Json } from '../support/json.js';
import { checkLifecycle, checkResponse, foldStream } from '../support/lifecycle-oracle.js';
import { useGateway } from '../support/use-gateway.js';

const functionTool = (name: string) => ({
  type: 'function',
  name,
  parameters: { type: 'object', properties: {} },
});
const TOOLS = [functionTool('search'), functionTool('read')];
const wholeCall = (index: number, name: string, text: string) => [
  toolCallStart(index, `id-${index}`, name),
  toolArguments(index, text),
];

const { upstream, gateway } = useGateway({ environment: { MODEL_ALIASES: 'fast=test-model-small' } });

const url = () => `${gateway.url}/v1/responses`;
const sentChat = () => recordOf(upstream.chats.at(-1)?.body);

/** Streams an answer of the upstream and holds it to the oracle. */
async function stream(
  body: Json,
  answer: ScriptedAnswer | string,
  headers: Record<string, string> = {},
  target = url(),
) {
  upstream.reply(answer);
  const result = await postStream(
    target,
    { model: 'test-model', input: 'hi', stream: true, ...body },
    headers,
  );
  expect(result).toMatchObject({ status: 200, done: true });
  checkLifecycle(result.events);
  checkChatRequest(sentChat());
  const response = recordOf(recordOf(result.events.at(-1)).response);
  expect(foldStream(result.events)).toEqual(response.output);
  return { ...result, response, output: arrayOf(response.output).map(recordOf) };
}

async function ask(body: Json, answer: ScriptedAnswer | string, headers: Record<string, string> = {}) {
  upstream.reply(answer);
  const result = await postJson(url(), { model: 'test-model', input: 'hi', ...body }, headers);
  return { ...result, body: recordOf(result.body) };
}

const typesOf = (events: readonly { type: string }[]) =>
  events.map(({ type }) => type.replace('response.', ''));

describe('the wire of a stream', () => {
  it('should have headers that keep proxies from holding or changing it', async () => {
    const { headers } = await stream({}, chatStream(['pong']));
    expect(headers['content-type']).toMatch(/^text\/event-stream\b/);
    expect(headers['cache-control']).toContain('no-cache');
    expect(headers['x-accel-buffering']).toBe('no');
    expect(headers['x-request-id']).toMatch(/^req_\w+$/);
    expect(headers).not.toHaveProperty('content-length');
    expect(headers).not.toHaveProperty('etag');
    expect(headers).not.toHaveProperty('x-powered-by');
  });

  it('should be made of frames of an event and a data line, [DONE] last', async () => {
    const { raw } = await stream({}, chatStream(['pong']));
    const frames = raw.split('\n\n');
    expect(frames.slice(-2)).toEqual(['data: [DONE]', '']);
    for (const frame of frames.slice(0, -2)) expect(frame).toMatch(/^event: [\w.]+\ndata: \{.*\}$/);
    expect(raw.match(/\[DONE\]/g)).toHaveLength(1);
    expect(raw).not.toContain('\r');
  });

  it('should keep line breaks and separators within a frame', async () => {
    const text = 'a\nb\r\nc\n\ndata: x\u2028\u2029\u0000😀';
    const { response } = await stream({}, chatStream([text]));
    expect(response.output_text).toBe(text);
  });

  it('should deliver each piece while the upstream still writes', async () => {
    const frames = chatFrames(['one', 'two']);
    let release: () => void = () => undefined;
    const seen = new Promise<void>((resolve) => {
      release = resolve;
    });
    async function* chunks() {
      yield frames[0]!;
      await seen;
      yield* frames.slice(1);
    }
    upstream.reply({ chunks: chunks() });
    const open = await openStream(url(), { model: 'test-model', input: 'hi', stream: true });
    for (
      let event = await open.next();
      event?.type !== 'response.output_text.delta';
      event = await open.next()
    );
    release();
    const rest = await open.rest();
    expect(typesOf(rest).at(-1)).toBe('completed');
    checkLifecycle(open.seen.events);
  });

  describe('while the upstream is silent', () => {
    let impatient: TestApp;

    beforeAll(async () => {
      impatient = await createTestApp({
        environment: { UPSTREAM_BASE_URL: upstream.url, KEEP_ALIVE_INTERVAL_MS: '20' },
      });
    });

    afterAll(() => impatient.close());

    /** Streams an answer whose upstream goes on only when the client has seen what it waits for. */
    const streamUntil = async (
      isSeen: (open: OpenStream) => boolean,
      headers: Record<string, string> = {},
    ) => {
      const [first, ...others] = chatFrames(['one', 'two']);
      let release: () => void = () => undefined;
      const seen = new Promise<void>((resolve) => {
        release = resolve;
      });
      async function* chunks() {
        yield first!;
        await seen;
        yield* others;
      }
      upstream.reply({ chunks: chunks() });
      const body = { model: 'test-model', input: 'hi', stream: true };
      const open = await openStream(`${impatient.url}/v1/responses`, body, headers);
      const rest = open.rest();
      while (!isSeen(open)) await new Promise((resolve) => setImmediate(resolve));
      release();
      await rest;
      expect(open.seen.done).toBe(true);
      return open.seen;
    };

    it('should send a comment', async () => {
      const { comments, events } = await streamUntil((open) => open.seen.comments.length >= 2);
      checkLifecycle(events);
      expect(new Set(comments)).toEqual(new Set(['keep-alive']));
    });

    it('should send Codex an event instead, for it counts data only', async () => {
      const isKeepalive = (event: { type: string }) => event.type === 'keepalive';
      const { comments, events } = await streamUntil((open) => open.seen.events.some(isKeepalive), {
        originator: 'codex_exec',
      });
      checkLifecycle(events, { allowKeepalive: true });
      expect(comments).toEqual([]);
    });
  });

  it('should send no comment while the upstream is not silent', async () => {
    const { comments } = await stream({}, chatStream(['a', 'b']));
    expect(comments).toEqual([]);
  });

  it.each([
    ['a request id of the client', 'abc-1.2:3/4'],
    ['one that contains every allowed sign', 'a_b+c=d@e'],
  ])('should carry %s', async (_name, id) => {
    const { headers } = await stream({}, chatStream(['pong']), { 'x-request-id': id });
    expect(headers['x-request-id']).toBe(id);
    expect(upstream.chats.at(-1)?.headers['x-request-id']).toBe(id);
  });

  it('should not carry a request id that could break a log', async () => {
    const { headers } = await stream({}, chatStream(['pong']), { 'x-request-id': 'a b' });
    expect(headers['x-request-id']).toMatch(/^req_/);
  });

  it('should be answered with an error in JSON where it fails before it began', async () => {
    upstream.reply({ status: 500, body: '{}' });
    const { status, body, headers } = await postStream(url(), {
      model: 'test-model',
      input: 'hi',
      stream: true,
    });
    expect({ status, body }).toMatchObject({ status: 502, body: { error: { code: 'upstream_error' } } });
    expect(headers['content-type']).toContain('application/json');
    expect(headers['x-request-id']).toBeDefined();
  });
});

describe('calls', () => {
  const twoCalls = chatStream([...wholeCall(0, 'search', '{"q":1}'), ...wholeCall(1, 'read', '{"r":2}')], {
    finish: 'tool_calls',
  });

  it('should all come where they may be parallel', async () => {
    const { output } = await stream({ tools: TOOLS }, twoCalls);
    expect(output).toMatchObject([
      { type: 'function_call', name: 'search', arguments: '{"q":1}', status: 'completed' },
      { type: 'function_call', name: 'read', arguments: '{"r":2}', status: 'completed' },
    ]);
    expect(sentChat()).not.toHaveProperty('parallel_tool_calls');
  });

  it('should leave no trace of the second where they must not be parallel', async () => {
    const { events, output, response, raw } = await stream(
      { tools: TOOLS, parallel_tool_calls: false },
      twoCalls,
    );
    expect(output).toMatchObject([{ name: 'search', arguments: '{"q":1}' }]);
    expect(response.parallel_tool_calls).toBe(false);
    expect(events.filter((event) => 'output_index' in event && event.output_index !== 0)).toEqual([]);
    expect(raw).not.toContain('{\\"r\\":2}');
    expect(sentChat().parallel_tool_calls).toBe(false);
  });

  it.each<[string, unknown, unknown, string[]]>([
    ['auto', 'auto', undefined, ['search', 'read']],
    ['required', 'required', 'required', ['search', 'read']],
    ['named', { type: 'function', name: 'read' }, { type: 'function', function: { name: 'read' } }, ['read']],
    [
      'allowed',
      { type: 'allowed_tools', mode: 'auto', tools: [{ type: 'function', name: 'read' }] },
      undefined,
      ['read'],
    ],
    [
      'allowed and required',
      { type: 'allowed_tools', mode: 'required', tools: [{ type: 'function', name: 'read' }] },
      'required',
      ['read'],
    ],
  ])('should be chosen upstream as asked for and echoed: %s', async (_name, tool_choice, sent, tools) => {
    const { response, output } = await stream({ tools: TOOLS, tool_choice }, twoCalls);
    expect(sentChat().tool_choice).toEqual(sent);
    expect(arrayOf(sentChat().tools).map((tool) => recordOf(recordOf(tool).function).name)).toEqual(tools);
    expect(response.tool_choice).toEqual(tool_choice);
    expect(response.tools).toHaveLength(2);
    expect(output.map(({ name }) => name)).toEqual(tools);
  });

  it('should not come and not be offered where none is wanted', async () => {
    const { response, output } = await stream(
      { tools: TOOLS, tool_choice: 'none' },
      chatStream(['ok', ...wholeCall(0, 'read', '{}')]),
    );
    expect(sentChat()).not.toHaveProperty('tools');
    expect(response.tool_choice).toBe('none');
    expect(output).toMatchObject([{ type: 'message', content: [{ text: 'ok' }] }]);
  });

  it('should not have white space around them become a message', async () => {
    const pieces = [
      reasoningDelta('why'),
      '\n',
      '\n',
      ...wholeCall(0, 'search', '{}'),
      '\n',
      ...wholeCall(1, 'read', '{}'),
      ' ',
    ];
    const { output } = await stream({ tools: TOOLS }, chatStream(pieces));
    expect(output.map(({ type }) => type)).toEqual(['reasoning', 'function_call', 'function_call']);
  });

  it('should keep white space that belongs to a text', async () => {
    const { output } = await stream(
      { tools: TOOLS },
      chatStream(['\n', 'I look.', '\n\n', ...wholeCall(0, 'search', '{}')]),
    );
    expect(output).toMatchObject([{ content: [{ text: '\nI look.\n\n' }] }, { type: 'function_call' }]);
  });

  it.each([
    ['no arguments at all', [toolCallStart(0, 'a', 'search')]],
    ['empty arguments', wholeCall(0, 'search', '')],
    ['blank arguments', wholeCall(0, 'search', ' ')],
  ])('should have the arguments {} where the model gave %s', async (_name, pieces) => {
    const { output } = await stream({ tools: TOOLS }, chatStream(pieces));
    expect(output).toMatchObject([{ type: 'function_call', status: 'completed' }]);
    expect(JSON.parse(String(output[0]?.arguments))).toEqual({});
  });

  it.each(['length', 'content_filter'])(
    'should be incomplete where the answer ends in one: %s',
    async (reason) => {
      const pieces = [...wholeCall(0, 'search', '{"q":1}'), ...wholeCall(1, 'read', '{"r":')];
      const { output, response } = await stream({ tools: TOOLS }, chatStream(pieces, { finish: reason }));
      expect(response.status).toBe('incomplete');
      expect(output).toMatchObject([
        { name: 'search', status: 'completed' },
        { name: 'read', status: 'incomplete', arguments: '{"r":' },
      ]);
    },
  );

  it('should be incomplete where the connection breaks in one, and the response failed', async () => {
    const body = chatStream(wholeCall(0, 'search', '{"q":'), { finish: null, usage: null, done: false });
    const { output, response } = await stream({ tools: TOOLS }, { body, end: 'reset' });
    expect(response).toMatchObject({ status: 'failed', error: { code: 'server_error' } });
    expect(output).toMatchObject([{ status: 'incomplete' }]);
  });

  it('should be understood from servers that number them in their own way', async () => {
    const frames = [
      { delta: { tool_calls: [{ id: 'a', function: { name: 'search', arguments: '' } }] } },
      { delta: { tool_calls: [{ function: { arguments: '{"q":1}' } }] } },
      { delta: { tool_calls: [{ id: 'b', function: { name: 'read', arguments: { r: 2 } } }] } },
    ];
    const { output } = await stream({ tools: TOOLS }, chatStream(frames, { finish: 'tool_calls' }));
    expect(output).toMatchObject([
      { name: 'search', arguments: '{"q":1}' },
      { name: 'read', arguments: '{"r":2}' },
    ]);
  });
});

describe('refusals and logprobs', () => {
  it('should stream a refusal as a part of its own', async () => {
    const pieces = [{ delta: { refusal: 'I can' } }, { delta: { refusal: 'not.' } }];
    const { events, output, response } = await stream({}, chatStream(pieces));
    expect(typesOf(events)).toEqual(expect.arrayContaining(['refusal.delta', 'refusal.done']));
    expect(output).toMatchObject([{ content: [{ type: 'refusal', refusal: 'I cannot.' }] }]);
    expect(response).toMatchObject({ status: 'completed', output_text: '' });
  });

  it('should answer a refusal', async () => {
    const { body } = await ask({}, completion({ refusal: 'No.' }));
    checkResponse(body);
    expect(body.output).toMatchObject([{ content: [{ type: 'refusal', refusal: 'No.' }] }]);
  });

  const entry = (token: string) => ({
    token,
    logprob: -0.5,
    bytes: [...Buffer.from(token)],
    top_logprobs: [{ token: 'x', logprob: -2, bytes: [120] }],
  });

  it('should stream logprobs with the deltas they belong to', async () => {
    const pieces = [textDelta('po', [entry('po')]), textDelta('ng', [entry('ng')])];
    const { events, output, response } = await stream({ top_logprobs: 1 }, chatStream(pieces));
    expect(sentChat()).toMatchObject({ logprobs: true, top_logprobs: 1 });
    expect(response.top_logprobs).toBe(1);
    const deltas = events.filter(({ type }) => type === 'response.output_text.delta');
    expect(deltas).toMatchObject([{ logprobs: [entry('po')] }, { logprobs: [entry('ng')] }]);
    expect(output).toMatchObject([{ content: [{ logprobs: [entry('po'), entry('ng')] }] }]);
  });

  it('should stream logprobs of the text where the gateway reads the calls', async () => {
    const parsing = await createTestApp({
      environment: { UPSTREAM_BASE_URL: upstream.url, TOOL_CALL_PARSER: 'hermes' },
    });
    try {
      const body = { top_logprobs: 1, tools: TOOLS };
      const call = '<tool_call>{"name":"search","arguments":{}}</tool_call>';
      const { output, headers } = await stream(
        body,
        chatStream([textDelta('po', [entry('po')]), textDelta(call, [entry(call)])]),
        {},
        `${parsing.url}/v1/responses`,
      );
      expect(sentChat()).toMatchObject({ logprobs: true, top_logprobs: 1 });
      expect(headers['x-gateway-ignored']).toBeUndefined();
      expect(output[0]).toMatchObject({ content: [{ text: 'po', logprobs: [entry('po')] }] });
    } finally {
      await parsing.close();
    }
  });

  it('should answer with logprobs', async () => {
    const { body } = await ask(
      { include: ['message.output_text.logprobs'] },
      completion({ content: 'pong', logprobs: [entry('pong')] }),
    );
    checkResponse(body);
    expect(sentChat()).toMatchObject({ logprobs: true });
    expect(body.output).toMatchObject([{ content: [{ logprobs: [entry('pong')] }] }]);
  });
});

describe('stop texts', () => {
  it('should end the answer across chunks, and the request upstream', async () => {
    const before = upstream.aborted;
    const body = chatStream(['one E', 'N', 'D two'], { finish: null, usage: null, done: false });
    const { response } = await stream({ stop: ['END'] }, { body, end: 'hang' });
    expect(response).toMatchObject({ status: 'completed', output_text: 'one ' });
    expect(sentChat().stop).toEqual(['END']);
    await upstream.waitForAbort(before + 1);
  });

  it('should not hold back what turns out to be none', async () => {
    const { response } = await stream({ stop: 'END' }, chatStream(['one E', 'N', 'X two EN']));
    expect(response.output_text).toBe('one ENX two EN');
  });

  it('should end an answer that is not streamed, and count its tokens', async () => {
    const { body } = await ask(
      { stop: ['END'] },
      completion({ content: 'one END two', usage: usageOf(3, 4) }),
    );
    checkResponse(body);
    expect(body).toMatchObject({ output_text: 'one ', usage: { input_tokens: 3, output_tokens: 4 } });
  });

  it('should stay in the answer where they are to be included', async () => {
    const body = { stop: ['END'], include_stop_str_in_output: true };
    const { response } = await stream(body, chatStream(['one END']));
    expect(response.output_text).toBe('one END');
  });
});

describe('reasoning', () => {
  const answer = chatStream([reasoningDelta('wh'), reasoningDelta('y'), 'so'], {
    usage: usageOf(3, 4, { reasoning: 2 }),
  });
  const FORMS: [string, string[], Json | null][] = [
    [
      'summary',
      ['reasoning_summary_part.added', 'reasoning_summary_text.delta'],
      { summary: [{ type: 'summary_text', text: 'why' }] },
    ],
    ['text', ['reasoning_text.delta'], { summary: [], content: [{ type: 'reasoning_text', text: 'why' }] }],
    [
      'open-responses',
      ['reasoning.delta'],
      { summary: [], content: [{ type: 'reasoning_text', text: 'why' }] },
    ],
    ['off', [], null],
  ];

  it.each(FORMS)('should be shown in the form of the header: %s', async (form, types, item) => {
    const { events, output, response } = await stream({}, answer, { 'x-reasoning-output': form });
    for (const type of types) expect(typesOf(events)).toContain(type);
    expect(output).toMatchObject([...(item ? [{ type: 'reasoning', ...item }] : []), { type: 'message' }]);
    expect(response).toMatchObject({
      output_text: 'so',
      usage: { output_tokens_details: { reasoning_tokens: 2 } },
    });
    if (item === null) expect(JSON.stringify(events)).not.toContain('reasoning_text');
  });

  it.each(FORMS)('should be shown in the form of the environment: %s', async (form, types, item) => {
    const other = await createTestApp({
      environment: { UPSTREAM_BASE_URL: upstream.url, REASONING_OUTPUT: form },
    });
    try {
      const target = `${other.url}/v1/responses`;
      const { events, output } = await stream({}, answer, {}, target);
      for (const type of types) expect(typesOf(events)).toContain(type);
      expect(output).toHaveLength(item ? 2 : 1);
      const overruled = await stream({}, answer, { 'x-reasoning-output': 'summary' }, target);
      expect(typesOf(overruled.events)).toContain('reasoning_summary_text.delta');
    } finally {
      await other.close();
    }
  });

  it('should be refused in a form that nobody knows', async () => {
    const { status, body } = await postJson(
      url(),
      { model: 'test-model', input: 'hi', stream: true },
      { 'x-reasoning-output': 'loud' },
    );
    expect({ status, body }).toMatchObject({ status: 400, body: { error: { param: 'x-reasoning-output' } } });
  });

  it.each(['summary', 'text', 'open-responses'])(
    'should be taken back as input in the form %s',
    async (form) => {
      const { output } = await stream({}, answer, { 'x-reasoning-output': form });
      await stream(
        { input: [{ role: 'user', content: 'q' }, ...output, { role: 'user', content: 'r' }] },
        answer,
      );
      expect(sentChat().messages).toEqual([
        { role: 'user', content: 'q' },
        { role: 'assistant', content: 'so', reasoning_content: 'why' },
        { role: 'user', content: 'r' },
      ]);
    },
  );

  it('should be asked for with an effort the server knows', async () => {
    const { response } = await stream({ reasoning: { effort: 'xhigh', summary: 'auto' } }, answer);
    expect(sentChat().reasoning_effort).toBe('max');
    expect(response.reasoning).toEqual({ effort: 'xhigh', summary: 'auto' });
  });
});

describe('the request upstream', () => {
  it('should name what was ignored', async () => {
    const body = { service_tier: 'flex', foo: 1, tools: [{ type: 'web_search' }], 'bad name': 1 };
    const { headers } = await stream(body, chatStream(['pong']));
    const names = String(headers['x-gateway-ignored']).split(', ');
    expect(names.sort()).toEqual(['foo', 'service_tier', 'tools:web_search']);
    const json = await ask(body, completion({ content: 'pong' }));
    expect(json.headers['x-gateway-ignored']).toBe(headers['x-gateway-ignored']);
  });

  it('should not name anything where nothing was ignored', async () => {
    const { headers } = await stream({ temperature: 0 }, chatStream(['pong']));
    expect(headers).not.toHaveProperty('x-gateway-ignored');
  });

  it('should be for the first listed model by default', async () => {
    const { response } = await stream({ model: 'default' }, chatStream(['pong']));
    expect(response.model).toBe('test-model');
    expect(sentChat().model).toBe('test-model');
  });

  it('should be for the model an alias stands for, while the client sees its own name', async () => {
    const { response } = await stream({ model: 'fast' }, chatStream(['pong']));
    expect(response.model).toBe('fast');
    expect(sentChat().model).toBe('test-model-small');
  });

  it('should carry images as parts with their detail', async () => {
    const content = [
      { type: 'input_text', text: 'What is this?' },
      { type: 'input_image', image_url: 'data:image/png;base64,AA==', detail: 'low' },
      { type: 'input_image', image_url: 'https://example.com/a.png' },
    ];
    await stream({ input: [{ role: 'user', content }] }, chatStream(['A cat.']));
    expect(sentChat().messages).toEqual([
      {
        role: 'user',
        content: [
          { type: 'text', text: 'What is this?' },
          { type: 'image_url', image_url: { url: 'data:image/png;base64,AA==', detail: 'low' } },
          { type: 'image_url', image_url: { url: 'https://example.com/a.png' } },
        ],
      },
    ]);
  });

  it('should begin with one system message of all that leads', async () => {
    const input = [
      { role: 'system', content: 'two' },
      { role: 'developer', content: [{ type: 'input_text', text: 'three' }] },
      { role: 'user', content: 'q' },
    ];
    const { response } = await stream({ instructions: 'one', input }, chatStream(['a']));
    expect(sentChat().messages).toEqual([
      { role: 'system', content: 'one\n\ntwo\n\nthree' },
      { role: 'user', content: 'q' },
    ]);
    expect(response.instructions).toBe('one');
  });

  it('should ask for usage where it streams and only there', async () => {
    await stream({}, chatStream(['a']));
    expect(sentChat()).toMatchObject({ stream: true, stream_options: { include_usage: true } });
    await ask({}, completion({ content: 'a' }));
    expect(sentChat()).not.toHaveProperty('stream');
    expect(sentChat()).not.toHaveProperty('stream_options');
  });

  it('should take nulls for every optional field', async () => {
    const nothing = Object.fromEntries(
      [
        'instructions',
        'tools',
        'tool_choice',
        'text',
        'reasoning',
        'include',
        'metadata',
        'user',
        'temperature',
        'top_p',
        'max_output_tokens',
        'parallel_tool_calls',
        'previous_response_id',
        'store',
        'truncation',
        'service_tier',
        'stop',
        'seed',
        'stream_options',
        'background',
        'conversation',
        'prompt',
        'top_logprobs',
      ].map((field) => [field, null]),
    );
    await stream(nothing, chatStream(['a']));
    expect(sentChat()).toEqual({
      model: 'test-model',
      messages: [{ role: 'user', content: 'hi' }],
      stream: true,
      stream_options: { include_usage: true },
    });
  });
});

describe('how answers end', () => {
  it.each([
    ['length', 'max_output_tokens'],
    ['content_filter', 'content_filter'],
  ])('should tell an answer cut by %s', async (reason, told) => {
    const { events, response } = await stream({}, chatStream(['a', finish(reason)]));
    expect(events.at(-1)?.type).toBe('response.incomplete');
    expect(response).toMatchObject({ status: 'incomplete', incomplete_details: { reason: told } });
    const { status, body } = await ask({}, completion({ content: 'a', finish: reason }));
    expect(status).toBe(200);
    checkResponse(body);
    expect(body).toMatchObject({ status: 'incomplete', incomplete_details: { reason: told } });
  });

  it('should complete an answer whose server leaves [DONE] away', async () => {
    const { response } = await stream({}, chatStream(['a'], { done: false }));
    expect(response.status).toBe('completed');
  });

  it.each<[string, ScriptedAnswer]>([
    ['without a finish reason', { body: chatStream(['a'], { finish: null, usage: null, done: false }) }],
    ['with a reset', { body: chatStream(['a'], { finish: null, usage: null, done: false }), end: 'reset' }],
    [
      'with a line that is no JSON',
      { body: `${chatStream(['a'], { finish: null, done: false })}data: {oops\n\n` },
    ],
    [
      'with an error of the proxy',
      {
        body: `${chatStream(['a'], { finish: null, usage: null, done: false })}{"error_code":10402,"text":"gone"}\n`,
      },
    ],
    [
      'with a chunk of a wrong shape',
      { body: chatStream(['a', { delta: { content: 5 as unknown as string } }]) },
    ],
    ['with tool calls of a wrong shape', { body: chatStream(['a', { delta: { tool_calls: {} as never } }]) }],
  ])('should fail an answer that ends %s', async (_name, answer) => {
    const { events, response, output } = await stream({}, answer);
    expect(typesOf(events).slice(-2)).toEqual(['error', 'failed']);
    expect(response.status).toBe('failed');
    expect(output).toMatchObject([{ status: 'incomplete', content: [{ text: 'a' }] }]);
    const { status, body } = await ask({ stream: false }, answer);
    expect(status).toBeGreaterThanOrEqual(500);
    expect(recordOf(body.error)).toMatchObject({ type: 'server_error', param: null });
  });

  it('should complete an answer whose connection breaks behind the finish reason', async () => {
    const { response } = await stream(
      {},
      { body: chatStream(['a'], { usage: null, done: false }), end: 'reset' },
    );
    expect(response.status).toBe('completed');
  });

  it('should still be there after a chunk of a wrong shape', async () => {
    const { response } = await stream({}, chatStream(['pong']));
    expect(response.output_text).toBe('pong');
  });
});
