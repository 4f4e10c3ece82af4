import { before, describe, it } from 'node:test';
import { createOpenAI, type OpenAILanguageModelResponsesOptions } from '@ai-sdk/openai';
import {
  type APICallError,
  generateText,
  isStepCount,
  type LanguageModel,
  type ModelMessage,
  streamText,
  tool,
} from 'ai';
import { expect } from 'expect';
import OpenAI from 'openai';
import { z } from 'zod';
import { failure } from './support/failure.ts';
import { MODEL } from './support/scripted-upstream.ts';
import { useStack } from './support/use-stack.ts';

/** A name that the SDK takes for a reasoning model. */
const ALIAS = 'gpt-5-gateway';
const ENVIRONMENT = { MODEL_ALIASES: `${ALIAS}=${MODEL}` };

const add = tool({
  description: 'Adds',
  inputSchema: z.object({ a: z.number(), b: z.number() }),
  execute: async ({ a, b }) => a + b,
});
const options = (openai: OpenAILanguageModelResponsesOptions) => ({ providerOptions: { openai } });
const typesOf = (body: unknown): unknown[] =>
  (body as { input: { type?: string; role?: string }[] }).input.map(({ type, role }) => type ?? role);
const include = { requestBody: true };

describe('state with ai and @ai-sdk/openai', () => {
  const stack = useStack(ENVIRONMENT);
  const models = {} as Record<'plain' | 'reasoning', LanguageModel>;
  let client: OpenAI;
  before(() => {
    const provider = createOpenAI({ baseURL: stack.gateway.baseUrl, apiKey: 'any' });
    models.plain = provider.responses(MODEL);
    models.reasoning = provider.responses(ALIAS);
    client = new OpenAI({ baseURL: stack.gateway.baseUrl, apiKey: 'any' });
  });

  for (const kind of ['plain', 'reasoning'] as const) {
    for (const stream of [false, true]) {
      it(`should run a loop of tools without options (${kind} model, stream: ${stream})`, async () => {
        stack.upstream.script(
          { reasoning: 'Add.', text: 'First.', calls: [{ name: 'add', arguments: { a: 1, b: 2 } }] },
          { reasoning: 'Again.', calls: [{ name: 'add', arguments: { a: 3, b: 4 } }] },
          { reasoning: 'Done.', text: 'Seven.' },
        );
        const settings = {
          model: models[kind],
          prompt: '1 + 2 + 4?',
          tools: { add },
          stopWhen: isStepCount(5),
          include,
        };
        const { text, steps } = stream ? streamText(settings) : await generateText(settings);
        expect(await text).toBe('Seven.');
        expect(typesOf((await steps).at(-1)?.request.body)).toEqual([
          'user',
          'item_reference',
          'item_reference',
          'function_call',
          'function_call_output',
          'item_reference',
          'function_call',
          'function_call_output',
        ]);
        expect(stack.upstream.requests.at(-1)?.messages).toMatchObject([
          { role: 'user', content: '1 + 2 + 4?' },
          { role: 'assistant', reasoning_content: 'Add.', content: expect.stringContaining('First.') },
          { role: 'tool', content: '3' },
          { role: 'assistant', reasoning_content: 'Again.', content: null },
          { role: 'tool', content: '7' },
        ]);
      });
    }

    it(`should chat over several turns without options (${kind} model)`, async () => {
      stack.upstream.script(
        { reasoning: 'A greeting.', text: 'Hello.' },
        { reasoning: 'A question.', text: 'Fine.' },
        { text: 'Bye.' },
      );
      const messages: ModelMessage[] = [{ role: 'user', content: 'Hi' }];
      let body: unknown;
      for (const next of ['How are you?', 'Good bye', '']) {
        const { responseMessages, request } = await generateText({ model: models[kind], messages, include });
        body = request.body;
        messages.push(...responseMessages, { role: 'user', content: next });
      }
      expect(typesOf(body)).toEqual([
        'user',
        'item_reference',
        'item_reference',
        'user',
        'item_reference',
        'item_reference',
        'user',
      ]);
      expect(stack.upstream.requests.at(-1)?.messages).toMatchObject([
        { role: 'user', content: 'Hi' },
        { role: 'assistant', reasoning_content: 'A greeting.', content: 'Hello.' },
        { role: 'user', content: 'How are you?' },
        { role: 'assistant', reasoning_content: 'A question.', content: 'Fine.' },
        { role: 'user', content: 'Good bye' },
      ]);
    });
  }

  it('should go on from previousResponseId, also with tools', async () => {
    stack.upstream.script(
      { reasoning: 'A name.', text: 'Hello Ada.' },
      { calls: [{ name: 'add', arguments: { a: 1, b: 2 } }] },
      { text: 'Three, Ada.' },
    );
    const first = await generateText({ model: models.reasoning, prompt: 'I am Ada.' });
    const previousResponseId = first.providerMetadata?.openai?.responseId as string;
    const second = await generateText({
      model: models.reasoning,
      prompt: '1 + 2?',
      tools: { add },
      stopWhen: isStepCount(3),
      ...options({ previousResponseId }),
    });
    expect(second.text).toBe('Three, Ada.');
    expect(stack.upstream.requests.at(-1)?.messages).toMatchObject([
      { role: 'user', content: 'I am Ada.' },
      { role: 'assistant', reasoning_content: 'A name.', content: 'Hello Ada.' },
      { role: 'user', content: '1 + 2?' },
      { role: 'assistant', tool_calls: [{ function: { name: 'add' } }] },
      { role: 'tool', content: '3' },
    ]);
  });

  it('should append to a conversation, also with tools', async () => {
    stack.upstream.script(
      { reasoning: 'A name.', text: 'Hello Ada.' },
      { reasoning: 'Sum.', calls: [{ name: 'add', arguments: { a: 1, b: 2 } }] },
      { text: 'Three, Ada.' },
    );
    const { id: conversation } = await client.conversations.create();
    await generateText({ model: models.plain, prompt: 'I am Ada.', ...options({ conversation }) });
    const second = streamText({
      model: models.plain,
      prompt: '1 + 2?',
      tools: { add },
      stopWhen: isStepCount(3),
      ...options({ conversation }),
    });
    expect(await second.text).toBe('Three, Ada.');
    expect(stack.upstream.requests.at(-1)?.messages).toMatchObject([
      { role: 'user', content: 'I am Ada.' },
      { role: 'assistant', reasoning_content: 'A name.', content: 'Hello Ada.' },
      { role: 'user', content: '1 + 2?' },
      { role: 'assistant', reasoning_content: 'Sum.', tool_calls: [{ function: { name: 'add' } }] },
      { role: 'tool', content: '3' },
      // The SDK sends the prompt with every step, also to a conversation that has it.
      { role: 'user', content: '1 + 2?' },
    ]);
  });
});

describe('ai and @ai-sdk/openai with a gateway that stores nothing', () => {
  const stack = useStack({ ...ENVIRONMENT, DATABASE_URL: 'none' });
  const ask = async (openai: OpenAILanguageModelResponsesOptions = {}) => {
    stack.upstream.script({
      reasoning: 'Sum.',
      text: 'I add.',
      calls: [{ name: 'add', arguments: { a: 1, b: 2 } }],
    });
    const provider = createOpenAI({ baseURL: stack.gateway.baseUrl, apiKey: 'any' });
    return generateText({
      model: provider.responses(ALIAS),
      prompt: '1 + 2?',
      tools: { add },
      stopWhen: isStepCount(3),
      ...options(openai),
    });
  };

  it('should run tools with store: false', async () => {
    const answer = ask({ store: false });
    stack.upstream.script({ text: 'Three.' });
    expect((await answer).text).toBe('Three.');
    expect(stack.upstream.requests.at(-1)?.messages.map(({ role }) => role)).toEqual([
      'user',
      'assistant',
      'tool',
    ]);
  });

  it('should be told to say store: false', async () => {
    const error = await failure<APICallError>(ask());
    expect(error).toMatchObject({ statusCode: 404, message: expect.stringContaining('store') });
  });
});
