import { before, describe, it } from 'node:test';
import {
  AIMessage,
  AIMessageChunk,
  HumanMessage,
  SystemMessage,
  ToolMessage,
} from '@langchain/core/messages';
import { tool } from '@langchain/core/tools';
import { createReactAgent } from '@langchain/langgraph/prebuilt';
import { ChatOpenAI, type ChatOpenAIFields } from '@langchain/openai';
import { expect } from 'expect';
import { createAgent, providerStrategy } from 'langchain';
import { z } from 'zod';
import { failure } from './support/failure.ts';
import { MODEL } from './support/scripted-upstream.ts';
import { useStack } from './support/use-stack.ts';

const Person = z.object({ name: z.string(), age: z.number().int() });

describe('@langchain/openai', () => {
  const stack = useStack();
  let llm: ChatOpenAI;
  const create = (fields: ChatOpenAIFields = {}) =>
    new ChatOpenAI({
      model: MODEL,
      apiKey: 'any',
      useResponsesApi: true,
      configuration: { baseURL: stack.gateway.baseUrl },
      ...fields,
    });

  before(() => {
    process.env.LANGSMITH_TRACING = 'false';
    llm = create();
  });

  const cities: string[] = [];
  const weather = tool(
    ({ city }) => {
      cities.push(city);
      return `sunny in ${city}`;
    },
    { name: 'weather', description: 'Weather of a city', schema: z.object({ city: z.string() }) },
  );
  const now = tool(() => 'noon', { name: 'now', description: 'The time', schema: z.object({}) });

  it('should invoke', async () => {
    stack.upstream.script({ text: 'Hello.', usage: { prompt: 21, completion: 4, cached: 16 } });
    const message = await llm.invoke([new SystemMessage('Be brief.'), new HumanMessage('Say hello')]);
    expect(message).toBeInstanceOf(AIMessage);
    expect(message.text).toBe('Hello.');
    expect(message.usage_metadata).toMatchObject({
      input_tokens: 21,
      output_tokens: 4,
      total_tokens: 25,
      input_token_details: { cache_read: 16 },
    });
    expect(message.response_metadata).toMatchObject({ status: 'completed', model: MODEL });
    expect(stack.upstream.requests[0]?.messages).toEqual([
      { role: 'system', content: 'Be brief.' },
      { role: 'user', content: 'Say hello' },
    ]);
  });

  it('should stream', async () => {
    stack.upstream.script({ text: 'one two three', usage: { prompt: 9, completion: 3 } });
    const texts: string[] = [];
    let whole: AIMessageChunk | undefined;
    for await (const chunk of await llm.stream('count')) {
      if (chunk.text) texts.push(chunk.text);
      whole = whole ? whole.concat(chunk) : chunk;
    }
    expect(texts).toEqual(['one', ' two', ' three']);
    expect(whole?.usage_metadata).toMatchObject({ input_tokens: 9, output_tokens: 3, total_tokens: 12 });
  });

  it('should give reasoning', async () => {
    stack.upstream.script({
      reasoning: 'Let me think.',
      text: 'Done.',
      usage: { completion: 8, reasoning: 5 },
    });
    const message = await llm.invoke('x');
    expect(message.text).toBe('Done.');
    expect(message.contentBlocks).toMatchObject([
      { type: 'reasoning', reasoning: 'Let me think.' },
      { type: 'text', text: 'Done.' },
    ]);
    expect(message.usage_metadata?.output_token_details).toMatchObject({ reasoning: 5 });
  });

  it('should stream reasoning', async () => {
    stack.upstream.script({ reasoning: 'Let me think.', text: 'Done.' });
    const deltas: unknown[] = [];
    let whole: AIMessageChunk | undefined;
    for await (const chunk of await llm.stream('x')) {
      if (Array.isArray(chunk.content)) deltas.push(...chunk.content);
      whole = whole ? whole.concat(chunk) : chunk;
    }
    expect(deltas).toMatchObject([
      { type: 'reasoning', reasoning: 'Let' },
      { type: 'reasoning', reasoning: ' me' },
      { type: 'reasoning', reasoning: ' think.' },
      { type: 'text', text: 'Done.' },
    ]);
    expect(whole?.contentBlocks).toMatchObject([
      { type: 'reasoning', reasoning: 'Let me think.' },
      { type: 'text', text: 'Done.' },
    ]);
  });

  for (const stream of [false, true]) {
    it(`should call tools and go on with their results (stream: ${stream})`, async () => {
      stack.upstream.script(
        {
          reasoning: 'I need both.',
          text: 'Let me look.',
          calls: [
            { name: 'weather', arguments: { city: 'Zürich "HB"' } },
            { name: 'now', arguments: '' },
          ],
        },
        { text: 'Sunny at noon.' },
      );
      const bound = llm.bindTools([weather, now]);
      const ask = async (messages: (HumanMessage | AIMessage | ToolMessage)[]): Promise<AIMessage> => {
        if (!stream) return bound.invoke(messages);
        let whole: AIMessageChunk | undefined;
        for await (const chunk of await bound.stream(messages)) whole = whole ? whole.concat(chunk) : chunk;
        return whole as AIMessageChunk;
      };
      const question = new HumanMessage('Weather?');
      const first = await ask([question]);
      expect(first.tool_calls?.map(({ name, args }) => [name, args])).toEqual([
        ['weather', { city: 'Zürich "HB"' }],
        ['now', {}],
      ]);
      const results = await Promise.all(
        (first.tool_calls ?? []).map(async (call) =>
          call.name === 'now'
            ? ((await now.invoke({ ...call, type: 'tool_call' })) as ToolMessage)
            : ((await weather.invoke({ ...call, type: 'tool_call' } as never)) as ToolMessage),
        ),
      );
      const second = await ask([question, first, ...results]);
      expect(second.text).toBe('Sunny at noon.');
      const { messages } = stack.upstream.requests[1] ?? { messages: [] };
      expect(messages.map(({ role }) => role)).toEqual(['user', 'assistant', 'tool', 'tool']);
      expect(messages[1]).toMatchObject({
        reasoning_content: 'I need both.',
        content: expect.stringContaining('Let me look.'),
      });
      const ids = messages[1]?.tool_calls?.map(({ id }) => id);
      expect(
        messages[1]?.tool_calls?.map(({ function: { name, arguments: text } }) => [name, JSON.parse(text)]),
      ).toEqual([
        ['weather', { city: 'Zürich "HB"' }],
        ['now', {}],
      ]);
      expect(messages.slice(2)).toEqual([
        { role: 'tool', tool_call_id: ids?.[0], content: 'sunny in Zürich "HB"' },
        { role: 'tool', tool_call_id: ids?.[1], content: 'noon' },
      ]);
    });
  }

  it('should force a tool', async () => {
    stack.upstream.script({ calls: [{ name: 'now', arguments: '' }] });
    const message = await llm.bindTools([weather, now], { tool_choice: 'now' }).invoke('x');
    expect(message.tool_calls).toMatchObject([{ name: 'now', args: {} }]);
    expect(stack.upstream.requests[0]?.tool_choice).toEqual({ type: 'function', function: { name: 'now' } });
  });

  for (const method of ['jsonSchema', 'functionCalling'] as const) {
    it(`should give structured output (${method})`, async () => {
      const person = { name: 'Ada', age: 36 };
      stack.upstream.script(
        method === 'jsonSchema'
          ? { text: JSON.stringify(person) }
          : { calls: [{ name: 'person', arguments: person }] },
      );
      const result = await llm.withStructuredOutput(Person, { name: 'person', method }).invoke('Who?');
      expect(result).toEqual(person);
      const [request] = stack.upstream.requests;
      if (method === 'jsonSchema')
        expect(request?.response_format).toMatchObject({ json_schema: { name: 'person' } });
      else expect(request?.tool_choice).toEqual({ type: 'function', function: { name: 'person' } });
    });
  }

  it('should carry a conversation', async () => {
    stack.upstream.script({ text: 'Hello.' }, { text: 'Fine.' });
    const messages = [new HumanMessage('Hi')];
    const first = await llm.invoke(messages);
    const second = await llm.invoke([...messages, first, new HumanMessage('How are you?')]);
    expect(second.text).toBe('Fine.');
    expect(stack.upstream.requests[1]?.messages.map(({ role, content }) => [role, content])).toEqual([
      ['user', 'Hi'],
      ['assistant', 'Hello.'],
      ['user', 'How are you?'],
    ]);
  });

  it('should pass the settings on', async () => {
    stack.upstream.script({ text: 'ok' });
    await create({ temperature: 0.1, topP: 0.9, maxTokens: 50 }).invoke('x');
    expect(stack.upstream.requests[0]).toMatchObject({
      temperature: 0.1,
      top_p: 0.9,
      max_completion_tokens: 50,
    });
  });

  it('should run an agent of langchain', async () => {
    cities.length = 0;
    stack.upstream.script(
      { calls: [{ name: 'weather', arguments: { city: 'Bern' } }] },
      { calls: [{ name: 'now', arguments: '' }] },
      { text: 'Sunny at noon.' },
    );
    const agent = createAgent({ model: llm, tools: [weather, now], systemPrompt: 'You know the weather.' });
    const { messages } = await agent.invoke({ messages: [new HumanMessage('Weather in Bern?')] });
    expect(messages.at(-1)?.text).toBe('Sunny at noon.');
    expect(cities).toEqual(['Bern']);
    expect(stack.upstream.requests[2]?.messages.map(({ role }) => role)).toEqual([
      'system',
      'user',
      'assistant',
      'tool',
      'assistant',
      'tool',
    ]);
  });

  it('should run an agent with structured output', async () => {
    stack.upstream.script({ calls: [{ name: 'now', arguments: '' }] }, { text: '{"name":"Ada","age":36}' });
    const agent = createAgent({ model: llm, tools: [now], responseFormat: providerStrategy(Person) });
    const result = await agent.invoke({ messages: [new HumanMessage('Who, now?')] });
    expect(result.structuredResponse).toEqual({ name: 'Ada', age: 36 });
  });

  it('should stream an agent of langgraph', async () => {
    stack.upstream.script(
      { calls: [{ name: 'weather', arguments: { city: 'Bern' } }] },
      { text: 'Sunny there.' },
    );
    const agent = createReactAgent({ llm, tools: [weather] });
    const stream = await agent.stream(
      { messages: [new HumanMessage('Weather?')] },
      { streamMode: 'messages' },
    );
    let text = '';
    for await (const [message] of stream) if (message instanceof AIMessageChunk) text += message.text;
    expect(text.trim()).toBe('Sunny there.');
    expect(stack.upstream.requests[1]?.messages.at(-1)).toMatchObject({
      role: 'tool',
      content: 'sunny in Bern',
    });
  });

  it('should say that the length was reached', async () => {
    stack.upstream.script({ text: 'one two', finish: 'length' });
    const message = await llm.invoke('x');
    expect(message.response_metadata).toMatchObject({
      status: 'incomplete',
      incomplete_details: { reason: 'max_output_tokens' },
    });
  });

  it('should fail with the error of the model server', async () => {
    stack.upstream.script({
      status: 400,
      message: 'Input length (9) must be smaller than the model context length (8).',
    });
    const error = await failure(llm.invoke('x'));
    expect(error).toMatchObject({ status: 400, code: 'context_length_exceeded' });
    expect(error.message).toContain('Input length (9)');
  });

  it('should retry a 429 with Retry-After', async () => {
    stack.upstream.script({ status: 429, headers: { 'retry-after': '1' } }, { text: 'Here.' });
    expect((await llm.invoke('x')).text).toBe('Here.');
    expect(stack.upstream.requests).toHaveLength(2);
  });

  for (const then of ['error', 'cut'] as const) {
    it(`should fail when a stream breaks off (${then})`, async () => {
      stack.upstream.script({ text: 'one two', then });
      const read = async () => {
        for await (const chunk of await create({ maxRetries: 0 }).stream('x')) void chunk;
      };
      const error = await failure(read());
      expect(error.message).toMatch(/model server/);
    });
  }

  describe('with stored responses', () => {
    for (const stream of [false, true]) {
      it(`should go on from previous_response_id, also with tools (stream: ${stream})`, async () => {
        stack.upstream.script(
          { reasoning: 'A city.', calls: [{ name: 'weather', arguments: { city: 'Bern' } }] },
          { text: 'Sunny.' },
          { text: 'Bern.' },
        );
        const model = create({ streaming: stream }).bindTools([weather]);
        const first = await model.invoke('Weather in Bern?');
        const [call] = first.tool_calls ?? [];
        const output = new ToolMessage({ tool_call_id: call?.id ?? '', content: 'sunny in Bern' });
        const second = await model.invoke([output], { previous_response_id: idOf(first) });
        expect(second.text).toBe('Sunny.');
        await model.invoke('Which city?', { previous_response_id: idOf(second) });
        expect(stack.upstream.requests.at(-1)?.messages).toMatchObject([
          { role: 'user', content: 'Weather in Bern?' },
          { role: 'assistant', reasoning_content: 'A city.', tool_calls: [{ id: call?.id }] },
          { role: 'tool', content: 'sunny in Bern' },
          { role: 'assistant', content: 'Sunny.' },
          { role: 'user', content: 'Which city?' },
        ]);
      });
    }

    it('should know the answers of a chain again where the whole history is sent with previous_response_id', async () => {
      stack.upstream.script({ reasoning: 'A name.', text: 'Hello Ada.' }, { text: 'Ada.' });
      const first = await llm.invoke('I am Ada.');
      await llm.invoke([new HumanMessage('I am Ada.'), first, new HumanMessage('Who am I?')], {
        previous_response_id: idOf(first),
      });
      expect(stack.upstream.requests.at(-1)?.messages).toMatchObject([
        { role: 'user', content: 'I am Ada.' },
        { role: 'assistant', content: 'Hello Ada.' },
        // LangChain gives the user's messages no ids, so they are not known again.
        { role: 'user', content: 'I am Ada.' },
        { role: 'user', content: 'Who am I?' },
      ]);
    });

    it('should run without them for zero data retention', async () => {
      stack.upstream.script({ calls: [{ name: 'now', arguments: '' }] }, { text: 'Noon.' });
      const agent = createAgent({ model: create({ zdrEnabled: true }), tools: [now] });
      const { messages } = await agent.invoke({ messages: [new HumanMessage('Time?')] });
      expect(messages.at(-1)?.text).toBe('Noon.');
      const answer = await fetch(`${stack.gateway.baseUrl}/responses/${idOf(messages.at(-1) as AIMessage)}`);
      expect(answer.status).toBe(404);
    });
  });
});

const idOf = ({ response_metadata }: AIMessage): string => response_metadata.id as string;
