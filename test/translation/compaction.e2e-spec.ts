import type { ResponseEvent } from '../../src/contracts/response-events.js';
import { createTestApp, type TestApp } from '../support/create-test-app.js';
import { expectEnvelope } from '../support/error-envelope.js';
import {
  chatFrames,
  chatStream,
  completion,
  errorBody,
  type FakeUpstream,
  reasoningDelta,
  streamError,
  toolCallStart,
  usageOf,
} from '../support/fake-upstream.js';
import { exchange, getJson, postJson, postStream } from '../support/http-client.js';
import type { Json } from '../support/json.js';
import { checkLifecycle, checkResponse, foldStream, normaliseIds } from '../support/lifecycle-oracle.js';
import { validateAs } from '../support/published-schema.js';
import { useGateway } from '../support/use-gateway.js';

const KEY = '5a'.repeat(32);
const TRIGGER = { type: 'compaction_trigger' };
const user = (content: unknown) => ({ type: 'message', role: 'user', content });
const CONVERSATION = [
  { type: 'message', id: 'msg_first', role: 'user', content: 'Build a page for a dog cafe.' },
  { type: 'message', role: 'assistant', content: [{ type: 'output_text', text: 'Here is the page.' }] },
  { type: 'function_call', call_id: 'call_1', name: 'ls', arguments: '{}' },
  { type: 'function_call_output', call_id: 'call_1', output: 'index.html' },
  { role: 'user', content: [{ type: 'input_text', text: 'Make it blue.' }] },
];

interface Resource extends Json {
  output: Json[];
}

const compactionOf = ({ output }: { output: Json[] }): Json => output.at(-1)!;
const messagesOf = (upstream: FakeUpstream, index = -1): Json[] =>
  (upstream.chats.at(index)?.body as { messages: Json[] }).messages;

