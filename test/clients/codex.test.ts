import { readFileSync } from 'node:fs';
import path from 'node:path';
import { after, describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import { expect } from 'expect';
import type { ChatMessage, ChatPart, ChatRequest } from './support/chat-wire.ts';
import { Codex, type CodexSettings } from './support/codex.ts';
import { MODEL } from './support/scripted-upstream.ts';
import { useStack } from './support/use-stack.ts';

const MCP_SERVER = fileURLToPath(new URL('support/demo-mcp-server.mjs', import.meta.url));
const PIXEL =
  'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==';

/** A name whose metadata Codex brings along: freeform apply_patch and tool_search. */
const KNOWN = 'gpt-5.5';

describe('codex', { concurrency: false }, () => {
  const stack = useStack({ MODEL_ALIASES: `${KNOWN}=${MODEL}`, KEEP_ALIVE_INTERVAL_MS: '500' });
  const started: Codex[] = [];

  const create = async (settings: Partial<CodexSettings> = {}) => {
    const codex = await Codex.create({ baseUrl: stack.gateway.baseUrl, ...settings });
    started.push(codex);
    return codex;
  };
  after(() => {
    for (const { sandbox } of started) sandbox.dispose();
  });

  const sent = (index: number): ChatRequest => stack.upstream.requests[index] as ChatRequest;
  const toolNames = (index: number) => sent(index).tools?.map((tool) => tool.function.name) ?? [];
  /** What follows the user's prompt. */
  const sinceQuestion = (index: number): ChatMessage[] => {
    const { messages } = sent(index);
    return messages.slice(
      messages.findLastIndex(({ role, content }) => role === 'user' && isText(content)) + 1,
    );
  };

  describe('turns', () => {
    it('should show answer, reasoning and usage, with the default configuration and its web_search', async () => {
      stack.upstream.script({
        reasoning: 'Let me think.',
        text: 'Hello there.',
        usage: { prompt: 100, completion: 8, cached: 64, reasoning: 5 },
      });
      const codex = await create();
      const run = await codex.exec('Say hello');
      expect(run).toMatchObject({ exitCode: 0, message: 'Hello there.', errors: '' });
      expect(run.items).toContainEqual(expect.objectContaining({ type: 'reasoning', text: 'Let me think.' }));
      expect(run.usage).toMatchObject({
        input_tokens: 100,
        cached_input_tokens: 64,
        output_tokens: 8,
        reasoning_output_tokens: 5,
      });
      expect(codex.sandbox.strayConnections).toBe(0);
      expect(stack.upstream.requests).toHaveLength(1);
      expect(sent(0).messages.map(({ role }) => role)).toEqual(['system', 'user', 'user']);
      expect(sent(0).messages[0]?.content).toContain('Codex CLI');
      expect(sent(0).messages.at(-1)).toEqual({ role: 'user', content: 'Say hello' });
      expect(toolNames(0)).toContain('exec_command');
      expect(toolNames(0)).not.toContain('web_search');
    });

    it('should run a command and go on with its output', async () => {
      stack.upstream.script(
        {
          reasoning: 'A command.',
          text: 'I run it.',
          calls: [{ name: 'exec_command', arguments: { cmd: `echo "a 'b' \\\\ ü"` } }],
        },
        { text: 'It printed that.' },
      );
      const run = await (await create()).exec('Run it');
      expect(run).toMatchObject({ exitCode: 0, message: 'It printed that.' });
      expect(run.items).toContainEqual(
        expect.objectContaining({
          type: 'command_execution',
          aggregated_output: "a 'b' \\ ü\n",
          exit_code: 0,
          status: 'completed',
        }),
      );
      const [call, output] = sinceQuestion(1);
      expect(call).toMatchObject({ role: 'assistant', reasoning_content: 'A command.' });
      expect(call?.content).toContain('I run it.');
      expect(JSON.parse(call?.tool_calls?.[0]?.function.arguments ?? '')).toEqual({
        cmd: `echo "a 'b' \\\\ ü"`,
      });
      expect(output).toMatchObject({ role: 'tool', tool_call_id: call?.tool_calls?.[0]?.id });
      expect(output?.content).toContain("a 'b' \\ ü");
    });

    it('should run two calls of one answer', async () => {
      stack.upstream.script(
        {
          calls: [
            { name: 'exec_command', arguments: { cmd: 'echo one' } },
            { name: 'exec_command', arguments: { cmd: 'echo two' } },
          ],
        },
        { text: 'Both done.' },
      );
      const run = await (await create()).exec('Run both');
      expect(run).toMatchObject({ exitCode: 0, message: 'Both done.' });
      expect(commands(run.items)).toEqual([
        ['one\n', 0],
        ['two\n', 0],
      ]);
      const [call, ...outputs] = sinceQuestion(1);
      const ids = call?.tool_calls?.map(({ id }) => id) ?? [];
      expect(new Set(ids).size).toBe(2);
      expect(outputs.map(({ tool_call_id }) => tool_call_id)).toEqual(ids);
      expect(outputs.map(({ content }) => /Output:\n(.*)/.exec(content as string)?.[1])).toEqual([
        'one',
        'two',
      ]);
    });

    it('should end a turn with arguments that are not JSON, and go on with the session', async () => {
      stack.upstream.script({ calls: [{ name: 'exec_command', arguments: '{"cmd": ' }] }, { text: 'Sorry.' });
      const codex = await create();
      const run = await codex.exec('Run it');
      expect(run).toMatchObject({ exitCode: 1, errors: expect.stringContaining('malformed_tool_call') });
      expect(stack.upstream.requests).toHaveLength(1);
      const resumed = await codex.resume(run.threadId ?? '', 'Go on');
      expect(resumed).toMatchObject({ exitCode: 0, message: 'Sorry.' });
      const [call, output] = sent(1).messages.slice(-3);
      expect(() => JSON.parse(call?.tool_calls?.[0]?.function.arguments ?? '')).not.toThrow();
      expect(output).toMatchObject({ role: 'tool', content: expect.stringContaining('failed to parse') });
    });

    it('should give structured output', async () => {
      const schema = {
        type: 'object',
        properties: { name: { type: 'string' } },
        required: ['name'],
        additionalProperties: false,
      };
      stack.upstream.script({ text: '{"name":"Ada"}' });
      const codex = await create();
      const file = codex.sandbox.write('schema.json', JSON.stringify(schema));
      const run = await codex.exec('Who?', '--output-schema', file);
      expect(run).toMatchObject({ exitCode: 0, message: '{"name":"Ada"}' });
      // Next to tools the schema is an instruction: guided decoding would keep the model from calling one.
      expect(sent(0)).not.toHaveProperty('response_format');
      expect(sent(0).messages[0]?.content).toContain(JSON.stringify(schema));
    });

    it('should resume a session', async () => {
      stack.upstream.script(
        { reasoning: 'A command.', calls: [{ name: 'exec_command', arguments: { cmd: 'echo one' } }] },
        { text: 'Done.' },
        { text: 'You asked for a command.' },
      );
      const codex = await create();
      const first = await codex.exec('Run it');
      const second = await codex.resume(first.threadId, 'What did I ask?');
      expect(second).toMatchObject({ exitCode: 0, message: 'You asked for a command.' });
      const texts = sent(2).messages.map(({ role, content }) => [role, content]);
      expect(texts).toContainEqual(['user', 'Run it']);
      expect(texts).toContainEqual(['assistant', 'Done.']);
      expect(texts.at(-1)).toEqual(['user', 'What did I ask?']);
      expect(sent(2).messages.find(({ tool_calls }) => tool_calls)).toMatchObject({
        reasoning_content: 'A command.',
        tool_calls: [{ function: { name: 'exec_command', arguments: '{"cmd":"echo one"}' } }],
      });
    });

    it('should compact by itself when the usage says so', async () => {
      stack.upstream.answerWith(({ tools }) => ({
        text: tools ? 'Answered.' : 'SUMMARY OF IT ALL',
        usage: { prompt: tools ? 9_000 : 100 },
      }));
      const codex = await create({ config: 'model_auto_compact_token_limit = 5000' });
      const first = await codex.exec('Say something long');
      const second = await codex.resume(first.threadId, 'And now?');
      expect(second).toMatchObject({ exitCode: 0, message: 'Answered.' });
      expect(stack.upstream.requests.map(({ tools }) => Boolean(tools))).toEqual([true, false, true]);
      expect(JSON.stringify(sent(2).messages)).toContain('SUMMARY OF IT ALL');
      expect(sent(2).messages.at(-1)).toEqual({ role: 'user', content: 'And now?' });
    });

    it('should send an image', async () => {
      stack.upstream.script({ text: 'A dot.' });
      const codex = await create();
      const image = codex.sandbox.write('dot.png', Buffer.from(PIXEL, 'base64'));
      const run = await codex.exec('What is this?', `--image=${image}`);
      expect(run).toMatchObject({ exitCode: 0, message: 'A dot.' });
      expect(images(sent(0).messages)).toEqual([expect.stringMatching(/^data:image\/png;base64,/)]);
    });

    it('should pass the effort on', async () => {
      stack.upstream.script({ text: 'ok' });
      await (await create({ config: 'model_reasoning_effort = "high"' })).exec('x');
      expect(sent(0)).toMatchObject({ reasoning_effort: 'high' });
    });
  });

  describe('failures', () => {
    it('should wait for a 429 with Retry-After', async () => {
      stack.upstream.script({ status: 429, headers: { 'retry-after': '1' } }, { text: 'Here.' });
      const run = await (await create()).exec('x');
      expect(run).toMatchObject({ exitCode: 0, message: 'Here.' });
      expect(stack.upstream.requests).toHaveLength(2);
    });

    it('should try again after a 500', async () => {
      stack.upstream.script({ status: 500 }, { text: 'Here.' });
      const run = await (await create()).exec('x');
      expect(run).toMatchObject({ exitCode: 0, message: 'Here.' });
      expect(stack.upstream.requests).toHaveLength(2);
    });

    for (const then of ['error', 'cut'] as const) {
      it(`should try again when a stream breaks off (${then})`, async () => {
        stack.upstream.script({ text: 'one two', then }, { text: 'The whole answer.' });
        const run = await (await create()).exec('x');
        expect(run).toMatchObject({ exitCode: 0, message: 'The whole answer.' });
        expect(stack.upstream.requests).toHaveLength(2);
      });
    }

    it('should keep what a whole call did before its stream was cut', async () => {
      stack.upstream.script(
        {
          calls: [
            { name: 'exec_command', arguments: { cmd: 'echo once >> log' } },
            { name: 'exec_command', arguments: '{"cmd": "echo half' },
          ],
          then: 'cut',
        },
        { text: 'Done.' },
      );
      const codex = await create();
      const run = await codex.exec('x');
      expect(run).toMatchObject({ exitCode: 0, message: 'Done.' });
      expect(readFileSync(path.join(codex.sandbox.cwd, 'log'), 'utf8')).toBe('once\n');
      const outputs = sinceQuestion(1).filter(({ role }) => role === 'tool');
      expect(outputs[0]?.content).toContain('exited with code 0');
    });

    it('should give up when the model server stays broken', async () => {
      stack.upstream.answerWith(() => ({ status: 500 }));
      const run = await (await create()).exec('x');
      expect(run.exitCode).toBe(1);
      expect(run.errors).toMatch(/The model server returned an error|502/);
    });

    it('should say that the context is full, without trying again', async () => {
      const message = 'Input length (40970) must be smaller than the model context length (32768).';
      stack.upstream.answerWith(() => ({ status: 400, message }));
      const run = await (await create()).exec('x');
      expect(run.exitCode).toBe(1);
      expect(run.errors).toMatch(/ran out of room/i);
      expect(stack.upstream.requests).toHaveLength(1);
    });

    it('should outlast the silence of the model server', async () => {
      stack.upstream.script({ text: 'Slow but sure.', silence: 4_000 });
      const run = await (await create({ provider: 'stream_idle_timeout_ms = 2000' })).exec('x');
      expect(run).toMatchObject({ exitCode: 0, message: 'Slow but sure.' });
      expect(stack.upstream.requests).toHaveLength(1);
    });
  });

  describe('tools that are not functions', () => {
    const HOSTILE = [
      '"double" \'single\' `back`',
      'C:\\path\\n \\" \\\\',
      'äöü € 日本 🙂',
      '\ttab {"json": [1]}',
    ];

    it('should patch files with the freeform apply_patch', async () => {
      const input = `*** Begin Patch\n*** Add File: new.txt\n${HOSTILE.map((line) => `+${line}\n`).join('')}*** End Patch`;
      stack.upstream.script(
        { reasoning: 'A patch.', calls: [{ name: 'apply_patch', arguments: { input } }] },
        { text: 'Patched.' },
      );
      const codex = await create({ model: KNOWN });
      const run = await codex.exec('Write it');
      expect(run).toMatchObject({ exitCode: 0, message: 'Patched.' });
      expect(readFileSync(path.join(codex.sandbox.cwd, 'new.txt'), 'utf8')).toBe(`${HOSTILE.join('\n')}\n`);
      expect(run.items).toContainEqual(
        expect.objectContaining({
          type: 'file_change',
          changes: [{ path: path.join(codex.sandbox.cwd, 'new.txt'), kind: 'add' }],
        }),
      );
      const tool = sent(0).tools?.find(({ function: { name } }) => name === 'apply_patch')?.function;
      expect(tool?.parameters).toMatchObject({
        properties: { input: { type: 'string' } },
        required: ['input'],
      });
      expect(tool?.description).toContain('Begin Patch');
      const [call, output] = sinceQuestion(1);
      expect(JSON.parse(call?.tool_calls?.[0]?.function.arguments ?? '')).toEqual({ input });
      expect(output).toMatchObject({ role: 'tool', tool_call_id: call?.tool_calls?.[0]?.id });
      expect(output?.content).toContain('new.txt');
    });

    it('should patch a file that is there', async () => {
      const input =
        '*** Begin Patch\n*** Update File: old.txt\n@@\n one\n-two "2"\n+zwei \\2\\ ü\n three\n*** End Patch';
      stack.upstream.script({ calls: [{ name: 'apply_patch', arguments: { input } }] }, { text: 'Patched.' });
      const codex = await create({ model: KNOWN });
      const file = codex.sandbox.write('old.txt', 'one\ntwo "2"\nthree\n');
      const run = await codex.exec('Change it');
      expect(run).toMatchObject({ exitCode: 0, message: 'Patched.' });
      expect(readFileSync(file, 'utf8')).toBe('one\nzwei \\2\\ ü\nthree\n');
    });

    it('should read its catalogue of models from the gateway', async () => {
      const input = '*** Begin Patch\n*** Add File: new.txt\n+hello\n*** End Patch';
      stack.upstream.script({ calls: [{ name: 'apply_patch', arguments: { input } }] }, { text: 'Patched.' });
      const codex = await create({ provider: `model_catalog_url = "${stack.gateway.baseUrl}/models"` });
      const run = await codex.exec('Write it');
      expect(run).toMatchObject({ exitCode: 0, message: 'Patched.' });
      expect(JSON.stringify(run.items)).not.toContain('metadata');
      expect(readFileSync(path.join(codex.sandbox.cwd, 'new.txt'), 'utf8')).toBe('hello\n');
    });

    it('should call the tools of an MCP server, one of which gives an image', async () => {
      stack.upstream.script(
        {
          calls: [
            { name: 'mcp__demo__echo', arguments: { text: 'ä "q" \\' } },
            { name: 'mcp__demo__shot', arguments: '' },
          ],
        },
        { text: 'A dot.' },
      );
      const codex = await create({ tables: mcpServer });
      const run = await codex.exec('Take a picture');
      expect(run).toMatchObject({ exitCode: 0, message: 'A dot.' });
      expect(run.items.filter(({ type }) => type === 'mcp_tool_call')).toMatchObject([
        { server: 'demo', tool: 'echo', status: 'completed', arguments: { text: 'ä "q" \\' } },
        { server: 'demo', tool: 'shot', status: 'completed' },
      ]);
      expect(toolNames(0)).toEqual(expect.arrayContaining(['mcp__demo__echo', 'mcp__demo__shot']));
      const { messages } = sent(1);
      const at = messages.findIndex(({ tool_calls }) => tool_calls);
      const [call, echoed, shot, picture] = messages.slice(at);
      expect(call?.tool_calls?.map(({ function: { name } }) => name)).toEqual([
        'mcp__demo__echo',
        'mcp__demo__shot',
      ]);
      expect([echoed, shot].map((message) => [message?.role, message?.tool_call_id])).toEqual(
        call?.tool_calls?.map(({ id }) => ['tool', id]),
      );
      expect(echoed?.content).toContain('You said: ä "q" \\');
      expect(shot?.content).toContain('Here it is.');
      expect(picture?.role).toBe('user');
      expect(images([picture as ChatMessage])).toEqual([`data:image/png;base64,${PIXEL}`]);
    });

    it('should look at an image of the work directory', async () => {
      const codex = await create();
      const file = codex.sandbox.write('dot.png', Buffer.from(PIXEL, 'base64'));
      stack.upstream.script(
        { calls: [{ name: 'view_image', arguments: { path: file } }] },
        { text: 'A dot.' },
      );
      const run = await codex.exec('What is in dot.png?');
      expect(run).toMatchObject({ exitCode: 0, message: 'A dot.' });
      const { messages } = sent(1);
      const at = messages.findIndex(({ tool_calls }) => tool_calls);
      expect(messages[at + 1]).toMatchObject({
        role: 'tool',
        tool_call_id: messages[at]?.tool_calls?.[0]?.id,
      });
      expect(images(messages.slice(at + 2))).toEqual([expect.stringMatching(/^data:image\/png;base64,/)]);
    });

    it('should run a sub-agent by a namespaced tool', async () => {
      stack.upstream.answerWith(({ messages }) => {
        const last = messages.at(-1);
        if (last?.role === 'user' && last.content === 'Delegate it') {
          return { calls: [{ name: 'multi_agent_v1__spawn_agent', arguments: { message: 'SUBTASK' } }] };
        }
        if (messages.some(({ role, content }) => role === 'user' && content === 'SUBTASK'))
          return { text: 'Sub done.' };
        return { text: 'Delegated.' };
      });
      const run = await (await create()).exec('Delegate it');
      expect(run).toMatchObject({ exitCode: 0, message: 'Delegated.' });
      const answered = stack.upstream.requests.find(({ messages }) =>
        messages.some(({ tool_calls }) => tool_calls?.[0]?.function.name === 'multi_agent_v1__spawn_agent'),
      );
      expect(answered?.messages.find(({ role }) => role === 'tool')?.content).toContain('agent_id');
      expect(answered?.messages.find(({ role }) => role === 'tool')?.content).not.toContain(
        'unsupported call',
      );
    });

    it('should find tools with tool_search and call them later', async () => {
      stack.upstream.script(
        { calls: [{ name: 'tool_search', arguments: { query: 'spawn agent', limit: 5 } }] },
        (request) => {
          const name = request.tools
            ?.map((tool) => tool.function.name)
            .find((tool) => tool.endsWith('close_agent'));
          return { calls: [{ name: name ?? 'none', arguments: { target: 'nobody' } }] };
        },
        { text: 'There is no such agent.' },
      );
      const run = await (await create({ model: KNOWN })).exec('Find the agents tools');
      expect(run).toMatchObject({ exitCode: 0, message: 'There is no such agent.' });
      expect(toolNames(0)).toContain('tool_search');
      expect(toolNames(0).filter((name) => name.includes('agent'))).toEqual([]);
      expect(toolNames(1).filter((name) => name.includes('agent'))).not.toEqual([]);
      expect(toolNames(2)).toEqual(toolNames(1));
      const [search, found, call, output] = sinceQuestion(2);
      expect(search?.tool_calls?.[0]?.function.name).toBe('tool_search');
      expect(JSON.parse(search?.tool_calls?.[0]?.function.arguments ?? '')).toEqual({
        query: 'spawn agent',
        limit: 5,
      });
      expect(found).toMatchObject({ role: 'tool', tool_call_id: search?.tool_calls?.[0]?.id });
      expect(call?.tool_calls?.[0]?.function.name).toMatch(/close_agent$/);
      expect(output).toMatchObject({ role: 'tool', tool_call_id: call?.tool_calls?.[0]?.id });
      expect(output?.content).not.toContain('unsupported call');
    });
  });

  const mcpServer = `
[mcp_servers.demo]
command = "${process.execPath}"
args = ["${MCP_SERVER}"]
`;
});

const isText = (content: ChatMessage['content']) => typeof content === 'string';

const commands = (items: any[]) =>
  items
    .filter(({ type }) => type === 'command_execution')
    .map(({ aggregated_output, exit_code }) => [aggregated_output, exit_code])
    .sort();

const images = (messages: ChatMessage[]) =>
  messages
    .flatMap(({ content }): ChatPart[] => (Array.isArray(content) ? content : []))
    .flatMap((part) => (part.type === 'image_url' ? [part.image_url.url] : []));
