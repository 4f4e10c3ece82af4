import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import type { ToolSession } from '../../src/tools/tool-session.js';
import { findFreePort } from '../support/free-port.js';
import { isListening } from '../support/is-listening.js';
import { until } from '../support/until.js';
import { addressOf, NEVER, openMcpServers, type OpenedMcpServers } from '../support/use-mcp-servers.js';

const PROGRAM = join(
  dirname(createRequire(import.meta.url).resolve('@modelcontextprotocol/server-everything/package.json')),
  'dist/index.js',
);

describe('the reference server', () => {
  let folder: string;
  let servers: ChildProcess[];
  let gateway: OpenedMcpServers;
  const said: string[] = [];

  const run = async (transport: string): Promise<number> => {
    const port = await findFreePort();
    const server = spawn(process.execPath, [PROGRAM, transport], {
      env: { ...process.env, PORT: String(port) },
      stdio: ['ignore', 'pipe', 'ignore'],
    });
    server.stdout.on('data', (bytes: Buffer) => said.push(bytes.toString()));
    servers.push(server);
    await until(() => isListening(port));
    return port;
  };

  beforeAll(async () => {
    servers = [];
    folder = mkdtempSync(join(tmpdir(), 'mcp-'));
    const [http, sse] = await Promise.all([run('streamableHttp'), run('sse')]);
    const mcpServers = [
      { label: 'http', url: `http://127.0.0.1:${http}/mcp` },
      { label: 'sse', url: `http://127.0.0.1:${sse}/sse`, transport: 'sse' },
      { label: 'stdio', command: process.execPath, args: [PROGRAM, 'stdio'] },
    ];
    writeFileSync(join(folder, 'gateway.json'), JSON.stringify({ mcpServers }));
    gateway = await openMcpServers({ CONFIG_FILE: join(folder, 'gateway.json') });
  });
  afterAll(async () => {
    await gateway.close();
    for (const server of servers) {
      const exited = once(server, 'exit');
      server.kill('SIGKILL');
      await exited;
    }
    rmSync(folder, { recursive: true });
  });

  const use = async (label: string, work: (session: ToolSession) => Promise<void>): Promise<void> => {
    const session = gateway.servers.open(addressOf(null, { label }), 'tools[0]');
    await work(session);
    await session.close();
  };
  const call = (session: ToolSession, name: string, args: Record<string, unknown> = {}) =>
    session.call(name, args, { signal: NEVER });

  it.each(['http', 'sse', 'stdio'])('should be listed and called over %s', async (label) => {
    await use(label, async (session) => {
      const tools = await session.list(NEVER);
      const echo = tools.find(({ name }) => name === 'echo');
      expect(echo?.inputSchema).toMatchObject({
        type: 'object',
        properties: { message: { type: 'string' } },
      });
      expect(await call(session, 'echo', { message: 'grüß' })).toEqual({ output: 'Echo: grüß', error: null });
      const [sum, image] = await Promise.all([
        call(session, 'get-sum', { a: 2, b: 3 }),
        call(session, 'get-tiny-image'),
      ]);
      expect(sum.output).toContain('5');
      expect(image.images).toMatchObject([{ mimeType: 'image/png' }]);
      expect(image.output).toContain('[image]');
    });
  });

  it.each(['http', 'sse', 'stdio'])('should say over %s what it does not take', async (label) => {
    await use(label, async (session) => {
      const { output, error } = await call(session, 'echo', { message: 5 });
      expect([output, error?.type]).toEqual([
        null,
        expect.stringMatching(/^mcp_(tool_execution|protocol)_error$/),
      ]);
      expect((await call(session, 'no-such-tool')).error).not.toBeNull();
    });
  });

  it.each(['http', 'sse', 'stdio'])('should be left over %s while it works', async (label) => {
    await use(label, async (session) => {
      const leaving = new AbortController();
      const args = { duration: 30, steps: 300 };
      const pending = session.call('trigger-long-running-operation', args, { signal: leaving.signal });
      setTimeout(() => {
        leaving.abort(new Error('gone'));
      }, 300);
      await expect(pending).rejects.toThrow('gone');
      expect((await call(session, 'echo', { message: 'still there' })).error).toBeNull();
    });
  });

  it('should have no session left over', () => {
    const count = (text: string): number => said.join('').split(text).length - 1;
    expect(count('Session initialized')).toBeGreaterThan(0);
    expect(count('Received session termination')).toBe(count('Session initialized'));
  });
});
