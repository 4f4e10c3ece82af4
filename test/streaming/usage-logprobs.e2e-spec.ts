import { type Simulator, startSimulator } from '../../src/simulator/simulator.js';
import type { SimulatorOptions } from '../../src/simulator/simulator-options.js';
import { createTestApp, type TestApp } from '../support/create-test-app.js';
import { chatStream, completion, finish, reasoningDelta, usageOf } from '../support/fake-upstream.js';
import { postJson, postStream } from '../support/http-client.js';
import { arrayOf, type Json, recordOf } from '../support/json.js';
import { checkLifecycle, checkResponse } from '../support/lifecycle-oracle.js';
import { echoModel } from '../support/raw-model.js';
import { useGateway } from '../support/use-gateway.js';

/** The final responses of the same request, streamed and not. */
async function ask(gateway: TestApp, body: Json): Promise<{ streamed: Json; whole: Json }> {
  const url = `${gateway.url}/v1/responses`;
  const stream = await postStream(url, { model: 'default', ...body, stream: true });
  checkLifecycle(stream.events);
  const { status, body: whole } = await postJson(url, { model: 'default', ...body });
  expect(status).toBe(200);
  checkResponse(whole);
  return { streamed: recordOf(recordOf(stream.events.at(-1)).response), whole: recordOf(whole) };
}

const usageIn = (response: Json) => recordOf(response.usage);

describe('usage', () => {
  const { upstream, gateway } = useGateway({ environment: { REASONING_PARSER: 'deepseek-r1' } });

  it.each<[string, Json, Json]>([
    ['DeepSeek', { prompt_cache_hit_tokens: 64, prompt_cache_miss_tokens: 36 }, { cached: 64, reasoning: 0 }],
    ['Moonshot', { cached_tokens: 64 }, { cached: 64, reasoning: 0 }],
    ['SGLang', { reasoning_tokens: 3, prompt_tokens_details: null }, { cached: 0, reasoning: 3 }],
    ['a server of nonsense', { cached_tokens: '64', reasoning_tokens: -3 }, { cached: 0, reasoning: 0 }],
  ])('should be read in the words of %s, streamed and not', async (_server, words, expected) => {
    const usage = { prompt_tokens: 100, completion_tokens: 5, total_tokens: 105, ...words };
    upstream.reply(chatStream(['</think>x'], { usage }));
    upstream.reply(completion({ content: '</think>x', usage }));
    const { streamed, whole } = await ask(gateway, { input: 'x' });
    expect(usageIn(whole)).toEqual({
      input_tokens: 100,
      input_tokens_details: expect.objectContaining({ cached_tokens: expected.cached }) as unknown,
      output_tokens: 5,
      output_tokens_details: { reasoning_tokens: expected.reasoning },
      total_tokens: 105,
    });
    expect(usageIn(streamed)).toEqual(usageIn(whole));
  });

  it('should have reasoning tokens where the gateway reads the reasoning', async () => {
    const text = '12345678\n</think>\n\nab';
    upstream.reply(chatStream(Array.from(text), { usage: usageOf(10, 21) }));
    upstream.reply(completion({ content: text, usage: usageOf(10, 21) }));
    const { streamed, whole } = await ask(gateway, { input: 'x' });
    expect(usageIn(whole)).toMatchObject({
      output_tokens: 21,
      output_tokens_details: { reasoning_tokens: 8 },
    });
    expect(usageIn(streamed)).toEqual(usageIn(whole));
  });

  it('should be what was counted where the gateway ends a stream at a stop text', async () => {
    upstream.reply(chatStream([reasoningDelta('h'), reasoningDelta('m'), 'a', 'b', 'EN', 'D', 'c']));
    upstream.reply(completion({ reasoning: 'hm', content: 'abENDc', usage: usageOf(10, 7) }));
    const { streamed, whole } = await ask(gateway, { input: 'Say something.', stop: 'END' });
    expect(streamed).toMatchObject({ status: 'completed', output_text: 'ab' });
    expect(usageIn(streamed)).toMatchObject({
      output_tokens: 6,
      output_tokens_details: { reasoning_tokens: 2 },
    });
    expect(Number(usageIn(streamed).input_tokens)).toBeGreaterThan(5);
    expect(usageIn(whole)).toMatchObject({ input_tokens: 10, output_tokens: 7 });
  });

  it("should be the server's own counts where it had counted before the stop text came", async () => {
    const counted = { raw: `data: ${JSON.stringify({ choices: [], usage: usageOf(10, 2) })}\n\n` };
    upstream.reply(chatStream(['</think>a', counted, 'b', 'END', finish('stop')]));
    upstream.reply(completion({ content: '</think>abEND', usage: usageOf(10, 3) }));
    const { streamed } = await ask(gateway, { input: 'x', stop: 'END' });
    expect(usageIn(streamed)).toMatchObject({ input_tokens: 10, output_tokens: 2 });
  });
});

describe('logprobs of answers that are not streamed', () => {
  const TOOLS = [{ type: 'function', name: 'search', parameters: { type: 'object', properties: {} } }];

  const logprobsIn = (response: Json) =>
    arrayOf(response.output)
      .map(recordOf)
      .filter(({ type }) => type === 'message')
      .flatMap(({ content }) => arrayOf(content).map(recordOf))
      .map(({ text, logprobs }) => ({
        text,
        tokens: arrayOf(logprobs).map((entry) => recordOf(entry).token),
      }));

  async function withStack(
    options: Partial<SimulatorOptions>,
    environment: Record<string, string>,
    run: (gateway: TestApp) => Promise<void>,
  ): Promise<void> {
    const simulator: Simulator = await startSimulator(
      { logprobsMode: 'raw_logprobs', ...options },
      echoModel,
    );
    const gateway = await createTestApp({
      environment: { UPSTREAM_BASE_URL: simulator.url, ...environment },
    });
    try {
      await run(gateway);
    } finally {
      await gateway.close();
      await simulator.close();
    }
  }

  it.each<[string, Partial<SimulatorOptions>, Record<string, string>]>([
    ['the server', { reasoningParser: 'default' }, {}],
    ['the gateway', { reasoningParser: 'none', toolCallParser: 'none' }, { REASONING_PARSER: 'qwen3' }],
  ])(
    'should be those of the streamed text, where %s reads the reasoning',
    async (_who, options, environment) => {
      await withStack(options, environment, async (gateway) => {
        const input = '<think>\nI say: so it is < that.\n</think>\n\nso it is < that. 北京😀';
        const { streamed, whole } = await ask(gateway, { input, top_logprobs: 1 });
        const [part] = logprobsIn(whole);
        expect(part?.text).toContain('so it is < that.');
        expect(part?.tokens.join('')).toBe(part?.text);
        expect(logprobsIn(streamed)).toEqual(logprobsIn(whole));
      });
    },
  );

  it('should not be those of a call behind the text', async () => {
    await withStack({ reasoningParser: 'none', toolCallParser: 'qwen3' }, {}, async (gateway) => {
      const call = '<tool_call>\n{"name": "search", "arguments": {"q": "so it is"}}\n</tool_call>';
      const { streamed, whole } = await ask(gateway, {
        input: `so it is\n${call}`,
        tools: TOOLS,
        top_logprobs: 1,
      });
      const [part] = logprobsIn(whole);
      expect(part?.tokens.join('')).toBe(part?.text);
      expect(logprobsIn(streamed)).toEqual(logprobsIn(whole));
    });
  });
});
