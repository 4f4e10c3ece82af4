import { before, describe, it } from 'node:test';
import { AIMessage, type AIMessageChunk, HumanMessage } from '@langchain/core/messages';
import { ChatOpenAI, tools } from '@langchain/openai';
import { expect } from 'expect';
import { MODEL } from './support/scripted-upstream.ts';
import { useReferenceServer } from './support/use-reference-server.ts';
import { useStack } from './support/use-stack.ts';

const SUM = { name: 'everything__get-sum', arguments: { a: 2, b: 3 } };

describe('MCP tools of @langchain/openai', () => {
  const server = useReferenceServer();
  const stack = useStack(() => server.settings);
  let llm: ChatOpenAI;

  before(() => {
    process.env.LANGSMITH_TRACING = 'false';
    llm = new ChatOpenAI({
      model: MODEL,
      apiKey: 'any',
      useResponsesApi: true,
      configuration: { baseURL: stack.gateway.baseUrl },
    });
  });

  const bound = (requireApproval: 'always' | 'never') =>
    llm.bindTools([
      tools.mcp({
        serverLabel: 'everything',
        serverUrl: server.url,
        allowedTools: ['get-sum'],
        requireApproval,
      }),
    ]);
  const question = new HumanMessage('What is 2 + 3?');
  const toolTexts = () =>
    stack.upstream.requests
      .at(-1)
      ?.messages.flatMap(({ role, content }) => (role === 'tool' ? [content] : []));

  for (const stream of [false, true]) {
    const ask = async (model: ReturnType<typeof bound>, messages: (HumanMessage | AIMessage)[]) => {
      if (!stream) return model.invoke(messages);
      let whole: AIMessageChunk | undefined;
      for await (const chunk of await model.stream(messages)) whole = whole?.concat(chunk) ?? chunk;
      if (!whole) throw new Error('Nothing was streamed.');
      return whole;
    };

    it(`should run, and be remembered (stream: ${stream})`, async () => {
      stack.upstream.script({ calls: [SUM] }, { text: 'Five.' }, { text: 'Still five.' });
      const answer = await ask(bound('never'), [question]);
      expect(answer.text).toBe('Five.');
      expect(answer.additional_kwargs.tool_outputs).toMatchObject([
        { type: 'mcp_list_tools' },
        { type: 'mcp_call', name: 'get-sum', output: expect.stringContaining('5') },
      ]);
      const again = await ask(bound('never'), [question, answer, new HumanMessage('Sure?')]);
      expect(again.text).toBe('Still five.');
      expect(toolTexts()).toEqual([expect.stringContaining('5')]);
    });

    it(`should be asked about (stream: ${stream})`, async () => {
      stack.upstream.script({ calls: [SUM] }, { text: 'Five.' });
      const first = await ask(bound('always'), [question]);
      const request = (first.additional_kwargs.tool_outputs as { type: string; id: string }[]).find(
        ({ type }) => type === 'mcp_approval_request',
      );
      const allow = new HumanMessage({
        content: [{ type: 'mcp_approval_response', approval_request_id: request?.id, approve: true }],
      });
      const second = await ask(bound('always'), [question, first, allow]);
      expect(second.text).toBe('Five.');
      expect(toolTexts()).toEqual([expect.stringContaining('5')]);
    });
  }
});
