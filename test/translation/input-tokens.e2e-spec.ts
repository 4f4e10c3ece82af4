import { createTestApp, type TestApp } from '../support/create-test-app.js';
import { expectEnvelope } from '../support/error-envelope.js';
import {
  errorBody,
  type FakeUpstream,
  type ScriptedAnswer,
  startFakeUpstream,
} from '../support/fake-upstream.js';
import { exchange, getJson, postJson } from '../support/http-client.js';
import type { Json } from '../support/json.js';

const COUNT_PATH = '/v1/messages/count_tokens';
const HEADER = 'x-gateway-token-count';
const SEARCH = {
  type: 'function',
  name: 'search',
  description: 'Searches.',
  parameters: { type: 'object', properties: { q: { type: 'string' } } },
};
const CHAT = [
  { role: 'developer', content: 'Be brief.' },
  { role: 'user', content: 'Find lmdeploy.' },
  { type: 'reasoning', summary: [{ type: 'summary_text', text: 'I search.' }] },
  { type: 'function_call', call_id: 'call_1', name: 'search', arguments: '{"q":"lmdeploy"}' },
  { type: 'function_call_output', call_id: 'call_1', output: 'Found.' },
];
const IMAGE = { role: 'user', content: [{ type: 'input_image', image_url: 'data:image/png;base64,AAAA' }] };

