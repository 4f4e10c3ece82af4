import { before, describe, it } from 'node:test';
import { createOpenAI } from '@ai-sdk/openai';
import {
  Agent,
  applyPatchTool,
  OpenAIResponsesModel,
  run,
  setDefaultOpenAIClient,
  setTracingDisabled,
  shellTool,
} from '@openai/agents';
import { generateText, isStepCount, streamText } from 'ai';
import { expect } from 'expect';
import OpenAI from 'openai';
import { MODEL } from './support/scripted-upstream.ts';
import { useStack } from './support/use-stack.ts';

const LIST = { name: 'shell', arguments: { commands: ['ls', 'pwd'] } };
const PATCH = { name: 'apply_patch', arguments: { type: 'create_file', path: 'a.txt', diff: '+one\n+two' } };

for (const stream of [false, true]) {
  describe(`built-in tools that the client runs (stream: ${stream})`, () => {
    const stack = useStack();
    let client: OpenAI;

    before(() => {
      setTracingDisabled(true); // Traces would go to OpenAI.
      client = new OpenAI({ baseURL: stack.gateway.baseUrl, apiKey: 'any' });
      setDefaultOpenAIClient(client);
    });
    const toolTexts = () =>
      stack.upstream.requests
        .at(-1)
        ?.messages.flatMap(({ role, content }) => (role === 'tool' ? [String(content)] : []));

    it('should be run by @openai/agents', async () => {
      const ran: unknown[] = [];
      const patched: unknown[] = [];
      const patch = async (operation: object) => {
        patched.push(operation);
        return { status: 'completed' as const, output: 'patched' };
      };
      const tools = [
        shellTool({
          shell: {
            run: async ({ commands }) => {
              ran.push(commands);
              return {
                output: commands.map((command) => ({
                  stdout: `ran ${command}`,
                  stderr: '',
                  outcome: { type: 'exit', exitCode: 0 },
                })),
              };
            },
          },
        }),
        applyPatchTool({ editor: { createFile: patch, updateFile: patch, deleteFile: patch } }),
      ];
      const agent = new Agent({ name: 'Coder', model: new OpenAIResponsesModel(client, MODEL), tools });
      stack.upstream.script({ calls: [LIST] }, { calls: [PATCH] }, { text: 'Done.' });
      const result = stream ? await run(agent, 'Go', { stream: true }) : await run(agent, 'Go');
      if ('completed' in result) {
        for await (const event of result) void event;
        await result.completed;
      }
      expect(result.finalOutput).toBe('Done.');
      expect(ran).toEqual([LIST.arguments.commands]);
      expect(patched).toMatchObject([PATCH.arguments]);
      expect(toolTexts()).toEqual([
        expect.stringMatching(/ran ls[^]*ran pwd/),
        expect.stringContaining('patched'),
      ]);
    });

    it('should be run by @ai-sdk/openai', async () => {
      const openai = createOpenAI({ baseURL: stack.gateway.baseUrl, apiKey: 'any' });
      const ran: unknown[] = [];
      const options = {
        model: openai.responses(MODEL),
        prompt: 'Go',
        stopWhen: isStepCount(4),
        maxRetries: 0,
        tools: {
          shell: openai.tools.shell({
            execute: async ({ action }) => {
              ran.push(action.commands);
              return {
                output: action.commands.map((command) => ({
                  stdout: `ran ${command}`,
                  stderr: '',
                  outcome: { type: 'exit' as const, exitCode: 0 },
                })),
              };
            },
          }),
          apply_patch: openai.tools.applyPatch({
            execute: async ({ operation }) => {
              ran.push(operation);
              return { status: 'completed' as const, output: 'patched' };
            },
          }),
        },
      };
      stack.upstream.script({ calls: [LIST] }, { calls: [PATCH] }, { text: 'Done.' });
      const text = stream ? await streamText(options).text : (await generateText(options)).text;
      expect(text).toBe('Done.');
      expect(ran).toMatchObject([LIST.arguments.commands, PATCH.arguments]);
      expect(toolTexts()).toEqual([
        expect.stringMatching(/ran ls[^]*ran pwd/),
        expect.stringContaining('patched'),
      ]);
    });
  });
}
