import { before, describe, it } from 'node:test';
import { createOpenResponses } from '@ai-sdk/open-responses';
import { createOpenAI } from '@ai-sdk/openai';
import {
  APICallError,
  generateText,
  isStepCount,
  type LanguageModel,
  type ModelMessage,
  Output,
  RetryError,
  streamText,
  tool,
  ToolLoopAgent,
} from 'ai';
import { expect } from 'expect';
import { z } from 'zod';
import { failure } from './support/failure.ts';
import { MODEL } from './support/scripted-upstream.ts';
import { useStack } from './support/use-stack.ts';

const KEY = 'sk-test-ai';
const Person = z.object({ name: z.string(), age: z.number().int() });

const providers = {
  '@ai-sdk/openai': (baseURL: string, model: string): LanguageModel =>
    createOpenAI({ baseURL, apiKey: KEY }).responses(model),
  '@ai-sdk/open-responses': (baseURL: string, model: string): LanguageModel =>
    createOpenResponses({ name: 'gateway', url: `${baseURL}/responses`, apiKey: KEY })(model),
};

for (const [name, provider] of Object.entries(providers)) {
  describe(`ai with ${name}`, () => {
    const stack = useStack({ API_KEYS: KEY });
    let model: LanguageModel;
    before(() => {
      model = provider(stack.gateway.baseUrl, MODEL);
    });

    it('should generate text', async () => {
      stack.upstream.script({ text: 'Hello there.', usage: { prompt: 21, completion: 4, cached: 16 } });
      const result = await generateText({
        model,
        instructions: 'Be brief.',
        prompt: 'Say hello',
        temperature: 0.2,
        maxOutputTokens: 64,
      });
      expect(result.text).toBe('Hello there.');
      expect(result.finishReason).toBe('stop');
      expect(result.usage).toMatchObject({ inputTokens: 21, outputTokens: 4, totalTokens: 25 });
      expect(result.usage.inputTokenDetails.cacheReadTokens).toBe(16);
      expect(stack.upstream.requests).toMatchObject([
        {
          messages: [
            { role: 'system', content: 'Be brief.' },
            { role: 'user', content: 'Say hello' },
          ],
          temperature: 0.2,
          max_completion_tokens: 64,
        },
      ]);
    });

    it('should stream text', async () => {
      stack.upstream.script({ text: 'one two three', usage: { prompt: 9, completion: 3 } });
      const result = streamText({ model, prompt: 'count' });
      const deltas: string[] = [];
      for await (const delta of result.textStream) deltas.push(delta);
      expect(deltas).toEqual(['one', ' two', ' three']);
      expect(await result.finishReason).toBe('stop');
      expect(await result.usage).toMatchObject({ inputTokens: 9, outputTokens: 3, totalTokens: 12 });
    });

    it('should run tools over several streamed steps', async () => {
      stack.upstream.script(
        {
          reasoning: 'I need the weather.',
          text: 'Let me look.',
          calls: [
            { name: 'weather', arguments: { city: 'Zürich "HB"' } },
            { name: 'now', arguments: '' },
          ],
        },
        { calls: [{ name: 'weather', arguments: { city: 'Bern' } }] },
        { text: 'Sunny in both.' },
      );
      const cities: string[] = [];
      const result = streamText({
        model,
        prompt: 'Weather?',
        tools: {
          weather: tool({
            description: 'Weather of a city',
            inputSchema: z.object({ city: z.string() }),
            execute: async ({ city }) => {
              cities.push(city);
              return { sky: 'sunny', city };
            },
          }),
          now: tool({ inputSchema: z.object({}), execute: async () => 'noon' }),
        },
        stopWhen: isStepCount(5),
      });
      const parts: string[] = [];
      for await (const part of result.stream) parts.push(part.type);
      expect(parts).not.toContain('error');
      expect(await result.text).toBe('Sunny in both.');
      expect(cities).toEqual(['Zürich "HB"', 'Bern']);
      const steps = await result.steps;
      expect(steps.map(({ finishReason }) => finishReason)).toEqual(['tool-calls', 'tool-calls', 'stop']);
      expect(steps[0]?.reasoningText).toBe('I need the weather.');
      expect(steps[0]?.toolCalls.map(({ toolName, input }) => [toolName, input])).toEqual([
        ['weather', { city: 'Zürich "HB"' }],
        ['now', {}],
      ]);
      expect((await result.totalUsage).totalTokens).toBe(3 * 17);

      const { messages } = stack.upstream.requests[2] ?? { messages: [] };
      expect(messages.map(({ role }) => role)).toEqual([
        'user',
        'assistant',
        'tool',
        'tool',
        'assistant',
        'tool',
      ]);
      const [first, second] = messages[1]?.tool_calls ?? [];
      expect(messages.slice(2, 4)).toEqual([
        { role: 'tool', tool_call_id: first?.id, content: '{"sky":"sunny","city":"Zürich \\"HB\\""}' },
        { role: 'tool', tool_call_id: second?.id, content: expect.stringContaining('noon') },
      ]);
      expect(JSON.parse(first?.function.arguments ?? '')).toEqual({ city: 'Zürich "HB"' });
      expect(second?.function).toEqual({ name: 'now', arguments: '{}' });
    });

    it('should run tools in generateText', async () => {
      stack.upstream.script({ calls: [{ name: 'double', arguments: { n: 21 } }] }, { text: '42' });
      const result = await generateText({
        model,
        prompt: 'Double 21',
        tools: {
          double: tool({ inputSchema: z.object({ n: z.number() }), execute: async ({ n }) => n * 2 }),
        },
        stopWhen: isStepCount(3),
      });
      expect(result.text).toBe('42');
      expect(result.steps[0]?.toolResults).toMatchObject([
        { toolName: 'double', input: { n: 21 }, output: 42 },
      ]);
      expect(stack.upstream.requests[1]?.messages.at(-1)).toMatchObject({ role: 'tool', content: '42' });
    });

    it('should force a tool', async () => {
      stack.upstream.script({ calls: [{ name: 'now', arguments: '' }] });
      const result = await generateText({
        model,
        prompt: 'x',
        tools: { now: tool({ inputSchema: z.object({}) }), other: tool({ inputSchema: z.object({}) }) },
        toolChoice: { type: 'tool', toolName: 'now' },
      });
      expect(result.toolCalls).toMatchObject([{ toolName: 'now', input: {} }]);
      expect(result.finishReason).toBe('tool-calls');
      expect(stack.upstream.requests[0]?.tool_choice).toEqual({
        type: 'function',
        function: { name: 'now' },
      });
    });

    it('should generate an object', async () => {
      stack.upstream.script({ text: '{"name":"Ada","age":36}' });
      const { output } = await generateText({
        model,
        prompt: 'Who?',
        output: Output.object({ schema: Person }),
      });
      expect(output).toEqual({ name: 'Ada', age: 36 });
      expect(stack.upstream.requests[0]?.response_format).toMatchObject({
        type: 'json_schema',
        json_schema: { schema: { type: 'object', required: ['name', 'age'] } },
      });
    });

    it('should stream an object', async () => {
      stack.upstream.script({ text: '{"name": "Ada", "age": 36}' });
      const result = streamText({ model, prompt: 'Who?', output: Output.object({ schema: Person }) });
      const partials: unknown[] = [];
      for await (const partial of result.partialOutputStream) partials.push(partial);
      expect(partials.length).toBeGreaterThan(1);
      expect(partials.at(-1)).toEqual({ name: 'Ada', age: 36 });
      expect(await result.output).toEqual({ name: 'Ada', age: 36 });
    });

    it('should stream reasoning', async () => {
      stack.upstream.script({
        reasoning: 'Let me think.',
        text: 'Done.',
        usage: { completion: 8, reasoning: 5 },
      });
      const result = streamText({ model, prompt: 'x' });
      let reasoning = '';
      for await (const part of result.stream) if (part.type === 'reasoning-delta') reasoning += part.text;
      expect(reasoning).toBe('Let me think.');
      expect(await result.reasoningText).toBe('Let me think.');
      expect(await result.text).toBe('Done.');
      expect((await result.usage).outputTokenDetails).toMatchObject({ reasoningTokens: 5, textTokens: 3 });
    });

    it('should give reasoning that is not streamed', async () => {
      stack.upstream.script({ reasoning: 'Let me think.', text: 'Done.' });
      const result = await generateText({ model, prompt: 'x' });
      expect(result).toMatchObject({ reasoningText: 'Let me think.', text: 'Done.' });
    });

    it('should have a second turn', async () => {
      stack.upstream.script({ reasoning: 'A greeting.', text: 'Hello.' }, { text: 'Fine.' });
      const messages: ModelMessage[] = [{ role: 'user', content: 'Hi' }];
      const first = await generateText({ model, messages });
      messages.push(...first.responseMessages, { role: 'user', content: 'How are you?' });
      const second = await generateText({ model, messages });
      expect(second.text).toBe('Fine.');
      expect(stack.upstream.requests[1]?.messages).toMatchObject([
        { role: 'user', content: 'Hi' },
        { role: 'assistant', content: 'Hello.' },
        { role: 'user', content: 'How are you?' },
      ]);
    });

    it('should send an image', async () => {
      stack.upstream.script({ text: 'A dot.' });
      const data = 'iVBORw0KGgo=';
      const { text } = await generateText({
        model,
        messages: [
          {
            role: 'user',
            content: [
              { type: 'text', text: 'What is this?' },
              { type: 'file', mediaType: 'image/png', data },
            ],
          },
        ],
      });
      expect(text).toBe('A dot.');
      expect(stack.upstream.requests[0]?.messages).toMatchObject([
        {
          role: 'user',
          content: [
            { type: 'text', text: 'What is this?' },
            { type: 'image_url', image_url: { url: `data:image/png;base64,${data}` } },
          ],
        },
      ]);
    });

    it('should run an agent', async () => {
      stack.upstream.script({ calls: [{ name: 'add', arguments: { a: 1, b: 2 } }] }, { text: 'Three.' });
      const agent = new ToolLoopAgent({
        model,
        instructions: 'You add.',
        tools: {
          add: tool({
            inputSchema: z.object({ a: z.number(), b: z.number() }),
            execute: async ({ a, b }) => String(a + b),
          }),
        },
      });
      const result = await agent.generate({ prompt: '1 + 2?' });
      expect(result.text).toBe('Three.');
      expect(stack.upstream.requests[1]?.messages.map(({ role, content }) => [role, content])).toEqual([
        ['system', 'You add.'],
        ['user', '1 + 2?'],
        ['assistant', null],
        ['tool', '3'],
      ]);
    });

    it('should say that the length was reached', async () => {
      stack.upstream.script({ text: 'one two', finish: 'length' }, { text: 'one two', finish: 'length' });
      expect(await generateText({ model, prompt: 'x', maxOutputTokens: 2 })).toMatchObject({
        finishReason: 'length',
        text: 'one two',
      });
      const streamed = streamText({ model, prompt: 'x', maxOutputTokens: 2 });
      await streamed.consumeStream();
      expect(await streamed.finishReason).toBe('length');
    });

    it('should throw an APICallError with the message of the model server', async () => {
      const message = 'Input length (40970) must be smaller than the model context length (32768).';
      stack.upstream.script({ status: 400, message });
      const error = await failure<APICallError>(generateText({ model, prompt: 'x' }));
      expect(APICallError.isInstance(error)).toBe(true);
      expect(error).toMatchObject({ statusCode: 400, isRetryable: false });
      expect(JSON.parse(error.responseBody ?? '')).toMatchObject({
        error: { code: 'context_length_exceeded', message: expect.stringContaining(message), param: null },
      });
      // @ai-sdk/open-responses shows the message only of errors whose param is a string.
      if (name === '@ai-sdk/openai') expect(error.message).toContain(message);
    });

    it('should throw an APICallError that names the parameter', async () => {
      const error = await failure<APICallError>(generateText({ model, prompt: 'x', topP: 7 }));
      expect(error).toMatchObject({ statusCode: 400, data: { error: { param: 'top_p' } } });
      expect(error.message).toContain('top_p');
    });

    it('should throw an APICallError for a wrong key', async () => {
      const error = await failure<APICallError>(
        generateText({ model, prompt: 'x', headers: { authorization: 'Bearer sk-wrong' } }),
      );
      expect(error).toMatchObject({ statusCode: 401 });
      expect(error.responseBody).toContain('Incorrect API key');
    });

    it('should retry a 429 and a 503', async () => {
      stack.upstream.script(
        { status: 429, headers: { 'retry-after': '0' } },
        { status: 503, headers: { 'retry-after': '0' } },
        { text: 'Here.' },
      );
      expect((await generateText({ model, prompt: 'x' })).text).toBe('Here.');
      expect(stack.upstream.requests).toHaveLength(3);
    });

    it('should give up after three tries', async () => {
      stack.upstream.answerWith(() => ({ status: 429, headers: { 'retry-after': '0' } }));
      const error = await failure<RetryError>(generateText({ model, prompt: 'x' }));
      expect(RetryError.isInstance(error)).toBe(true);
      expect(error.lastError).toMatchObject({ statusCode: 429 });
      expect(stack.upstream.requests).toHaveLength(3);
    });

    for (const then of ['error', 'cut'] as const) {
      it(`should report a stream that breaks off (${then})`, async () => {
        stack.upstream.script({ text: 'one two', then });
        const errors: unknown[] = [];
        const result = streamText({ model, prompt: 'x', onError: ({ error }) => void errors.push(error) });
        const parts: string[] = [];
        for await (const part of result.stream) parts.push(part.type);
        expect(parts).toContain('text-delta');
        expect(parts).toContain('error');
        expect(errors.length).toBeGreaterThan(0);
        expect(JSON.stringify(errors[0])).toContain('server_error');
      });
    }

    it('should abort the model server', async () => {
      stack.upstream.script({ text: 'one two', then: 'hang' });
      const controller = new AbortController();
      const result = streamText({ model, prompt: 'x', abortSignal: controller.signal });
      for await (const part of result.stream) if (part.type === 'text-delta') controller.abort();
      await stack.upstream.aborted();
    });
  });
}

