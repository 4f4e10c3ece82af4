import { writeFileSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, before, describe, it } from 'node:test';
import { createOpenAI, type OpenAIProvider } from '@ai-sdk/openai';
import { generateText, type ModelMessage, streamText } from 'ai';
import { expect } from 'expect';
import { MODEL } from './support/scripted-upstream.ts';
import { useReferenceServer } from './support/use-reference-server.ts';
import { useStack } from './support/use-stack.ts';

const DEMO = path.join(import.meta.dirname, 'support/demo-mcp-server.mjs');
const SUM = { name: 'everything__get-sum', arguments: { a: 2, b: 3 } };
const ECHO = { name: 'demo__echo', arguments: { text: 'grüß' } };
const QUESTION: ModelMessage = { role: 'user', content: 'What is 2 + 3?' };

describe('MCP tools of @ai-sdk/openai', () => {
  const server = useReferenceServer();
  const folder = mkdtempSync(path.join(tmpdir(), 'ai-sdk-mcp-'));
  const stack = useStack(() => {
    const file = path.join(folder, 'gateway.json');
    const mcpServers = [
      { label: 'demo', command: process.execPath, args: [DEMO], connectorIds: ['connector_demo'] },
    ];
    writeFileSync(file, JSON.stringify({ mcpServers }));
    return { ...server.settings, CONFIG_FILE: file };
  });
  let openai: OpenAIProvider;

  before(() => {
    openai = createOpenAI({ baseURL: stack.gateway.baseUrl, apiKey: 'any' });
  });
  after(() => rmSync(folder, { recursive: true }));

  const everything = (requireApproval: 'always' | 'never' | { never: { toolNames: string[] } }) =>
    openai.tools.mcp({
      serverLabel: 'everything',
      serverUrl: server.url,
      allowedTools: ['get-sum'],
      requireApproval,
    });
  const demo = () =>
    openai.tools.mcp({ serverLabel: 'demo', connectorId: 'connector_demo', requireApproval: 'never' });
  const toolTexts = () =>
    stack.upstream.requests
      .at(-1)
      ?.messages.flatMap(({ role, content }) => (role === 'tool' ? [content] : []));

  for (const stream of [false, true]) {
    const ask = async (messages: ModelMessage[], tools: Record<string, any>, store = true) => {
      const options = {
        model: openai.responses(MODEL),
        messages,
        tools,
        providerOptions: { openai: { store } },
        maxRetries: 0,
      };
      if (!stream) {
        const { text, content, responseMessages } = await generateText(options);
        return { text, content, messages: responseMessages };
      }
      const result = streamText({ ...options, onError: () => undefined });
      for await (const part of result.stream) if (part.type === 'error') throw part.error;
      return {
        text: await result.text,
        content: await result.content,
        messages: await result.responseMessages,
      };
    };

    it(`should run, from a URL and from the gateway's file (stream: ${stream})`, async () => {
      stack.upstream.script({ calls: [SUM, ECHO] }, { text: 'Five.' });
      const answer = await ask([QUESTION], { everything: everything('never'), demo: demo() });
      expect(answer.text).toBe('Five.');
      // They run side by side: a stream has the result first that was there first.
      const results = answer.content.filter(({ type }) => type === 'tool-result');
      expect(results).toHaveLength(2);
      expect(results).toContainEqual(
        expect.objectContaining({
          toolName: 'mcp.get-sum',
          output: expect.objectContaining({
            serverLabel: 'everything',
            output: expect.stringContaining('5'),
          }),
        }),
      );
      expect(results).toContainEqual(
        expect.objectContaining({
          toolName: 'mcp.echo',
          output: expect.objectContaining({ serverLabel: 'demo', output: 'You said: grüß' }),
        }),
      );
    });

    for (const store of [true, false]) {
      it(`should be remembered (stream: ${stream}, store: ${store})`, async () => {
        stack.upstream.script({ calls: [SUM] }, { text: 'Five.' }, { text: 'Still five.' });
        const tools = { everything: everything('never') };
        const first = await ask([QUESTION], tools, store);
        const again = await ask(
          [QUESTION, ...first.messages, { role: 'user', content: 'Sure?' }],
          tools,
          store,
        );
        expect(again.text).toBe('Still five.');
        expect(toolTexts()).toEqual(store ? [expect.stringContaining('5')] : []);
      });
    }

    for (const approved of [true, false]) {
      it(`should be asked about: ${approved} (stream: ${stream})`, async () => {
        stack.upstream.script({ calls: [SUM] }, { text: 'Done.' });
        const tools = { everything: everything('always') };
        const first = await ask([QUESTION], tools);
        const request = first.content.find(({ type }) => type === 'tool-approval-request') as any;
        expect(request.toolCall).toMatchObject({ toolName: 'mcp.get-sum' });
        const decision: ModelMessage = {
          role: 'tool',
          content: [
            {
              type: 'tool-approval-response',
              approvalId: request.approvalId,
              approved,
              providerExecuted: true,
            },
          ],
        };
        const second = await ask([QUESTION, ...first.messages, decision], tools);
        expect(second.text).toBe('Done.');
        expect(toolTexts()).toEqual([expect.stringMatching(approved ? /5/ : /refused/)]);
      });
    }
  }
});
