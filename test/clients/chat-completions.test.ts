import { before, describe, it } from 'node:test';
import { ChatOpenAI } from '@langchain/openai';
import { expect } from 'expect';
import OpenAI, { BadRequestError } from 'openai';
import { failure } from './support/failure.ts';
import { MODEL } from './support/scripted-upstream.ts';
import { useStack } from './support/use-stack.ts';

const KEY = 'sk-test-chat';
const MESSAGES = [{ role: 'user' as const, content: 'Say hello' }];

describe('clients of chat completions', () => {
  const stack = useStack({ API_KEYS: KEY, MODEL_ALIASES: `fast=${MODEL}` });
  let client: OpenAI;

  before(() => {
    client = new OpenAI({ apiKey: KEY, baseURL: stack.gateway.baseUrl, maxRetries: 0 });
  });

  it('should get a completion', async () => {
    stack.upstream.script({ text: 'Hello there.', usage: { prompt: 21, completion: 4 } });
    const { choices, usage } = await client.chat.completions.create({ model: 'fast', messages: MESSAGES });
    expect(choices[0]?.message.content).toBe('Hello there.');
    expect(usage).toMatchObject({ prompt_tokens: 21, completion_tokens: 4 });
    expect(stack.upstream.requests).toMatchObject([{ model: MODEL, messages: MESSAGES }]);
  });

  it('should get a stream', async () => {
    stack.upstream.script({ text: 'Hello there.' });
    const stream = await client.chat.completions.create({ model: MODEL, messages: MESSAGES, stream: true });
    let text = '';
    for await (const { choices } of stream) text += choices[0]?.delta.content ?? '';
    expect(text).toBe('Hello there.');
  });

  it('should leave in the middle of a stream', async () => {
    stack.upstream.script({ text: 'Hello there.', then: 'hang' });
    const stream = await client.chat.completions.create({ model: MODEL, messages: MESSAGES, stream: true });
    for await (const _chunk of stream) break;
    await stack.upstream.aborted();
  });

  it('should be told what is wrong', async () => {
    stack.upstream.script({ status: 400, message: 'max_tokens must be at least 1.' });
    const error = await failure(
      client.chat.completions.create({ model: MODEL, messages: MESSAGES, max_tokens: 0 }),
    );
    expect(error).toBeInstanceOf(BadRequestError);
    expect((error as BadRequestError).message).toBe('400 max_tokens must be at least 1.');
  });

  it('should get embeddings', async () => {
    const { data, usage } = await client.embeddings.create({ model: MODEL, input: ['a', 'bcd'] });
    expect(data.map(({ embedding }) => embedding)).toEqual([[1], [3]]);
    expect(usage.prompt_tokens).toBe(2);
  });

  it('should be LangChain too, which speaks it by default', async () => {
    stack.upstream.script({ text: 'Hello there.' });
    const model = new ChatOpenAI({
      model: MODEL,
      apiKey: KEY,
      configuration: { baseURL: stack.gateway.baseUrl },
    });
    expect((await model.invoke('Say hello')).content).toBe('Hello there.');
  });
});
