import { readFileSync } from 'node:fs';
import path from 'node:path';
import { after, describe, it } from 'node:test';
import { expect } from 'expect';
import type { ErrorReply, Reply } from './support/chat-wire.ts';
import { Opencode, OPENCODE } from './support/opencode.ts';
import { useStack } from './support/use-stack.ts';

const skip = OPENCODE ? false : `there is no opencode binary for ${process.platform}-${process.arch} here`;

describe('opencode', { skip }, () => {
  const stack = useStack();
  const started: Opencode[] = [];
  const create = async (model: object = {}) => {
    const opencode = await Opencode.create(stack.gateway.baseUrl, model);
    started.push(opencode);
    return opencode;
  };
  after(() => {
    for (const { sandbox } of started) sandbox.dispose();
  });

  /** It asks for a title, without tools and at the same time: that is answered apart. */
  const script = (...answers: (Reply | ErrorReply)[]) => {
    stack.upstream.answerWith(({ tools }) =>
      tools ? (answers.shift() ?? { status: 400 }) : { text: 'A title' },
    );
  };
  const turns = () => stack.upstream.requests.filter(({ tools }) => tools);

  it('should answer', async () => {
    script({ text: 'Hello there.', usage: { prompt: 100, completion: 5, cached: 64 } });
    const run = await (await create()).run('Say hello');
    expect(run).toMatchObject({ exitCode: 0, texts: ['Hello there.'], errors: [] });
    expect(run.events.at(-1)).toMatchObject({
      type: 'step_finish',
      part: { reason: 'stop', tokens: { input: 36, output: 5, cache: { read: 64 } } },
    });
    expect(turns()).toHaveLength(1);
    expect(turns()[0]?.messages.map(({ role }) => role)).toEqual(['system', 'user']);
    expect(turns()[0]?.messages[1]?.content).toContain('Say hello');
  });

  it('should run tools and go on with their results', async () => {
    const content = '"double" \'single\' `back` C:\\path äöü € 日本 🙂\n\ttab {"json": [1]}\n';
    const opencode = await create({ reasoning: true });
    const filePath = path.join(opencode.sandbox.cwd, 'new.txt');
    script(
      {
        reasoning: 'Two things.',
        text: 'I write it.',
        calls: [
          { name: 'write', arguments: { filePath, content } },
          { name: 'bash', arguments: { command: 'echo "a \\"b\\""', description: 'Echoes' } },
        ],
      },
      { text: 'Done.' },
    );
    const run = await opencode.run('Write it', '--thinking');
    expect(run).toMatchObject({ exitCode: 0, errors: [] });
    expect(run.texts.at(-1)).toBe('Done.');
    expect(readFileSync(filePath, 'utf8')).toBe(content);
    expect(run.events.filter(({ type }) => type === 'reasoning').map(({ part }) => part.text)).toEqual([
      'Two things.',
    ]);
    expect(run.tools.map(({ tool, state }) => [tool, state.status])).toEqual(
      expect.arrayContaining([
        ['write', 'completed'],
        ['bash', 'completed'],
      ]),
    );
    const messages = turns()[1]?.messages ?? [];
    const at = messages.findIndex(({ tool_calls }) => tool_calls);
    const calls = messages[at]?.tool_calls ?? [];
    expect(JSON.parse(calls[0]?.function.arguments ?? '')).toEqual({ filePath, content });
    expect(messages.slice(at + 1).map(({ role, tool_call_id }) => [role, tool_call_id])).toEqual(
      calls.map(({ id }) => ['tool', id]),
    );
    expect(messages.at(-1)?.content).toContain('a "b"');
  });

  it('should continue a session', async () => {
    script({ text: 'Hello.' }, { text: 'You said hello.' });
    const opencode = await create();
    const first = await opencode.run('Say hello');
    const second = await opencode.run('What did I say?', '--session', first.sessionId);
    expect(second).toMatchObject({ exitCode: 0, texts: ['You said hello.'] });
    expect(turns()[1]?.messages.map(({ role }) => role)).toEqual(['system', 'user', 'assistant', 'user']);
    expect(turns()[1]?.messages[2]).toMatchObject({ content: 'Hello.' });
  });

  it('should try again after a 503', async () => {
    script({ status: 503, headers: { 'retry-after': '1' } }, { text: 'Here.' });
    const run = await (await create()).run('x');
    expect(run).toMatchObject({ exitCode: 0, texts: ['Here.'] });
    expect(turns()).toHaveLength(2);
  });

  it('should show the error of the model server', async () => {
    script({ status: 400, message: 'The chat template does not like this.' });
    const run = await (await create()).run('x');
    expect(JSON.stringify(run.errors)).toContain('The chat template does not like this.');
    expect(turns()).toHaveLength(1);
  });
});
