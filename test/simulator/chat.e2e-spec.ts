import { type Simulator, startSimulator } from '../../src/simulator/simulator.js';
import { ask, callsOf, chatBody, foldCalls, post, SEARCH, streamData, WEATHER } from './chat-client.js';

interface Chunk {
  choices: { index: number; delta: Record<string, unknown>; logprobs?: unknown; finish_reason?: string }[];
  usage?: unknown;
}

/** As an earlier turn's message. */
const CALL_WITHOUT_JSON = {
  role: 'assistant',
  content: null,
  tool_calls: [{ id: 'a', type: 'function', function: { name: 'search', arguments: '{"q": ' } }],
};

const chunks = (data: string[]) => data.slice(0, -1).map((text) => JSON.parse(text) as Chunk);

describe('The simulator', () => {
  let simulator: Simulator;
  let url: string;
  const others: Simulator[] = [];

  const start = async (options: Parameters<typeof startSimulator>[0]) => {
    const other = await startSimulator(options);
    others.push(other);
    return other;
  };

  beforeAll(async () => {
    simulator = await startSimulator();
    url = simulator.url;
  });

  afterAll(async () => {
    await Promise.all([simulator, ...others].map((each) => each.close()));
  });

  describe('what it says', () => {
    it('should answer both examples of LMDeploy as a model would', async () => {
      expect((await ask(url, 'Reply exactly: pong')).choices[0]?.message).toEqual({
        role: 'assistant',
        content: 'pong',
        reasoning_content: null,
        tool_calls: null,
      });
      const answer = await ask(url, 'Call the search tool with query lmdeploy.', { tools: [SEARCH] });
      expect(callsOf(answer)).toEqual([['search', { query: 'lmdeploy' }]]);
      expect(answer.choices[0]?.finish_reason).toBe('tool_calls');
    });

    it.each([
      ['Echo: hello there', 'hello there'],
      ['Count to 5', '1 2 3 4 5'],
      ['Please reply with exactly: größer 😀', 'größer 😀'],
    ])('should follow "%s"', async (question, text) => {
      expect((await ask(url, question)).choices[0]?.message.content).toBe(text);
    });

    it('should say honestly what it is when it knows no better', async () => {
      const { content } = (await ask(url, 'What is love?')).choices[0]!.message;
      expect(content).toMatch(/simulator, not a language model/);
      expect(content).toContain('UPSTREAM_BASE_URL');
    });

    it('should quote tool results before anything else, also where a tool is required', async () => {
      const call = { id: 'a', type: 'function', function: { name: 'search', arguments: '{"query":"x"}' } };
      const messages = [
        { role: 'user', content: 'Call the search tool with query x' },
        { role: 'assistant', content: null, tool_calls: [call] },
        { role: 'tool', tool_call_id: 'a', content: '42 hits' },
      ];
      const answer = await ask(url, messages, { tools: [SEARCH], tool_choice: 'required' });
      expect(answer.choices[0]?.message.content).toBe('The search tool returned: 42 hits');
      const next = [...messages, { role: 'user', content: 'Reply exactly: done' }];
      expect((await ask(url, next, { tools: [SEARCH] })).choices[0]?.message.content).toBe('done');
    });

    it('should call several tools at once, or only the first when that is asked for', async () => {
      const question =
        'Use the search tool with query nest docs and limit 3 and the get_weather tool with city Paris.';
      const fields = { tools: [SEARCH, WEATHER] };
      const first = ['search', { query: 'nest docs', limit: 3 }];
      expect(callsOf(await ask(url, question, fields))).toEqual([first, ['get_weather', { city: 'Paris' }]]);
      expect(callsOf(await ask(url, question, { ...fields, parallel_tool_calls: false }))).toEqual([first]);
    });

    it('should stream the calls it makes', async () => {
      const question = 'Call the search tool with query 北京 "docs" and limit 3, and the get_weather tool.';
      const fields = { tools: [SEARCH, WEATHER] };
      const calls = [
        ['search', { query: '北京 "docs"', limit: 3 }],
        ['get_weather', {}],
      ];
      expect(callsOf(await ask(url, question, fields))).toEqual(calls);
      expect(foldCalls(await streamData(url, question, fields))).toEqual(calls);
    });

    it('should leave calls as text where nothing parses them, or the choice is none', async () => {
      const other = await start({ toolCallParser: 'none' });
      for (const server of [url, other.url]) {
        const fields = { tools: [SEARCH], tool_choice: 'none' };
        const answer = await ask(server, 'Call the search tool with query x.', fields);
        expect(answer.choices[0]).toMatchObject({
          finish_reason: 'stop',
          message: {
            content: '<tool_call>\n{"name": "search", "arguments": {"query": "x"}}\n</tool_call>',
            tool_calls: null,
          },
        });
      }
    });

    it('should fill the arguments of a forced tool from its schema', async () => {
      const named = { type: 'function', function: { name: 'search' } };
      const answer = await ask(url, 'hello', { tools: [WEATHER, SEARCH], tool_choice: named });
      expect(callsOf(answer)).toEqual([['search', { query: expect.any(String) as string }]]);
      const required = await ask(url, 'hello', { tools: [WEATHER, SEARCH], tool_choice: 'required' });
      expect(callsOf(required)).toEqual([['get_weather', {}]]);
    });

    it('should give a schema instance that depends on the seed alone', async () => {
      const schema = { type: 'object', properties: { a: { type: 'integer' }, b: { enum: ['x', 'y'] } } };
      const fields = {
        response_format: { type: 'json_schema', json_schema: { name: 's', schema } },
        seed: 7,
      };
      const [one, two] = [await ask(url, 'go', fields), await ask(url, 'go', fields)];
      expect(one.choices[0]?.message.content).toBe(two.choices[0]?.message.content);
      expect(JSON.parse(one.choices[0]?.message.content ?? '')).toEqual({
        a: expect.any(Number) as number,
        b: expect.stringMatching(/^[xy]$/) as string,
      });
      const object = await ask(url, 'go', { response_format: { type: 'json_object' } });
      expect(JSON.parse(object.choices[0]?.message.content ?? '')).toEqual({
        message: expect.stringContaining('simulator') as string,
      });
    });
  });

  describe('reasoning', () => {
    it('should think first when effort or words ask for it, and count it', async () => {
      for (const answer of [
        await ask(url, 'Reply exactly: pong', { reasoning_effort: 'low' }),
        await ask(url, 'Think hard. Reply exactly: pong'),
      ]) {
        expect(answer.choices[0]?.message.content).toBe('\n\npong');
        expect(answer.choices[0]?.message.reasoning_content).toMatch(/\w/);
        expect(answer.usage.completion_tokens_details?.reasoning_tokens).toBeGreaterThan(0);
      }
    });

    it('should not think when the template forbids it', async () => {
      const fields = { reasoning_effort: 'high', chat_template_kwargs: { enable_thinking: false } };
      const answer = await ask(url, 'Reply exactly: pong', fields);
      expect(answer.choices[0]?.message).toMatchObject({ content: 'pong', reasoning_content: null });
      expect(answer.usage.completion_tokens_details?.reasoning_tokens).toBe(0);
    });

    it('should leave the tags in the text without a reasoning parser', async () => {
      const other = await start({ reasoningParser: 'none' });
      const answer = await ask(other.url, 'Reply exactly: pong', { reasoning_effort: 'low' });
      expect(answer.choices[0]?.message.content).toMatch(/^<think>\n[^<]+\n<\/think>\n\npong$/);
      expect(answer.usage.completion_tokens_details).toBeNull();
    });
  });

  describe('limits', () => {
    it('should prefer max_completion_tokens and end with length', async () => {
      const answer = await ask(url, 'Count to 9', {
        max_completion_tokens: 4,
        max_tokens: 8,
        chat_template_kwargs: { enable_thinking: false },
      });
      expect(answer.choices[0]).toMatchObject({ finish_reason: 'length', message: { content: '1 2 3 4' } });
      expect(answer.usage.completion_tokens).toBe(4);
    });

    it('should send only the name of a call that is cut', async () => {
      const data = await streamData(url, 'Call the search tool with query lmdeploy.', {
        tools: [SEARCH],
        max_tokens: 8,
      });
      const deltas = chunks(data).flatMap(({ choices }) => choices);
      const calls = deltas.flatMap(({ delta }) => (delta.tool_calls as unknown[] | undefined) ?? []);
      expect(calls).toHaveLength(1);
      expect(calls[0]).toMatchObject({ index: 0, function: { name: 'search' } });
      expect(deltas.at(-1)?.finish_reason).toBe('length');
    });

    it('should stop at a word of one token and ignore longer ones', async () => {
      expect((await ask(url, 'Echo: one two three', { stop: 'two' })).choices[0]).toMatchObject({
        finish_reason: 'stop',
        message: { content: 'one' },
      });
      const kept = await ask(url, 'Echo: one two three', { stop: ['one two'] });
      expect(kept.choices[0]?.message.content).toBe('one two three');
    });
  });

  describe('probabilities and counts', () => {
    it('should give log probabilities where the server is launched with them', async () => {
      const other = await start({ logprobsMode: 'raw_logprobs', reasoningParser: 'none' });
      const fields = { logprobs: true, top_logprobs: 3 };
      const whole = await ask(other.url, 'Echo: a b', fields);
      expect(whole.choices[0]?.logprobs?.content.map(({ token }) => token)).toEqual(['a', ' b']);
      expect(whole.choices[0]?.logprobs?.content[0]?.top_logprobs).toHaveLength(2);
      const streamed = chunks(await streamData(other.url, 'Echo: a b', fields));
      expect(streamed.map(({ choices }) => choices[0]?.logprobs !== undefined)).toEqual([true, true, false]);
    });

    it('should count what it was asked and what it says', async () => {
      const { usage } = await ask(url, 'Echo: a b', { chat_template_kwargs: { enable_thinking: false } });
      expect(usage.completion_tokens).toBe(2);
      expect(usage.prompt_tokens).toBeGreaterThan(0);
      expect(usage.total_tokens).toBe(usage.prompt_tokens + usage.completion_tokens);
      const data = await streamData(url, 'Echo: a b', { stream_options: { include_usage: true } });
      expect(chunks(data).at(-1)).toMatchObject({
        choices: [],
        usage: { prompt_tokens: usage.prompt_tokens },
      });
    });

    it('should write chunks with escapes, as json.dumps does', async () => {
      const data = await streamData(url, 'Echo: ö 😀');
      expect(data.join('')).toContain('"content": "\\u00f6"');
      expect(data.join('')).toContain('"content": " \\ud83d\\ude00"');
      expect(data.join('')).not.toContain('"usage"');
      expect(data.at(-1)).toBe('[DONE]');
    });
  });

  describe('refusals', () => {
    it.each([
      [{ reasoning_effort: 'minimal' }, "reasoning_effort: Input should be 'low', 'medium', 'high' or 'max'"],
      [{ messages: [CALL_WITHOUT_JSON] }, 'Tool call arguments contain invalid JSON'],
      [
        { messages: [{ role: 'user', content: 'word '.repeat(40_000) }] },
        /^Input length \(\d+\) must be smaller/,
      ],
    ])('should refuse %j', async (fields, message) => {
      const response = await post(url, chatBody('hi', fields));
      expect(response.status).toBe(400);
      const body = (await response.json()) as { message: string };
      expect(body).toEqual({
        message: typeof message === 'string' ? message : (expect.stringMatching(message) as string),
        type: 'invalid_request_error',
        code: 400,
        param: null,
        object: 'error',
      });
    });
  });

  describe('other endpoints', () => {
    it('should count the tokens of a chat', async () => {
      const counted = await fetch(`${url}/v1/messages/count_tokens`, {
        method: 'POST',
        headers: { 'content-type': 'application/json', 'anthropic-version': '2023-06-01' },
        body: JSON.stringify({ model: 'm', messages: [{ role: 'user', content: 'hi' }] }),
      });
      expect(await counted.json()).toEqual({ input_tokens: expect.any(Number) as number });
    });

    it('should be initializing while it starts', async () => {
      const other = await start({ startupDuration: 3_600_000 });
      const health = await fetch(`${other.url}/health`);
      expect([health.status, await health.json()]).toEqual([
        503,
        expect.objectContaining({ status: 'initializing' }),
      ]);
      expect((await post(other.url, chatBody('hi'))).status).toBe(503);
    });

    it('should mark its answers and know its paths', async () => {
      const response = await fetch(`${url}/v1/models`);
      expect(response.headers.get('x-simulator')).toBe('lmdeploy');
      expect((await fetch(`${url}/v1/other`)).status).toBe(404);
    });
  });
});
