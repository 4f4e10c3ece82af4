import { setTimeout as pause } from 'node:timers/promises';
import { expectEnvelope } from '../../support/error-envelope.js';
import { getJson, openStream, postJson, postStream } from '../../support/http-client.js';
import type { Json } from '../../support/json.js';
import { checkLifecycle } from '../../support/lifecycle-oracle.js';
import { ask, WAYS } from '../support/ask.js';
import { useStack } from '../support/use-stack.js';
import { CONTEXT, MODEL, readEngine, startLmdeploy } from './lmdeploy.js';

const LOOK_EVERY_MS = 100;
const PATIENCE_MS = 20_000;
/** LMDeploy closes an idle connection after this time. */
const SERVER_KEEP_ALIVE_MS = 5_000;

const WEATHER = {
  type: 'function',
  name: 'get_weather',
  parameters: {
    type: 'object',
    properties: { city: { type: 'string' }, days: { type: 'integer' } },
    required: ['city'],
  },
};
const ARGUMENTS = { city: 'Zürich "am See"', days: 3 };
const CALL_OF_QWEN3 = `<tool_call>\n{"name": "get_weather", "arguments": ${JSON.stringify(ARGUMENTS)}}\n</tool_call>`;
const CALLS = {
  qwen3: CALL_OF_QWEN3,
  qwen3coder: `<tool_call>\n<function=get_weather>\n<parameter=city>\n${ARGUMENTS.city}\n</parameter>\n<parameter=days>\n3\n</parameter>\n</function>\n</tool_call>`,
  glm47: `<tool_call>get_weather<arg_key>city</arg_key><arg_value>${ARGUMENTS.city}</arg_value><arg_key>days</arg_key><arg_value>3</arg_value></tool_call>`,
  internlm: `<|action_start|><|plugin|>{"name": "get_weather", "parameters": ${JSON.stringify(ARGUMENTS)}}<|action_end|>`,
};
const SCHEMA = {
  type: 'object',
  properties: { city: { type: 'string' } },
  required: ['city'],
  additionalProperties: false,
};
const FORMAT = { format: { type: 'json_schema', name: 'place', strict: true, schema: SCHEMA } };