describe('compaction', () => {
  const { upstream, gateway } = useGateway({
    environment: { ENCRYPTION_KEY: KEY, API_KEYS: 'sk-one,sk-two' },
  });

  afterEach(() => {
    upstream.requests.length = 0;
  });

  const as = (key: string) => ({ authorization: `Bearer ${key}` });
  const compact = (body: unknown, key = 'sk-one') =>
    postJson(`${gateway.url}/v1/responses/compact`, body, as(key));
  const create = (body: unknown, key = 'sk-one') => postJson(`${gateway.url}/v1/responses`, body, as(key));
  const compacted = async (summary = 'They want a blue page.'): Promise<Resource> => {
    upstream.reply(completion({ content: summary }));
    const { status, body } = await compact({ model: 'test-model', input: CONVERSATION });
    expect(status).toBe(200);
    return body as Resource;
  };

  describe('POST /v1/responses/compact', () => {
    it('should keep the user messages and seal a summary of the rest', async () => {
      upstream.reply(completion({ content: '\n\nThey want a blue page.', usage: usageOf(139, 438) }));
      const { status, body, headers } = await compact({
        model: 'test-model',
        input: CONVERSATION,
        prompt_cache_key: 'k',
      });
      expect(status).toBe(200);
      expect(validateAs('CompactResource', body)).toEqual([]);
      expect(body).toEqual({
        id: expect.stringMatching(/^resp_/) as string,
        object: 'response.compaction',
        created_at: expect.any(Number) as number,
        output: [
          {
            type: 'message',
            id: 'msg_first',
            status: 'completed',
            role: 'user',
            content: [{ type: 'input_text', text: 'Build a page for a dog cafe.' }],
          },
          {
            type: 'message',
            id: expect.stringMatching(/^msg_/) as string,
            status: 'completed',
            role: 'user',
            content: [{ type: 'input_text', text: 'Make it blue.' }],
          },
          {
            type: 'compaction',
            id: expect.stringMatching(/^cmp_/) as string,
            encrypted_content: expect.stringMatching(/^[\w-]{40,}$/) as string,
          },
        ],
        usage: {
          input_tokens: 139,
          input_tokens_details: { cached_tokens: 0, cache_write_tokens: 0 },
          output_tokens: 438,
          output_tokens_details: { reasoning_tokens: 0 },
          total_tokens: 577,
        },
      });
      expect(JSON.stringify(body)).not.toContain('blue page');
      expect(headers['x-gateway-ignored']).toBe('prompt_cache_key');
    });

    it('should have the model write it out of the same conversation, without streaming and without tools', async () => {
      upstream.reply(completion({ content: 'note' }));
      await compact({ model: 'test-model', instructions: 'Be kind.', input: CONVERSATION });
      const { body } = upstream.chats[0]!;
      expect(Object.keys(body as Json).sort()).toEqual(['messages', 'model']);
      expect(messagesOf(upstream)).toEqual([
        { role: 'system', content: 'Be kind.' },
        { role: 'user', content: 'Build a page for a dog cafe.' },
        {
          role: 'assistant',
          content: 'Here is the page.',
          tool_calls: [{ id: 'call_1', type: 'function', function: { name: 'ls', arguments: '{}' } }],
        },
        { role: 'tool', tool_call_id: 'call_1', content: 'index.html' },
        { role: 'user', content: 'Make it blue.' },
        { role: 'user', content: expect.stringContaining('handover note') as string },
      ]);
    });

    it('should take a text as the one message of the user', async () => {
      upstream.reply(completion({ content: 'note' }));
      const { body } = await compact({ model: 'test-model', input: 'Only this.' });
      expect((body as Resource).output).toMatchObject([
        { role: 'user', content: [{ type: 'input_text', text: 'Only this.' }] },
        { type: 'compaction' },
      ]);
    });

    it('should keep images in the form of the published schema', async () => {
      upstream.reply(completion({ content: 'note' }));
      const image = 'data:image/png;base64,AAAA';
      const { body } = await compact({
        model: 'test-model',
        input: [user([{ type: 'image_url', image_url: { url: image } }])],
      });
      expect(validateAs('CompactResource', body)).toEqual([]);
      expect((body as Resource).output[0]!.content).toEqual([
        { type: 'input_image', image_url: image, detail: 'auto' },
      ]);
    });

    it('should use the reasoning where the answer is nothing else', async () => {
      upstream.reply(completion({ content: null, reasoning: 'They want blue.' }));
      const { status, body } = await compact({ model: 'test-model', input: 'x' });
      expect(status).toBe(200);
      upstream.reply(completion({ content: 'ok' }));
      await create({ model: 'test-model', input: [compactionOf(body as Resource), user('go on')] });
      expect(messagesOf(upstream)[0]!.content).toContain('They want blue.');
    });

    it('should be refused, and the upstream aborted, when the gateway has to stop', async () => {
      const stopping = await createTestApp({ environment: { UPSTREAM_BASE_URL: upstream.url } });
      upstream.reply({ delayHeaders: new Promise(() => undefined) });
      const aborted = upstream.aborted;
      const answer = postJson(`${stopping.url}/v1/responses/compact`, { model: 'm', input: 'x' });
      await upstream.waitForChat();
      await stopping.close();
      expectEnvelope(await answer, { status: 503, type: 'server_error', code: 'server_is_overloaded' });
      await upstream.waitForAbort(aborted + 1);
    });

    it('should abort the upstream when the client leaves', async () => {
      upstream.reply({ delayHeaders: new Promise(() => undefined) });
      const aborted = upstream.aborted;
      const leave = new AbortController();
      const answer = fetch(`${gateway.url}/v1/responses/compact`, {
        method: 'POST',
        headers: { 'content-type': 'application/json', ...as('sk-one') },
        body: JSON.stringify({ model: 'test-model', input: 'x' }),
        signal: leave.signal,
      }).catch(() => 'left');
      await upstream.waitForChat();
      leave.abort();
      expect(await answer).toBe('left');
      await upstream.waitForAbort(aborted + 1);
    });

    it.each<[string, unknown, string, string]>([
      ['no model', { input: 'x' }, 'missing_required_parameter', 'model'],
      ['an empty model', { model: '', input: 'x' }, 'missing_required_parameter', 'model'],
      ['no input', { model: 'm' }, 'missing_required_parameter', 'input'],
      ['an empty input', { model: 'm', input: [] }, 'invalid_request', 'input'],
      ['an input that is a number', { model: 'm', input: 5 }, 'invalid_request', 'input'],
      [
        'instructions that are a list',
        { model: 'm', input: 'x', instructions: [] },
        'invalid_request',
        'instructions',
      ],
      ['a bad item', { model: 'm', input: [user('a'), { type: 5 }] }, 'invalid_request', 'input[1].type'],
      [
        'a bad part',
        { model: 'm', input: [user([{ type: 'x' }])] },
        'invalid_request',
        'input[0].content[0].type',
      ],
      [
        'an earlier response',
        { model: 'm', input: 'x', previous_response_id: 'resp_1' },
        'previous_response_not_found',
        'previous_response_id',
      ],
    ])('should refuse %s', async (_what, body, code, param) => {
      const answer = await compact(body);
      expectEnvelope(answer, { status: 400, type: 'invalid_request_error', code, param });
      expect(upstream.chats).toHaveLength(0);
    });

    it('should hand on the errors of the model server', async () => {
      upstream.reply({
        status: 400,
        body: errorBody(
          400,
          'invalid_request_error',
          'Input length (9) must be smaller than the model context length (8).',
        ),
      });
      expectEnvelope(await compact({ model: 'm', input: 'x' }), {
        status: 400,
        type: 'invalid_request_error',
        code: 'context_length_exceeded',
      });
      upstream.reply({ status: 503, body: errorBody(503, 'server_error', 'busy') });
      const busy = await compact({ model: 'm', input: 'x' });
      expectEnvelope(busy, { status: 503, type: 'server_error', code: 'server_is_overloaded' });
      expect(busy.headers['retry-after']).toBe('1');
    });

    it('should give no half summary for a whole one', async () => {
      upstream.reply(completion({ content: 'They wa', finish: 'length' }));
      expectEnvelope(await compact({ model: 'm', input: 'x' }), {
        status: 400,
        type: 'invalid_request_error',
        code: 'context_length_exceeded',
        param: 'input',
      });
      upstream.reply(completion({ content: 'They wa', finish: 'content_filter' }));
      expectEnvelope(await compact({ model: 'm', input: 'x' }), {
        status: 502,
        type: 'server_error',
        code: 'upstream_error',
      });
      upstream.reply(completion({ content: ' \n' }));
      expectEnvelope(await compact({ model: 'm', input: 'x' }), {
        status: 502,
        type: 'server_error',
        code: 'upstream_error',
        message: 'The model did not write a summary.',
      });
    });

    it('should need a key', async () => {
      const answer = await postJson(`${gateway.url}/v1/responses/compact`, { model: 'm', input: 'x' });
      expectEnvelope(answer, { status: 401, type: 'authentication_error', code: 'missing_api_key' });
    });

    it.each(['GET', 'PUT', 'DELETE'])('should not know the method %s', async (method) => {
      const answer = await exchange(method, `${gateway.url}/v1/responses/compact`, undefined, as('sk-one'));
      expectEnvelope(answer, {
        status: 405,
        type: 'invalid_request_error',
        code: 'method_not_allowed',
        message: 'Use POST /v1/responses/compact.',
      });
      expect(answer.headers.allow).toBe('POST');
    });

    it('should be described', async () => {
      const { body } = await getJson(`${gateway.url}/docs/openapi.json`);
      const { paths } = body as { paths: Record<string, Json> };
      expect(paths['/v1/responses/compact']).toHaveProperty('post.responses.200');
      expect(paths['/v1/responses/compact']).toHaveProperty('post.responses.default');
    });
  });

  describe('a compaction that is sent back', () => {
    it('should be read as the user telling of the summary, where it stands', async () => {
      const { output } = await compacted('They want a blue page.');
      upstream.reply(completion({ content: 'Done.' }));
      const { status, body } = await create({
        model: 'test-model',
        input: [...output, user('And bigger.')],
      });
      expect(status).toBe(200);
      checkResponse(body);
      expect(messagesOf(upstream)).toEqual([
        { role: 'user', content: 'Build a page for a dog cafe.' },
        { role: 'user', content: 'Make it blue.' },
        {
          role: 'user',
          content: expect.stringMatching(/was compacted[\s\S]*\n\nThey want a blue page\.$/) as string,
        },
        { role: 'user', content: 'And bigger.' },
      ]);
    });

    it('should be compacted again into one', async () => {
      const { output } = await compacted('First note.');
      upstream.reply(completion({ content: 'Second note.' }));
      const { body } = await compact({ model: 'test-model', input: [...output, user('And bigger.')] });
      expect((body as Resource).output.map(({ type }) => type)).toEqual([
        'message',
        'message',
        'message',
        'compaction',
      ]);
      expect(JSON.stringify(messagesOf(upstream))).toContain('First note.');
    });

    it.each<[string, (sealed: string) => unknown]>([
      ['empty', () => ''],
      ['missing', () => undefined],
      ['no text', () => ({})],
    ])('should be refused with its path when it is %s', async (_what, change) => {
      const { output } = await compacted();
      const item = compactionOf({ output });
      const changed = { ...item, encrypted_content: change(String(item.encrypted_content)) };
      upstream.requests.length = 0;
      expectEnvelope(await create({ model: 'test-model', input: [user('a'), changed, user('b')] }), {
        status: 400,
        type: 'invalid_request_error',
        code: 'invalid_request',
        param: 'input[1].encrypted_content',
      });
      expect(upstream.chats).toHaveLength(0);
    });

    it.each<[string, (sealed: string) => string, string]>([
      ['changed', (sealed) => `${sealed.slice(0, -2)}${sealed.endsWith('AA') ? 'BB' : 'AA'}`, 'sk-one'],
      ['of another server', () => 'gAAAAABpM0Yj-foreign', 'sk-one'],
      ['of another caller', (sealed) => sealed, 'sk-two'],
    ])(
      'should be a note that it is lost when it is %s: the conversation goes on',
      async (_what, change, key) => {
        const { output } = await compacted('Secret note.');
        const item = compactionOf({ output });
        const changed = { ...item, encrypted_content: change(String(item.encrypted_content)) };
        upstream.reply(completion({ content: 'ok' }));
        const input = [user('a'), changed, user('b')];
        const { status, headers } = await create({ model: 'test-model', input }, key);
        expect({ status, ignored: headers['x-gateway-ignored'] }).toEqual({
          status: 200,
          ignored: 'input:compaction',
        });
        expect(messagesOf(upstream)).toEqual([
          { role: 'user', content: 'a' },
          { role: 'user', content: expect.stringContaining('cannot be read here') as string },
          { role: 'user', content: 'b' },
        ]);
        expect(JSON.stringify(messagesOf(upstream))).not.toContain(changed.encrypted_content);
      },
    );

    it('should say nothing as reasoning', async () => {
      const { output } = await compacted();
      const { encrypted_content } = compactionOf({ output });
      upstream.reply(completion({ content: 'ok' }));
      const reasoning = { type: 'reasoning', summary: [], encrypted_content };
      const { status } = await create({ model: 'test-model', input: [user('a'), reasoning, user('b')] });
      expect(status).toBe(200);
      expect(messagesOf(upstream)).toHaveLength(2);
    });

    it('should be read by another replica with the same key', async () => {
      const { output } = await compacted('Shared note.');
      const replica = await createTestApp({
        environment: {
          UPSTREAM_BASE_URL: upstream.url,
          ENCRYPTION_KEY: `${'00'.repeat(32)},${KEY}`,
          API_KEYS: 'sk-one',
        },
      });
      upstream.reply(completion({ content: 'ok' }));
      const { status } = await postJson(
        `${replica.url}/v1/responses`,
        { model: 'test-model', input: [...output, user('go')] },
        as('sk-one'),
      );
      await replica.close();
      expect(status).toBe(200);
      expect(JSON.stringify(messagesOf(upstream))).toContain('Shared note.');
    });
  });

  describe('compaction_trigger, as Codex sends it', () => {
    const CODEX = {
      model: 'test-model',
      input: [
        {
          type: 'message',
          role: 'developer',
          content: [{ type: 'input_text', text: 'You are a coding agent.' }],
        },
        { type: 'message', role: 'user', content: [{ type: 'input_text', text: 'Say hello' }] },
        {
          type: 'reasoning',
          id: 'rs_1',
          summary: [{ type: 'summary_text', text: 'hm' }],
          content: null,
          encrypted_content: null,
        },
        {
          type: 'function_call',
          id: 'fc_1',
          call_id: 'call_big',
          name: 'exec_command',
          arguments: '{"cmd":"echo big"}',
          status: 'completed',
        },
        { type: 'function_call_output', call_id: 'call_big', output: 'Output:\nbig\n' },
        { type: 'custom_tool_call', call_id: 'call_2', name: 'apply_patch', input: '*** Begin Patch' },
        TRIGGER,
      ],
      tools: [
        {
          type: 'function',
          name: 'exec_command',
          strict: false,
          parameters: { type: 'object', properties: {} },
        },
        {
          type: 'custom',
          name: 'apply_patch',
          description: 'Patch.',
          format: { type: 'grammar', syntax: 'lark', definition: 'x' },
        },
        { type: 'web_search', external_web_access: true },
      ],
      tool_choice: 'auto',
      parallel_tool_calls: true,
      reasoning: { summary: 'auto' },
      store: false,
      include: ['reasoning.encrypted_content'],
      prompt_cache_key: 'thread',
      client_metadata: { turn_id: 't' },
      text: { format: { type: 'json_schema', name: 'o', schema: { type: 'object' }, strict: true } },
      stop: 'hello',
    };
    const trigger = (more: Json = {}) =>
      postStream(
        `${gateway.url}/v1/responses`,
        { ...CODEX, stream: true, ...more },
        { ...as('sk-one'), originator: 'codex_exec' },
      );
    const types = (events: readonly ResponseEvent[]) => events.map(({ type }) => type);

    it('should answer with exactly one compaction item', async () => {
      upstream.reply(
        chatStream([reasoningDelta('Let me see.'), 'They said ', 'hello ', 'and that is all.'], {
          usage: usageOf(50, 9, { reasoning: 3 }),
        }),
      );
      const { status, events, done } = await trigger();
      expect(status).toBe(200);
      expect(done).toBe(true);
      checkLifecycle(events);
      expect(types(events)).toEqual([
        'response.created',
        'response.in_progress',
        'response.output_item.added',
        'response.output_item.done',
        'response.completed',
      ]);
      expect(events.at(-1)).toMatchObject({
        response: {
          output: [{ type: 'compaction', id: expect.stringMatching(/^cmp_/) as string }],
          output_text: '',
          tools: [{ name: 'exec_command' }, { name: 'apply_patch' }],
          tool_choice: 'auto',
          text: { format: { name: 'o' } },
          usage: { input_tokens: 50, output_tokens: 9 },
        },
      });
      expect(foldStream(events)).toMatchObject([{ encrypted_content: expect.any(String) as string }]);
    });

    it('should ask for the summary alone, in a conversation that is repaired as always', async () => {
      upstream.reply(chatStream(['note']));
      await trigger();
      const { messages, ...rest } = upstream.chats[0]!.body as { messages: Json[] };
      expect(rest).toEqual({
        model: 'test-model',
        stream: true,
        stream_options: { include_usage: true },
      });
      expect(messages.map(({ role }) => role)).toEqual([
        'system',
        'user',
        'assistant',
        'tool',
        'assistant',
        'tool',
        'user',
      ]);
      expect(messages[2]).toMatchObject({ reasoning_content: 'hm', tool_calls: [{ id: 'call_big' }] });
      expect(messages.at(-1)).toEqual({
        role: 'user',
        content: expect.stringContaining('handover note') as string,
      });
    });

    it('should go on from it in the next turn', async () => {
      upstream.reply(chatStream(['The hello note.']));
      const { events } = await trigger();
      const done = events.find(({ type }) => type === 'response.output_item.done') as
        { item: Json } | undefined;
      upstream.reply(chatStream(['Hi again.']));
      const next = await trigger({
        input: [...CODEX.input.slice(0, 2), done?.item, user('Again')],
        text: undefined,
        stop: undefined,
      });
      checkLifecycle(next.events);
      expect(next.events.at(-1)).toMatchObject({ response: { output_text: 'Hi again.' } });
      expect(messagesOf(upstream)[2]!.content).toMatch(/The hello note\.$/);
    });

    it('should give the same without streaming', async () => {
      upstream.reply(completion({ content: 'note' }));
      upstream.reply(chatStream(['note'], { usage: usageOf(12, 5) }));
      const whole = await create({ ...CODEX, stream: false });
      checkResponse(whole.body);
      const { events } = await trigger();
      const streamed = (events.at(-1) as { response: unknown }).response;
      const blank = (value: unknown) =>
        JSON.parse(
          JSON.stringify(normaliseIds(value)).replace(
            /"encrypted_content":"[\w-]+"/g,
            '"encrypted_content":"x"',
          ),
        ) as unknown;
      expect(blank(whole.body)).toEqual(blank(streamed));
    });

    it('should suppress a call that the model makes all the same', async () => {
      upstream.reply(
        chatStream(['note', toolCallStart(0, 'call_x', 'exec_command')], { finish: 'tool_calls' }),
      );
      const { events } = await trigger();
      checkLifecycle(events);
      expect(events.at(-1)).toMatchObject({ response: { output: [{ type: 'compaction' }] } });
    });

    it('should end incomplete, without an item, when the summary was cut', async () => {
      upstream.reply(chatStream(['They wa'], { finish: 'length' }));
      const { events } = await trigger({ max_output_tokens: 16 });
      checkLifecycle(events);
      expect(upstream.chats[0]!.body).toMatchObject({ max_completion_tokens: 16 });
      expect(events.at(-1)).toMatchObject({
        type: 'response.incomplete',
        response: { output: [], incomplete_details: { reason: 'max_output_tokens' } },
      });
    });

    it.each<[string, string]>([
      ['an empty summary', chatStream([])],
      ['an error in mid-stream', chatStream(['half ', streamError()], { finish: null, usage: null })],
      ['an end without a finish', chatFrames(['half'], { finish: null, usage: null, done: false }).join('')],
    ])('should fail, without an item, after %s', async (_what, body) => {
      upstream.reply(body);
      const { events } = await trigger();
      checkLifecycle(events);
      expect(events.at(-1)).toMatchObject({
        type: 'response.failed',
        response: { output: [], error: { code: 'server_error' } },
      });
    });

    it('should refuse to compact nothing', async () => {
      expectEnvelope(await create({ ...CODEX, input: [TRIGGER] }), {
        status: 400,
        type: 'invalid_request_error',
        code: 'invalid_request',
        param: 'input',
      });
    });

    it('should leave a trigger out that is not the last item, and say so', async () => {
      upstream.reply(completion({ content: 'Hi.' }));
      const { body, headers } = await create({ model: 'test-model', input: [user('a'), TRIGGER, user('b')] });
      checkResponse(body);
      expect(body).toMatchObject({ output_text: 'Hi.' });
      expect(headers['x-gateway-ignored']).toBe('input:compaction_trigger');
    });
  });
});

