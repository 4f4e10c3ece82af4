import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import { expect } from 'expect';
import type { ChatRequest } from './support/chat-wire.ts';
import { Codex } from './support/codex.ts';
import { useStack } from './support/use-stack.ts';

const MCP_SERVER = fileURLToPath(new URL('support/demo-mcp-server.mjs', import.meta.url));

/** Codex sends `web_search` along by default: here a tool of a server of the gateway stands in for it. */
describe('codex, with an MCP server of its own beside one of the gateway', () => {
  const folder = mkdtempSync(path.join(tmpdir(), 'gateway-codex-'));
  const file = path.join(folder, 'gateway.yaml');
  writeFileSync(
    file,
    `mcpServers: [{ label: search, command: '${process.execPath}', args: ['${MCP_SERVER}'] }]
hostedTools: { web_search: { server: search, tool: echo } }
`,
  );
  after(() => rmSync(folder, { recursive: true }));
  const stack = useStack({ CONFIG_FILE: file });

  it('should have each run where it belongs, in one conversation', async () => {
    stack.upstream.script(
      { calls: [{ name: 'web_search', arguments: { text: 'news' } }] },
      { calls: [{ name: 'mcp__demo__echo', arguments: { text: 'mine' } }] },
      { text: 'Both were asked.' },
    );
    const codex = await Codex.create({
      baseUrl: stack.gateway.baseUrl,
      tables: `
[mcp_servers.demo]
command = "${process.execPath}"
args = ["${MCP_SERVER}"]
`,
    });
    after(() => codex.sandbox.dispose());
    const run = await codex.exec('Ask both');
    expect(run).toMatchObject({ exitCode: 0, message: 'Both were asked.' });
    expect(run.items.filter(({ type }) => type === 'mcp_tool_call')).toMatchObject([
      { server: 'demo', tool: 'echo', status: 'completed', arguments: { text: 'mine' } },
    ]);
    expect(run.items.filter(({ type }) => type === 'web_search')).toHaveLength(1);
    const [, second, third] = stack.upstream.requests as ChatRequest[];
    const results = (request?: ChatRequest) =>
      request?.messages.flatMap(({ role, content }) => (role === 'tool' ? [content] : []));
    expect(results(second)).toEqual(['You said: news']);
    expect(results(third)).toEqual([expect.any(String), expect.stringContaining('You said: mine')]);
  });
});