describe('LMDeploy without parsers', () => {
  const stack = useStack(startLmdeploy(), { STRICT_OUTPUT: 'fail' });
  const path = (): string => `${stack.url}/v1/responses`;

  describe.each(WAYS)('asked for %s', (way) => {
    it('should give the text and its count', async () => {
      const { response, text, usage } = await ask(stack.url, { model: MODEL, input: 'Grüße, 東京 😀' }, way);
      expect(response.status).toBe('completed');
      expect(text).toBe('Grüße, 東京 😀');
      expect(usage.output_tokens).toBe(Array.from(text).length);
      expect(usage.total_tokens).toBe(usage.input_tokens + usage.output_tokens);
    });

    it('should be cut by the token limit', async () => {
      const body = { model: MODEL, input: 'Many words to write', max_output_tokens: 4 };
      const { response, text } = await ask(stack.url, body, way);
      expect(response).toMatchObject({
        status: 'incomplete',
        incomplete_details: { reason: 'max_output_tokens' },
      });
      expect(text).toBe('Many');
    });

    it('should end before a stop text', async () => {
      const { text } = await ask(stack.url, { model: MODEL, input: 'one two three', stop: [' three'] }, way);
      expect(text).toBe('one two');
    });

    it('should take half a surrogate pair', async () => {
      const input = [
        { role: 'user', content: 'a\ud83d' },
        { role: 'user', content: 'fine \ude00!' },
      ];
      const { text } = await ask(stack.url, { model: MODEL, input }, way);
      expect(text).toBe('fine \ufffd!');
    });

    it('should pass on text that fits its schema', async () => {
      const { text } = await ask(stack.url, { model: MODEL, input: '{"city":"Paris"}', text: FORMAT }, way);
      expect(text).toBe('{"city":"Paris"}');
    });

    it('should refuse a model that is not there', async () => {
      const answer = await postJson(path(), { model: 'other', input: 'Hi', stream: way === 'streamed' });
      expectEnvelope(answer, {
        status: 404,
        type: 'not_found_error',
        code: 'model_not_found',
        param: 'model',
        message: /other/,
      });
    });

    it('should refuse what is longer than the context', async () => {
      const body = { model: MODEL, input: 'x'.repeat(CONTEXT), stream: way === 'streamed' };
      expectEnvelope(await postJson(path(), body), {
        status: 400,
        type: 'invalid_request_error',
        code: 'context_length_exceeded',
      });
    });

    it('should put developer messages into the leading system message', async () => {
      const input = [
        { role: 'user', content: 'First.' },
        { role: 'developer', content: 'Second.' },
        { role: 'user', content: 'Third.' },
      ];
      await ask(stack.url, { model: MODEL, instructions: 'Be brief.', input }, way);
      expect((await readEngine(stack.engine)).messages).toMatchObject([
        { role: 'system', content: 'Be brief.\n\nSecond.' },
        { role: 'user', content: 'First.' },
        { role: 'user', content: 'Third.' },
      ]);
    });

    // The gateway reads the calls once the server has said that it has no parser.
    it('should make a call all the same', async () => {
      const url = await stack.another({ TOOL_CALL_PARSER: 'qwen3' });
      const input = `Wait. ${CALL_OF_QWEN3}`;
      const { output, text } = await ask(url, { model: MODEL, input, tools: [WEATHER] }, way);
      expect(text.trim()).toBe('Wait.');
      expect(argumentsOf(output)).toEqual([ARGUMENTS]);
    });
  });

  it('should fail an answer that breaks its schema', async () => {
    const body = { model: MODEL, input: '{"town":"Paris"}', text: FORMAT };
    expectEnvelope(await postJson(path(), body), {
      status: 502,
      type: 'server_error',
      code: 'output_schema_violation',
    });
    const { events } = await postStream(path(), { ...body, stream: true });
    checkLifecycle(events);
    expect(events.at(-1)).toMatchObject({ type: 'response.failed' });
  });

  it('should fail when the engine breaks', async () => {
    const body = { model: MODEL, input: 'BROKEN in the middle of it' };
    const { status, body: envelope } = await postJson(path(), body);
    expect(status).toBe(502);
    expect(envelope).toMatchObject({ error: { type: 'server_error' } });
    const { events } = await postStream(path(), { ...body, stream: true });
    checkLifecycle(events);
    expect(events.at(-1)).toMatchObject({
      type: 'response.failed',
      response: { error: { code: 'server_error' } },
    });
  });

  it('should stop an answer whose client leaves', async () => {
    const body = { model: MODEL, input: `SLOW ${'word '.repeat(300)}` };
    const stream = await openStream(path(), { ...body, stream: true });
    for (let event = await stream.next(); event?.type !== 'response.output_text.delta';)
      event = await stream.next();
    const leaving = new AbortController();
    const whole = fetch(path(), {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(body),
      signal: leaving.signal,
    });
    await untilRunning(2);
    stream.destroy();
    leaving.abort();
    await expect(whole).rejects.toThrow(/abort/);
    await untilRunning(0);
  });

  it('should not lose a request to a connection that the server has closed', async () => {
    for (let round = 0; round < 2; round++) {
      await Promise.all(Array.from({ length: 8 }, () => ask(stack.url, { model: MODEL, input: 'Hi' })));
      await pause(SERVER_KEEP_ALIVE_MS);
    }
    const answers = await Promise.all(
      Array.from({ length: 16 }, (_, index) =>
        ask(stack.url, { model: MODEL, input: `Hi ${index}` }, WAYS[index % 2]),
      ),
    );
    expect(answers.map(({ text }) => text)).toEqual(answers.map((_, index) => `Hi ${index}`));
  });

  it('should list its model and count its tokens', async () => {
    const { body } = await getJson(`${stack.url}/v1/models`);
    expect(body).toMatchObject({ data: [{ id: MODEL, owned_by: 'lmdeploy' }] });
    const counted = await postJson(`${path()}/input_tokens`, { model: MODEL, input: 'Hello' });
    expect(counted.headers['x-gateway-token-count']).toBe('upstream');
    expect(counted.body).toMatchObject({ input_tokens: expect.any(Number) as number });
  });

  async function untilRunning(count: number): Promise<void> {
    const end = performance.now() + PATIENCE_MS;
    const isReached = async (): Promise<boolean> => (await readEngine(stack.engine)).running === count;
    while (!(await isReached()) && performance.now() < end) await pause(LOOK_EVERY_MS);
    expect(await readEngine(stack.engine)).toMatchObject({ running: count });
  }
});

