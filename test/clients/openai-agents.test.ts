import { before, describe, it } from 'node:test';
import {
  Agent,
  type AgentInputItem,
  MaxTurnsExceededError,
  MemorySession,
  OpenAIResponsesModel,
  run,
  Runner,
  setDefaultOpenAIClient,
  setTracingDisabled,
  tool,
} from '@openai/agents';
import { expect } from 'expect';
import OpenAI, { BadRequestError } from 'openai';
import { z } from 'zod';
import { failure } from './support/failure.ts';
import { MODEL } from './support/scripted-upstream.ts';
import { useStack } from './support/use-stack.ts';

describe('@openai/agents', () => {
  const stack = useStack();
  let model: OpenAIResponsesModel;

  before(() => {
    setTracingDisabled(true); // Traces would go to OpenAI.
    const client = new OpenAI({ baseURL: stack.gateway.baseUrl, apiKey: 'any' });
    setDefaultOpenAIClient(client);
    model = new OpenAIResponsesModel(client, MODEL);
  });

  const cities: string[] = [];
  const weather = tool({
    name: 'weather',
    description: 'Weather of a city',
    parameters: z.object({ city: z.string(), unit: z.enum(['C', 'F']).nullable() }),
    execute: async ({ city }) => {
      cities.push(city);
      return `sunny in ${city}`;
    },
  });
  const now = tool({
    name: 'now',
    description: 'The time',
    parameters: z.object({}),
    execute: async () => 'noon',
  });

  it('should answer', async () => {
    stack.upstream.script({ text: 'Hello.', usage: { prompt: 21, completion: 4, cached: 16 } });
    const result = await run(new Agent({ name: 'Greeter', instructions: 'Be brief.', model }), 'Say hello');
    expect(result.finalOutput).toBe('Hello.');
    expect(result.rawResponses[0]?.usage).toMatchObject({
      inputTokens: 21,
      outputTokens: 4,
      totalTokens: 25,
      inputTokensDetails: [{ cached_tokens: 16 }],
    });
    expect(result.lastResponseId).toMatch(/^resp_/);
    expect(stack.upstream.requests[0]?.messages).toEqual([
      { role: 'system', content: 'Be brief.' },
      { role: 'user', content: 'Say hello' },
    ]);
  });

  it('should take the model by its name from the default client', async () => {
    stack.upstream.script({ text: 'Hello.' });
    const result = await run(new Agent({ name: 'Greeter', model: MODEL }), 'Say hello');
    expect(result.finalOutput).toBe('Hello.');
    expect(stack.upstream.requests[0]?.model).toBe(MODEL);
  });

  for (const stream of [false, true]) {
    it(`should run tools (stream: ${stream})`, async () => {
      cities.length = 0;
      stack.upstream.script(
        {
          reasoning: 'I need both.',
          text: 'Let me look.',
          calls: [
            { name: 'weather', arguments: { city: 'Zürich "HB"', unit: null } },
            { name: 'now', arguments: '' },
          ],
        },
        { calls: [{ name: 'weather', arguments: { city: 'Bern', unit: 'C' } }] },
        { text: 'Sunny in both.' },
      );
      const agent = new Agent({ name: 'Weather', model, tools: [weather, now] });
      const { finalOutput, newItems } = stream
        ? await streamed(agent, 'Weather?')
        : await run(agent, 'Weather?');
      expect(finalOutput).toBe('Sunny in both.');
      expect(cities).toEqual(['Zürich "HB"', 'Bern']);
      expect(newItems.map(({ type }) => type)).toEqual([
        'reasoning_item',
        'message_output_item',
        'tool_call_item',
        'tool_call_item',
        'tool_call_output_item',
        'tool_call_output_item',
        'tool_call_item',
        'tool_call_output_item',
        'message_output_item',
      ]);
      const { messages } = stack.upstream.requests[2] ?? { messages: [] };
      expect(messages.map(({ role, content }) => [role, content])).toEqual([
        ['user', 'Weather?'],
        ['assistant', stream ? 'Let me look.\n\n' : 'Let me look.'],
        ['tool', 'sunny in Zürich "HB"'],
        ['tool', 'noon'],
        ['assistant', null],
        ['tool', 'sunny in Bern'],
      ]);
      expect(messages[1]).toMatchObject({ reasoning_content: 'I need both.' });
      const [first, second] = messages[1]?.tool_calls ?? [];
      expect(messages.slice(2, 4).map(({ tool_call_id }) => tool_call_id)).toEqual([first?.id, second?.id]);
    });

    it(`should hand off to another agent (stream: ${stream})`, async () => {
      stack.upstream.script(
        { calls: [{ name: 'transfer_to_Refunds', arguments: '' }] },
        { text: 'Refunded.' },
      );
      const refunds = new Agent({ name: 'Refunds', instructions: 'You refund.', model });
      const triage = Agent.create({
        name: 'Triage',
        instructions: 'You triage.',
        model,
        handoffs: [refunds],
      });
      const { finalOutput, lastAgent } = stream
        ? await streamed(triage, 'Money back!')
        : await run(triage, 'Money back!');
      expect(finalOutput).toBe('Refunded.');
      expect(lastAgent?.name).toBe('Refunds');
      expect(stack.upstream.requests[0]?.tools).toMatchObject([
        { function: { name: 'transfer_to_Refunds' } },
      ]);
      const { messages, tools } = stack.upstream.requests[1] ?? { messages: [] };
      expect(tools).toBeUndefined();
      expect(messages.map(({ role, content }) => [role, content])).toEqual([
        ['system', 'You refund.'],
        ['user', 'Money back!'],
        ['assistant', null],
        ['tool', '{"assistant":"Refunds"}'],
      ]);
    });

    it(`should give structured output (stream: ${stream})`, async () => {
      stack.upstream.script({ text: '{"name": "Ada", "age": 36}' });
      const outputType = z.object({ name: z.string(), age: z.number().int() });
      const agent = new Agent({ name: 'Extractor', model, outputType });
      const { finalOutput } = stream ? await streamed(agent, 'Who?') : await run(agent, 'Who?');
      expect(finalOutput).toEqual({ name: 'Ada', age: 36 });
      expect(stack.upstream.requests[0]?.response_format).toMatchObject({
        type: 'json_schema',
        json_schema: { schema: { required: ['name', 'age'] } },
      });
    });
  }

  it('should stream the text', async () => {
    stack.upstream.script({ reasoning: 'Hm.', text: 'one two three' });
    const result = await run(new Agent({ name: 'Counter', model }), 'count', { stream: true });
    const deltas: string[] = [];
    for await (const event of result) {
      if (event.type === 'raw_model_stream_event' && event.data.type === 'output_text_delta')
        deltas.push(event.data.delta);
    }
    expect(deltas).toEqual(['one', ' two', ' three']);
    expect(result.finalOutput).toBe('one two three');
    expect(result.rawResponses[0]?.usage.totalTokens).toBe(17);
  });

  it('should use an agent as a tool', async () => {
    stack.upstream.script(
      { calls: [{ name: 'translate', arguments: { input: 'good day' } }] },
      { text: 'Guten Tag' },
      { text: 'It is: Guten Tag' },
    );
    const translator = new Agent({ name: 'Translator', instructions: 'Translate to German.', model });
    const boss = new Agent({
      name: 'Boss',
      model,
      tools: [translator.asTool({ toolName: 'translate', toolDescription: 'Translates' })],
    });
    const result = await run(boss, 'good day in German?');
    expect(result.finalOutput).toBe('It is: Guten Tag');
    expect(stack.upstream.requests[1]?.messages).toEqual([
      { role: 'system', content: 'Translate to German.' },
      { role: 'user', content: 'good day' },
    ]);
    expect(stack.upstream.requests[2]?.messages.at(-1)).toMatchObject({ role: 'tool', content: 'Guten Tag' });
  });

  it('should go on with the history of a run', async () => {
    stack.upstream.script({ reasoning: 'A greeting.', text: 'Hello.' }, { text: 'Fine.' });
    const agent = new Agent({ name: 'Greeter', model });
    const first = await run(agent, 'Hi');
    const history: AgentInputItem[] = [...first.history, { role: 'user', content: 'How are you?' }];
    const second = await run(agent, history);
    expect(second.finalOutput).toBe('Fine.');
    expect(stack.upstream.requests[1]?.messages).toEqual([
      { role: 'user', content: 'Hi' },
      { role: 'assistant', content: 'Hello.', reasoning_content: 'A greeting.' },
      { role: 'user', content: 'How are you?' },
    ]);
  });

  it('should keep a session', async () => {
    stack.upstream.script({ text: 'Hello.' }, { text: 'You said Hi.' });
    const agent = new Agent({ name: 'Greeter', model });
    const session = new MemorySession();
    await run(agent, 'Hi', { session });
    const second = await run(agent, 'What did I say?', { session });
    expect(second.finalOutput).toBe('You said Hi.');
    expect(stack.upstream.requests[1]?.messages.map(({ content }) => content)).toEqual([
      'Hi',
      'Hello.',
      'What did I say?',
    ]);
  });

  it('should wait for the approval of a call', async () => {
    const removed: string[] = [];
    const remove = tool({
      name: 'remove',
      description: 'Removes a file',
      parameters: z.object({ path: z.string() }),
      needsApproval: true,
      execute: async ({ path }) => {
        removed.push(path);
        return 'removed';
      },
    });
    stack.upstream.script(
      { calls: [{ name: 'remove', arguments: { path: '/tmp/a b' } }] },
      { text: 'Gone.' },
    );
    const agent = new Agent({ name: 'Cleaner', model, tools: [remove] });
    const first = await run(agent, 'Clean up');
    expect(removed).toEqual([]);
    for (const interruption of first.interruptions) first.state.approve(interruption);
    const second = await run(agent, first.state);
    expect(removed).toEqual(['/tmp/a b']);
    expect(second.finalOutput).toBe('Gone.');
  });

  it('should force a tool and pass the settings on', async () => {
    stack.upstream.script({ calls: [{ name: 'now', arguments: '' }] }, { text: 'Noon.' });
    const agent = new Agent({
      name: 'Clock',
      model,
      tools: [now, weather],
      modelSettings: {
        toolChoice: 'required',
        parallelToolCalls: false,
        temperature: 0.1,
        maxTokens: 100,
        reasoning: { effort: 'low' },
      },
    });
    const result = await new Runner({ tracingDisabled: true }).run(agent, 'Time?');
    expect(result.finalOutput).toBe('Noon.');
    expect(stack.upstream.requests[0]).toMatchObject({
      tool_choice: 'required',
      parallel_tool_calls: false,
      temperature: 0.1,
      max_completion_tokens: 100,
      reasoning_effort: 'low',
    });
  });

  it('should stop after the turns it may take', async () => {
    stack.upstream.answerWith(() => ({ calls: [{ name: 'now', arguments: '' }] }));
    const agent = new Agent({ name: 'Clock', model, tools: [now] });
    const error = await failure(run(agent, 'Time?', { maxTurns: 3 }));
    expect(error).toBeInstanceOf(MaxTurnsExceededError);
    expect(stack.upstream.requests).toHaveLength(3);
  });

  it('should fail with the error of the model server', async () => {
    stack.upstream.script({
      status: 400,
      message: 'Input length (9) must be smaller than the model context length (8).',
    });
    const error = await failure<BadRequestError>(run(new Agent({ name: 'Greeter', model }), 'x'));
    expect(error).toBeInstanceOf(BadRequestError);
    expect(error).toMatchObject({ status: 400, code: 'context_length_exceeded' });
  });

  for (const then of ['error', 'cut'] as const) {
    it(`should fail when a stream breaks off (${then})`, async () => {
      stack.upstream.script({ text: 'one two', then });
      const error = await failure(streamed(new Agent({ name: 'Counter', model }), 'count'));
      expect(error.message).toMatch(/model server/);
    });
  }
});

/** Runs an agent with a stream, read to its end. */
async function streamed<A extends Agent<any, any>>(agent: A, input: string) {
  const result = await run(agent, input, { stream: true });
  for await (const event of result) void event;
  await result.completed;
  return result;
}
