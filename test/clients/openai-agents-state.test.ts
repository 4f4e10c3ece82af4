import { before, describe, it } from 'node:test';
import {
  Agent,
  type AgentInputItem,
  MemorySession,
  OpenAIConversationsSession,
  OpenAIResponsesCompactionSession,
  OpenAIResponsesModel,
  run,
  setDefaultOpenAIClient,
  setTracingDisabled,
  tool,
} from '@openai/agents';
import { expect } from 'expect';
import OpenAI from 'openai';
import { z } from 'zod';
import { MODEL } from './support/scripted-upstream.ts';
import { useStack } from './support/use-stack.ts';

/** The compaction session takes only names that look like OpenAI's. */
const ALIAS = 'gpt-5-gateway';

describe('state with @openai/agents', () => {
  const stack = useStack({ MODEL_ALIASES: `${ALIAS}=${MODEL}` });
  let client: OpenAI;
  let agent: Agent;

  before(() => {
    setTracingDisabled(true); // Traces would go to OpenAI.
    client = new OpenAI({ baseURL: stack.gateway.baseUrl, apiKey: 'any' });
    setDefaultOpenAIClient(client);
    agent = new Agent({
      name: 'Clock',
      instructions: 'Be brief.',
      model: new OpenAIResponsesModel(client, MODEL),
      tools: [
        tool({
          name: 'now',
          description: 'The time',
          parameters: z.object({}),
          execute: async () => 'noon',
        }),
      ],
    });
  });

  /** Runs the agent one way or the other. */
  async function ask(input: string, settings: object, stream: boolean) {
    if (!stream) return run(agent, input, settings);
    const result = await run(agent, input, { ...settings, stream: true });
    for await (const event of result) void event;
    await result.completed;
    return result;
  }
  const scriptTwoRuns = () =>
    stack.upstream.script(
      { reasoning: 'Look.', calls: [{ name: 'now', arguments: '' }] },
      { text: 'Noon.' },
      { reasoning: 'Again.', calls: [{ name: 'now', arguments: '' }] },
      { text: 'Still noon.' },
    );
  const sent = () => stack.upstream.requests.at(-1)?.messages;
  const twoRuns = [
    { role: 'system', content: 'Be brief.' },
    { role: 'user', content: 'Time?' },
    { role: 'assistant', reasoning_content: 'Look.', tool_calls: [{ function: { name: 'now' } }] },
    { role: 'tool', content: 'noon' },
    { role: 'assistant', content: 'Noon.' },
    { role: 'user', content: 'And now?' },
    { role: 'assistant', reasoning_content: 'Again.', tool_calls: [{ function: { name: 'now' } }] },
    { role: 'tool', content: 'noon' },
  ];

  for (const stream of [false, true]) {
    it(`should go on from previousResponseId (stream: ${stream})`, async () => {
      scriptTwoRuns();
      const first = await ask('Time?', {}, stream);
      const previousResponseId = first.lastResponseId;
      const second = await ask('And now?', { previousResponseId }, stream);
      expect(second.finalOutput).toBe('Still noon.');
      expect(sent()).toMatchObject(twoRuns);
      expect(sent()).toHaveLength(twoRuns.length);
    });

    it(`should append to a conversation by its id (stream: ${stream})`, async () => {
      scriptTwoRuns();
      const { id: conversationId } = await client.conversations.create();
      await ask('Time?', { conversationId }, stream);
      const second = await ask('And now?', { conversationId }, stream);
      expect(second.finalOutput).toBe('Still noon.');
      expect(sent()).toMatchObject(twoRuns);
      expect(sent()).toHaveLength(twoRuns.length);
    });

    it(`should keep a session in a conversation (stream: ${stream})`, async () => {
      scriptTwoRuns();
      const session = new OpenAIConversationsSession();
      await ask('Time?', { session }, stream);
      const second = await ask('And now?', { session }, stream);
      expect(second.finalOutput).toBe('Still noon.');
      expect(sent()).toMatchObject(twoRuns);
      expect(sent()).toHaveLength(twoRuns.length);
    });
  }

  it('should read and change what a session holds', async () => {
    const session = new OpenAIConversationsSession();
    const said = Array.from({ length: 24 }, (_, index) => `line ${index}`);
    for (let index = 0; index < said.length; index += 8) {
      const some = said.slice(index, index + 8);
      await session.addItems(some.map((content) => ({ role: 'user', content })));
    }
    const answer: AgentInputItem = {
      type: 'message',
      role: 'assistant',
      status: 'completed',
      content: [{ type: 'output_text', text: 'Noted.' }],
    };
    await session.addItems([{ role: 'system', content: 'A rule.' }, answer]);
    expect((await session.getItems()).map(textOf)).toEqual([...said, 'A rule.', 'Noted.']);
    expect((await session.getItems(2)).map(textOf)).toEqual(['A rule.', 'Noted.']);
    expect(await session.popItem()).toMatchObject({ role: 'assistant' });
    expect((await session.getItems(1)).map(textOf)).toEqual(['A rule.']);
    const id = await session.getSessionId();
    await session.clearSession();
    await expect(client.conversations.retrieve(id)).rejects.toMatchObject({ status: 404 });
  });

  for (const compactionMode of ['previous_response_id', 'input'] as const) {
    it(`should compact a session by ${compactionMode}`, async () => {
      stack.upstream.script(
        { calls: [{ name: 'now', arguments: '' }] },
        { text: 'Noon.' },
        { text: 'SUMMARY' },
        { text: 'Still noon.' },
      );
      const session = new OpenAIResponsesCompactionSession({
        client,
        model: ALIAS,
        underlyingSession: new MemorySession(),
        compactionMode,
        shouldTriggerCompaction: ({ sessionItems }) => sessionItems.length > 3,
      });
      await run(agent, 'Time?', { session });
      const summarised = stack.upstream.requests[2]?.messages.map(({ role }) => role);
      expect(summarised).toEqual(['user', 'assistant', 'tool', 'assistant', 'user']);
      expect(await session.getItems()).toMatchObject([
        { role: 'user', content: [{ text: 'Time?' }] },
        { type: 'compaction', encrypted_content: expect.any(String) },
      ]);
      const second = await run(agent, 'And now?', { session });
      expect(second.finalOutput).toBe('Still noon.');
      // The SDK leaves out what stands before the compaction.
      expect(sent()).toMatchObject([
        { role: 'system', content: 'Be brief.' },
        { role: 'user', content: expect.stringContaining('SUMMARY') },
        { role: 'user', content: 'And now?' },
      ]);
    });
  }
});

const textOf = (item: AgentInputItem): unknown => {
  const content = 'content' in item ? item.content : undefined;
  return typeof content === 'string' ? content : (content?.[0] as { text?: string } | undefined)?.text;
};