describe.each(Object.entries(CALLS))('LMDeploy with the parser %s', (parser, call) => {
  const stack = useStack(startLmdeploy(parser), {});

  it.each(WAYS)('should make calls, and an answer out of a result, %s', async (way) => {
    const asked = { role: 'user', content: call };
    const { output } = await ask(stack.url, { model: MODEL, input: [asked], tools: [WEATHER] }, way);
    expect(argumentsOf(output)).toEqual([ARGUMENTS]);
    const result = { type: 'function_call_output', call_id: output.at(-1)!.call_id, output: 'Sun.' };
    const input = [asked, ...output, result];
    expect((await ask(stack.url, { model: MODEL, input, tools: [WEATHER] }, way)).text).toBe(
      'The tool said: Sun.',
    );
  });
});

describe('LMDeploy whose parser loses its place', () => {
  const stack = useStack(startLmdeploy('qwen3coder'), {});

  it('should not give out what it read for a whole call', async () => {
    const input = `TORN ${CALLS.qwen3coder}`;
    const { response } = await ask(stack.url, { model: MODEL, input, tools: [WEATHER] }, 'streamed');
    expect(response).toMatchObject({
      status: 'incomplete',
      incomplete_details: { reason: 'malformed_tool_call' },
    });
  });
});

describe('LMDeploy with parsers of calls and reasoning', () => {
  const stack = useStack(startLmdeploy('qwen3', 'default'), {});

  it.each(WAYS)('should tell reasoning, text and calls apart, %s', async (way) => {
    const input = `First I think.</think>\n\nThen I say.\n${CALL_OF_QWEN3}`;
    const { output, text, usage } = await ask(stack.url, { model: MODEL, input, tools: [WEATHER] }, way);
    expect(output.map(({ type }) => type)).toEqual(['reasoning', 'message', 'function_call']);
    expect(output[0]).toMatchObject({ summary: [{ text: 'First I think.' }] });
    expect(text.trim()).toBe('Then I say.');
    expect(argumentsOf(output)).toEqual([ARGUMENTS]);
    expect(usage.output_tokens_details.reasoning_tokens).toBeGreaterThan(0);
  });

  it.each(WAYS)('should keep both of two calls, %s', async (way) => {
    const input = `Twice.</think>${CALL_OF_QWEN3}\n${CALL_OF_QWEN3}`;
    const { output } = await ask(stack.url, { model: MODEL, input, tools: [WEATHER] }, way);
    expect(argumentsOf(output)).toEqual([ARGUMENTS, ARGUMENTS]);
  });

  it.each(WAYS)('should take everything for text with thinking switched off, %s', async (way) => {
    const body = { model: MODEL, input: 'Plain.', reasoning: { effort: 'none' } };
    const { output, text } = await ask(stack.url, body, way);
    expect(output.map(({ type }) => type)).toEqual(['message']);
    expect(text).toBe('Plain.');
  });
});

function argumentsOf(output: Json[]): unknown[] {
  return output
    .filter(({ type }) => type === 'function_call')
    .map((call) => JSON.parse(call.arguments as string) as unknown);
}
