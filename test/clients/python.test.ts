import { execFile } from 'node:child_process';
import path from 'node:path';
import { describe, it } from 'node:test';
import { promisify } from 'node:util';
import { expect } from 'expect';
import { preparedPython } from '../support/prepare-python.mjs';
import type { ChatMessage, ChatRequest, Reply } from './support/chat-wire.ts';
import { useReferenceServer } from './support/use-reference-server.ts';
import { useStack } from './support/use-stack.ts';

const FOLDER = path.join(import.meta.dirname, 'python');
const python = preparedPython(FOLDER);
const run = promisify(execFile);

/** Says what the model was shown; where there are tools, it asks for the first of them first. */
function answer({ messages, tools }: ChatRequest): Reply {
  const isAsked = messages.at(-1)?.role === 'user';
  const [tool] = tools ?? [];
  if (tool && isAsked) return { reasoning: 'Hm.', calls: [{ name: tool.function.name, arguments: '' }] };
  return { text: messages.map(spoken).join(' | ') };
}
const spoken = ({ role, content }: ChatMessage): string => `${role}: ${String(content ?? '')}`.trim();

describe('Python clients', { skip: !python && 'pip could not install them' }, () => {
  const server = useReferenceServer();
  const stack = useStack(() => server.settings);
  for (const [script, lines] of Object.entries({
    'openai_state.py': 6,
    'openai_mcp.py': 4,
    'langchain_state.py': 2,
  })) {
    it(`should work with the gateway: ${script}`, async () => {
      stack.upstream.answerWith(answer);
      const args = [path.join(FOLDER, script), stack.gateway.baseUrl, server.url];
      const { stdout, stderr } = await run(python ?? '', args);
      expect(stderr).toBe('');
      expect(stdout.trim().split('\n')).toHaveLength(lines);
    });
  }
});
