import { after, before, describe, it } from 'node:test';
import { expect } from 'expect';
import OpenAI from 'openai';
import type { ResponseInputItem } from 'openai/resources/responses/responses';
import { Codex } from './support/codex.ts';
import { type Answerer, MODEL, ScriptedUpstream } from './support/scripted-upstream.ts';
import { type Gateway, startGateway } from './support/start-gateway.ts';
import { FAMILY_TEXTS } from '../support/tool-text.ts';

/** What the model writes, by a name of test/support/tool-text.ts, and the parser that the gateway is told to read it with. */
const FAMILIES = [
  ['hermes', 'hermes'],
  ['qwen3coder', 'qwen3coder'],
  ['glm45', 'glm47'],
  ['llama3', 'llama3'],
  ['internlm', 'internlm'],
  ['deepseek-v3', 'deepseek-v3'],
  ['deepseek-v31', 'deepseek-v31'],
  ['deepseek-v32', 'deepseek-v32'],
  ['deepseek-v4', 'deepseek-v4'],
  ['kimi-k2', 'kimi-k2'],
  ['mistral', 'mistral'],
  ['mistral-args', 'mistral'],
  ['minimax-m2', 'minimax-m2'],
  ['pythonic', 'pythonic'],
  ['harmony', 'gpt-oss'],
] as const;

const SEARCH = {
  type: 'function',
  name: 'search',
  description: 'Search docs',
  parameters: { type: 'object', properties: { query: { type: 'string' } }, required: ['query'] },
  strict: null,
} as const;

/** A model that makes one call, and then says what came of it. */
function rawModel(name: string, call: { name: string; args: Record<string, unknown> }): Answerer {
  const family = FAMILY_TEXTS.find((each) => (each.name ?? each.parser) === name)!;
  return ({ messages }) => {
    const last = messages.at(-1);
    return { text: last?.role === 'tool' ? `It returned: ${String(last.content)}` : family.render([call]) };
  };
}

for (const [family, parser] of FAMILIES) {
  describe(`a model server without a parser whose model writes ${family}`, () => {
    let upstream: ScriptedUpstream;
    let gateway: Gateway;
    before(async () => {
      upstream = await ScriptedUpstream.start();
      gateway = await startGateway({
        UPSTREAM_BASE_URL: upstream.url,
        TOOL_CALL_PARSER: parser,
        // Its channels carry the reasoning too.
        ...(family === 'harmony' && { REASONING_PARSER: parser }),
      });
    });
    after(async () => {
      await gateway.stop();
      await upstream.stop();
    });

    it('should give openai a full tool loop', async () => {
      upstream.answerWith(rawModel(family, { name: 'search', args: { query: 'lmdeploy' } }));
      const client = new OpenAI({ apiKey: 'any', baseURL: gateway.baseUrl });
      const input: ResponseInputItem[] = [
        { role: 'user', content: 'Call the search tool with query lmdeploy.' },
      ];
      const first = await client.responses.stream({ model: MODEL, input, tools: [SEARCH] }).finalResponse();
      const calls = first.output.filter((item) => item.type === 'function_call');
      expect(calls).toMatchObject([{ name: 'search', status: 'completed' }]);
      expect(JSON.parse(calls[0]?.arguments ?? '')).toEqual({ query: 'lmdeploy' });
      expect(first.output_text).toBe('');
      const output = {
        type: 'function_call_output' as const,
        call_id: calls[0]?.call_id ?? '',
        output: 'three pages',
      };
      const second = await client.responses.create({
        model: MODEL,
        input: [...input, ...first.output, output] as ResponseInputItem[],
        tools: [SEARCH],
      });
      expect(second.output_text).toContain('three pages');
    });

    it('should give Codex a full tool loop', async () => {
      upstream.answerWith(rawModel(family, { name: 'exec_command', args: { cmd: 'echo from-the-shell' } }));
      const codex = await Codex.create({ baseUrl: gateway.baseUrl, model: MODEL });
      try {
        const run = await codex.exec('Say hello from the shell.');
        expect(run.exitCode).toBe(0);
        expect(run.items).toContainEqual(
          expect.objectContaining({
            type: 'command_execution',
            aggregated_output: 'from-the-shell\n',
            exit_code: 0,
          }),
        );
        expect(run.message).toContain('from-the-shell');
      } finally {
        codex.sandbox.dispose();
      }
    });
  });
}
