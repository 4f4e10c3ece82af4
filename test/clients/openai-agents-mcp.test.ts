import { before, describe, it } from 'node:test';
import {
  Agent,
  hostedMcpTool,
  MemorySession,
  OpenAIConversationsSession,
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
import { useReferenceServer } from './support/use-reference-server.ts';
import { useStack } from './support/use-stack.ts';

const SUM = { name: 'everything__get-sum', arguments: { a: 2, b: 3 } };
const ECHO = { name: 'everything__echo', arguments: { message: 'grüß' } };

describe('hosted MCP tools of @openai/agents', () => {
  const server = useReferenceServer();
  const stack = useStack(() => server.settings);
  let client: OpenAI;
  let model: OpenAIResponsesModel;

  before(() => {
    setTracingDisabled(true); // Traces would go to OpenAI.
    client = new OpenAI({ baseURL: stack.gateway.baseUrl, apiKey: 'any' });
    setDefaultOpenAIClient(client);
    model = new OpenAIResponsesModel(client, MODEL);
  });

  const where = () => ({
    serverLabel: 'everything',
    serverUrl: server.url,
    allowedTools: ['echo', 'get-sum'],
  });
  const toolTexts = () =>
    stack.upstream.requests
      .at(-1)
      ?.messages.flatMap(({ role, content }) => (role === 'tool' ? [content] : []));

  for (const stream of [false, true]) {
    const ask = async (agent: Agent<any, any>, input: any, options: object = {}) => {
      if (!stream) return run(agent, input, options);
      const result = await run(agent, input, { ...options, stream: true });
      for await (const event of result) void event;
      await result.completed;
      return result;
    };

    it(`should run without asking (stream: ${stream})`, async () => {
      stack.upstream.script({ calls: [SUM, ECHO] }, { text: 'Five.' });
      const tools = [hostedMcpTool({ ...where(), requireApproval: 'never' })];
      const agent = new Agent({ name: 'Sums', model, tools });
      const result = await ask(agent, 'What is 2 + 3?');
      expect(result.finalOutput).toBe('Five.');
      const output = result.rawResponses[0]?.output ?? [];
      expect(output.map(({ type, name }: any) => name ?? type)).toEqual([
        'mcp_list_tools',
        'mcp_call',
        'mcp_call',
        'message',
      ]);
      stack.upstream.script({ text: 'Still five.' });
      const again = await ask(agent, [...result.history, { role: 'user', content: 'Sure?' }]);
      expect(again.finalOutput).toBe('Still five.');
      expect(toolTexts()).toEqual([expect.stringContaining('5'), 'Echo: grüß']);
      const { messages } = stack.upstream.requests.at(-1) ?? { messages: [] };
      expect(messages.at(-1)).toEqual({ role: 'user', content: 'Sure?' });
      await server.allSessionsEnded();
    });

    it(`should run beside functions of the agent (stream: ${stream})`, async () => {
      stack.upstream.script({ calls: [SUM, { name: 'now', arguments: '' }] }, { text: 'Five at noon.' });
      const now = tool({
        name: 'now',
        description: 'The time',
        parameters: z.object({}),
        execute: async () => 'noon',
      });
      const tools = [hostedMcpTool({ ...where(), requireApproval: 'never' }), now];
      const result = await ask(new Agent({ name: 'Sums', model, tools }), 'What is 2 + 3, and when?');
      expect(result.finalOutput).toBe('Five at noon.');
      expect(toolTexts()).toEqual([expect.stringContaining('5'), 'noon']);
    });

    it(`should have the agent decide (stream: ${stream})`, async () => {
      const asked: string[] = [];
      const tools = [
        hostedMcpTool({
          ...where(),
          requireApproval: { always: { toolNames: ['get-sum'] }, never: { toolNames: ['echo'] } },
          onApproval: async (_context, { rawItem }: any) => {
            asked.push(rawItem.name ?? rawItem.providerData?.name);
            return asked.length > 1 ? { approve: true } : { approve: false, reason: 'Not yet.' };
          },
        }),
      ];
      stack.upstream.script({ calls: [ECHO, SUM] }, { calls: [SUM] }, { text: 'Five.' });
      const result = await ask(new Agent({ name: 'Sums', model, tools }), 'What is 2 + 3?');
      expect(result.finalOutput).toBe('Five.');
      expect(asked).toHaveLength(2);
      expect(toolTexts()).toEqual([
        'Echo: grüß',
        expect.stringContaining('Not yet.'),
        expect.stringContaining('5'),
      ]);
    });

    for (const kept of ['in the history', 'in a session', 'in a conversation', 'in a chain'] as const) {
      for (const approve of [true, false]) {
        it(`should have somebody decide: ${approve}, ${kept} (stream: ${stream})`, async () => {
          const tools = [hostedMcpTool({ ...where(), requireApproval: 'always' })];
          const agent = new Agent({ name: 'Sums', model, tools });
          const session =
            kept === 'in a session'
              ? new MemorySession()
              : kept === 'in a conversation'
                ? new OpenAIConversationsSession({ client })
                : undefined;
          stack.upstream.script({ calls: [SUM] }, { text: 'Done.' });
          const options = { session };
          const first = await ask(agent, 'What is 2 + 3?', options);
          expect(first.interruptions).toHaveLength(1);
          expect(first.interruptions[0]?.name).toBe('get-sum');
          for (const interruption of first.interruptions) {
            if (approve) first.state.approve(interruption);
            else first.state.reject(interruption);
          }
          const second = await ask(agent, first.state, {
            ...options,
            ...(kept === 'in a chain' && { previousResponseId: first.lastResponseId }),
          });
          expect(second.finalOutput).toBe('Done.');
          expect(toolTexts()).toEqual([expect.stringMatching(approve ? /5/ : /refused/)]);
          expect(stack.upstream.requests).toHaveLength(2);
          // The SDK writes to a conversation without ids and outputs: nobody could tell what belongs together.
          if (kept !== 'in a session') return;
          stack.upstream.script({ text: 'Quite sure.' });
          expect((await ask(agent, 'Sure?', options)).finalOutput).toBe('Quite sure.');
          expect(toolTexts()).toEqual([expect.stringMatching(approve ? /5/ : /refused/)]);
        });
      }
    }
  }
});