describe("the Open Responses suite's compaction cases, on the simulator", () => {
  let gateway: TestApp;
  beforeAll(async () => {
    gateway = await createTestApp();
  });
  afterAll(() => gateway.close());

  it('should compact, and accept what came of it', async () => {
    const request = {
      model: 'default',
      input: [
        user('Create a simple landing page for a dog petting cafe.'),
        {
          type: 'message',
          role: 'assistant',
          content: [{ type: 'output_text', text: 'Here is a simple landing page.' }],
        },
      ],
    };
    expect(validateAs('CompactResponseMethodPublicBody', request)).toEqual([]);
    const { status, body } = await postJson(`${gateway.url}/v1/responses/compact`, request);
    expect(status).toBe(200);
    expect(validateAs('CompactResource', body)).toEqual([]);
    const next = await postStream(`${gateway.url}/v1/responses`, {
      model: 'default',
      input: [...(body as Resource).output, user('Reply exactly: pong')],
      stream: true,
    });
    checkLifecycle(next.events);
    expect(next.events.at(-1)).toMatchObject({ response: { output_text: 'pong' } });
  });

  it('should refuse to compact without a model', async () => {
    const answer = await postJson(`${gateway.url}/v1/responses/compact`, { input: 'Hello' });
    expectEnvelope(answer, {
      status: 400,
      type: 'invalid_request_error',
      code: 'missing_required_parameter',
      param: 'model',
      message: 'model is required.',
    });
  });
});