describe('ai with @ai-sdk/openai and a model name that it takes for a reasoning model', () => {
  const ALIAS = 'gpt-5-gateway';
  const stack = useStack({ MODEL_ALIASES: `${ALIAS}=${MODEL}` });
  let model: LanguageModel;
  before(() => {
    model = createOpenAI({ baseURL: stack.gateway.baseUrl, apiKey: 'any' }).responses(ALIAS);
  });

  it('should send the developer message as the system message, and the effort', async () => {
    stack.upstream.script({ reasoning: 'Hm.', text: 'Hello.' });
    const result = await generateText({
      model,
      instructions: 'Be brief.',
      prompt: 'Hi',
      reasoning: 'high',
      temperature: 0.3,
      include: { requestBody: true },
    });
    expect(result).toMatchObject({ text: 'Hello.', reasoningText: 'Hm.' });
    expect(result.request.body).toMatchObject({ input: [{ role: 'developer', content: 'Be brief.' }, {}] });
    expect(stack.upstream.requests[0]).toMatchObject({
      model: MODEL,
      messages: [
        { role: 'system', content: 'Be brief.' },
        { role: 'user', content: 'Hi' },
      ],
      reasoning_effort: 'high',
    });
    expect(stack.upstream.requests[0]).not.toHaveProperty('temperature');
  });

  it('should refer to the items of earlier steps', async () => {
    stack.upstream.script(
      { reasoning: 'Look it up.', calls: [{ name: 'now', arguments: '' }] },
      { reasoning: 'I know.', text: 'It is noon.' },
    );
    const result = streamText({
      model,
      prompt: 'What time is it?',
      tools: { now: tool({ inputSchema: z.object({}), execute: async () => 'noon' }) },
      stopWhen: isStepCount(3),
    });
    expect(await result.text).toBe('It is noon.');
    expect((await result.steps).map(({ reasoningText }) => reasoningText)).toEqual([
      'Look it up.',
      'I know.',
    ]);
    expect(stack.upstream.requests[1]?.messages.map(({ role }) => role)).toEqual([
      'user',
      'assistant',
      'tool',
    ]);
  });
});