describe('POST /v1/responses/input_tokens', () => {
  let upstream: FakeUpstream;
  const apps: TestApp[] = [];
  const start = async (environment: Record<string, string> = {}): Promise<string> => {
    const app = await createTestApp({ environment: { UPSTREAM_BASE_URL: upstream.url, ...environment } });
    apps.push(app);
    return `${app.url}/v1/responses/input_tokens`;
  };
  let url: string;

  beforeAll(async () => {
    upstream = await startFakeUpstream();
    url = await start();
  });
  afterAll(async () => {
    for (const app of apps) await app.close();
    await upstream.close();
  });
  afterEach(() => {
    upstream.requests.length = 0;
  });

  it('should give the count of the model server, and say so', async () => {
    upstream.reply('{"input_tokens":42}', COUNT_PATH);
    const { status, body, headers } = await postJson(url, { model: 'test-model', input: 'Hello' });
    expect(status).toBe(200);
    expect(body).toEqual({ object: 'response.input_tokens', input_tokens: 42 });
    expect(headers[HEADER]).toBe('upstream');
  });

  it('should show LMDeploy the whole chat as text', async () => {
    upstream.reply('{"input_tokens":42}', COUNT_PATH);
    await postJson(url, { model: 'test-model', instructions: 'Be kind.', input: CHAT, tools: [SEARCH] });
    const [request] = upstream.requests;
    expect(request).toMatchObject({ method: 'POST', path: COUNT_PATH });
    expect(request!.headers['anthropic-version']).toBe('2023-06-01');
    const { system, ...rest } = request!.body as { system: string };
    expect(system.split('\n')).toEqual([
      'Be kind.',
      '',
      'Be brief.',
      JSON.stringify({
        type: 'function',
        function: { name: 'search', description: 'Searches.', parameters: SEARCH.parameters },
      }),
    ]);
    expect(rest).toEqual({
      model: 'test-model',
      messages: [
        { role: 'user', content: 'Find lmdeploy.' },
        { role: 'assistant', content: 'I search.\n{"name":"search","arguments":"{\\"q\\":\\"lmdeploy\\"}"}' },
        { role: 'user', content: 'Found.' },
      ],
    });
  });

  it('should add an estimate for images, and call the sum an estimate', async () => {
    upstream.reply('{"input_tokens":42}', COUNT_PATH);
    const { body, headers } = await postJson(url, { model: 'test-model', input: [IMAGE] });
    expect(body).toMatchObject({ input_tokens: 1042 });
    expect(headers[HEADER]).toBe('estimate');
    expect(upstream.requests[0]!.raw).not.toContain('base64');
  });

  it('should ask vLLM for a count of the chat itself', async () => {
    const vllm = await start({ UPSTREAM_PRESET: 'vllm', UPSTREAM_BASE_URL: `${upstream.url}/v1` });
    upstream.reply('{"count":17,"max_model_len":4096,"tokens":[1]}', '/tokenize');
    const { body, headers } = await postJson(vllm, { model: 'test-model', input: [IMAGE], tools: [SEARCH] });
    expect(body).toMatchObject({ input_tokens: 17 });
    expect(headers[HEADER]).toBe('upstream');
    expect(upstream.requests[0]!.body).toMatchObject({
      model: 'test-model',
      messages: [{ role: 'user', content: [{ type: 'image_url' }] }],
      tools: [{ function: { name: 'search' } }],
      add_generation_prompt: true,
    });
  });

  it.each<[string, ScriptedAnswer]>([
    ['an unknown route', { status: 404, body: '{"detail":"Not Found"}' }],
    ['an unknown method', { status: 405, body: '{"detail":"Method Not Allowed"}' }],
    ['501', { status: 501, body: '' }],
  ])('should estimate where the model server answers %s', async (_what, answer) => {
    upstream.reply(answer, COUNT_PATH);
    const { status, body, headers } = await postJson(url, { model: 'test-model', input: 'Hello there' });
    expect(status).toBe(200);
    expect(body).toEqual({ object: 'response.input_tokens', input_tokens: 10 });
    expect(headers[HEADER]).toBe('estimate');
  });

  it.each(['openai', 'sglang'])('should estimate for %s without asking', async (preset) => {
    const other = await start({ UPSTREAM_PRESET: preset });
    const { headers } = await postJson(other, { model: 'test-model', input: CHAT, tools: [SEARCH] });
    expect(headers[HEADER]).toBe('estimate');
    expect(upstream.requests).toHaveLength(0);
  });

  it('should count more for instructions, tools, turns and images', async () => {
    const other = await start({ UPSTREAM_PRESET: 'openai' });
    const count = async (body: Json): Promise<number> => {
      const answer = await postJson(other, { model: 'test-model', input: 'Hello', ...body });
      return (answer.body as { input_tokens: number }).input_tokens;
    };
    const base = await count({});
    for (const more of [
      { instructions: 'Be kind.' },
      { tools: [SEARCH] },
      { input: CHAT },
      { input: [{ role: 'user', content: 'Hello' }, IMAGE] },
    ])
      expect(await count(more)).toBeGreaterThan(base);
  });

  it('should count the tools that are offered only', async () => {
    const other = await start({ UPSTREAM_PRESET: 'openai' });
    const none = await postJson(other, { model: 'm', input: 'Hello', tools: [SEARCH], tool_choice: 'none' });
    const plain = await postJson(other, { model: 'm', input: 'Hello' });
    expect(none.body).toEqual(plain.body);
  });

  it('should take the first listed model where none is named', async () => {
    upstream.reply('{"input_tokens":1}', COUNT_PATH);
    const { status } = await postJson(url, { input: 'Hello' });
    expect(status).toBe(200);
    expect(upstream.requests.at(-1)!.body).toMatchObject({ model: 'test-model' });
  });

  it.each<[string, ScriptedAnswer, { status: number; type: string; code: string; param?: string }]>([
    [
      'an unknown model',
      { status: 404, body: errorBody(404, 'not_found_error', "The model 'x' does not exist.") },
      { status: 404, type: 'not_found_error', code: 'model_not_found', param: 'model' },
    ],
    [
      'wrong credentials',
      { status: 401, body: errorBody(401, 'authentication_error', 'Unauthorized.') },
      { status: 502, type: 'server_error', code: 'upstream_unauthorized' },
    ],
    [
      'a failure',
      { status: 500, body: 'oops' },
      { status: 502, type: 'server_error', code: 'upstream_error' },
    ],
    [
      'something else than a number',
      { body: '{"input_tokens":"many"}' },
      { status: 502, type: 'server_error', code: 'upstream_protocol_error' },
    ],
    [
      'a cut connection',
      { body: '{"inp', end: 'reset' },
      { status: 502, type: 'server_error', code: 'upstream_incomplete' },
    ],
  ])('should hand on %s', async (_what, answer, expected) => {
    upstream.reply(answer, COUNT_PATH);
    expectEnvelope(await postJson(url, { model: 'x', input: 'Hello' }), expected);
  });

  it.each<[string, unknown, string, string | null]>([
    ['a body that is a list', [], 'invalid_request', null],
    ['no input', { model: 'm' }, 'missing_required_parameter', 'input'],
    ['a model that is a number', { model: 5, input: 'x' }, 'invalid_request', 'model'],
    ['tools that are an object', { model: 'm', input: 'x', tools: {} }, 'invalid_request', 'tools'],
    [
      'a bad tool',
      { model: 'm', input: 'x', tools: [{ type: 'function' }] },
      'invalid_request',
      'tools[0].name',
    ],
    ['a bad item', { model: 'm', input: [{ type: 5 }] }, 'invalid_request', 'input[0].type'],
    [
      'an earlier response',
      { model: 'm', input: 'x', previous_response_id: 'resp_1' },
      'previous_response_not_found',
      'previous_response_id',
    ],
    [
      'a conversation',
      { model: 'm', input: 'x', conversation: 'conv_1' },
      'unsupported_parameter',
      'conversation',
    ],
  ])('should refuse %s', async (_what, body, code, param) => {
    const answer = await postJson(url, body);
    expectEnvelope(answer, { status: 400, type: 'invalid_request_error', code, param });
    expect(upstream.requests).toHaveLength(0);
  });

  it('should name unknown fields as ignored', async () => {
    upstream.reply('{"input_tokens":1}', COUNT_PATH);
    const { headers } = await postJson(url, { model: 'm', input: 'x', personality: 'pragmatic' });
    expect(headers['x-gateway-ignored']).toBe('personality');
  });

  it('should abort the question when the client leaves', async () => {
    upstream.reply({ delayHeaders: new Promise(() => undefined) }, COUNT_PATH);
    const aborted = upstream.aborted;
    const leave = new AbortController();
    const answer = fetch(url, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ model: 'm', input: 'x' }),
      signal: leave.signal,
    }).catch(() => 'left');
    while (upstream.requests.length === 0) await new Promise((resolve) => setTimeout(resolve, 5));
    leave.abort();
    expect(await answer).toBe('left');
    await upstream.waitForAbort(aborted + 1);
  });

  it('should need a key where keys are set', async () => {
    const guarded = await start({ API_KEYS: 'sk-one' });
    expectEnvelope(await postJson(guarded, { model: 'm', input: 'x' }), {
      status: 401,
      type: 'authentication_error',
      code: 'missing_api_key',
    });
  });

  it.each(['GET', 'PATCH'])('should not know the method %s', async (method) => {
    const answer = await exchange(method, url, undefined);
    expectEnvelope(answer, {
      status: 405,
      type: 'invalid_request_error',
      code: 'method_not_allowed',
      message: 'Use POST /v1/responses/input_tokens.',
    });
    expect(answer.headers.allow).toBe('POST');
  });

  it('should be described', async () => {
    const { body } = await getJson(url.replace('/v1/responses/input_tokens', '/docs/openapi.json'));
    const { paths } = body as { paths: Record<string, Json> };
    expect(paths['/v1/responses/input_tokens']).toHaveProperty('post.responses.200');
  });
});

describe('counting on the simulator', () => {
  it("should use its tokenizer, which agrees with a request's usage on what grows", async () => {
    const gateway = await createTestApp();
    const count = async (input: string): Promise<number> => {
      const { body, headers } = await postJson(`${gateway.url}/v1/responses/input_tokens`, { input });
      expect(headers[HEADER]).toBe('upstream');
      return (body as { input_tokens: number }).input_tokens;
    };
    const few = await count('one');
    const many = await count('one two three four five');
    await gateway.close();
    expect(many).toBeGreaterThan(few);
  });
});
