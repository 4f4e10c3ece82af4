import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { GatewayError } from '../../src/errors/gateway-error.js';
import type { ToolSession } from '../../src/tools/tool-session.js';
import { FakeMcpServer } from '../support/fake-mcp-server.js';
import { until } from '../support/until.js';
import { addressOf, NEVER, openMcpServers, type OpenedMcpServers } from '../support/use-mcp-servers.js';

/** Says who it is and what its environment is; `die` ends it; it has a child of its own. */
const PROGRAM = `
  import { spawn } from 'node:child_process';
  import { appendFileSync } from 'node:fs';
  import { createInterface } from 'node:readline';
  const child = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)'], { stdio: 'ignore' });
  appendFileSync(process.argv[2], process.pid + ' ' + child.pid + '\\n');
  console.log('a line that is no message');
  const say = (id, result) => console.log(JSON.stringify({ jsonrpc: '2.0', id, result }));
  createInterface({ input: process.stdin }).on('line', (line) => {
    const { id, method, params } = JSON.parse(line);
    if (method === 'initialize') say(id, { protocolVersion: params.protocolVersion, capabilities: { tools: {} }, serverInfo: { name: 'p', version: '1' } });
    else if (method === 'tools/list') say(id, { tools: [{ name: 'environment' }, { name: 'die' }, { name: 'flood' }] });
    else if (params?.name === 'die') process.exit(1);
    else if (params?.name === 'deaf') process.stdin.pause();
    else if (params?.name === 'flood') setInterval(() => process.stdout.write('x'.repeat(262144)), 1);
    else if (id !== undefined) say(id, { content: [{ type: 'text', text: JSON.stringify(process.env) }] });
  });
`;

describe('an MCP server of CONFIG_FILE', () => {
  let folder: string;
  let path: string;
  let pids: string;
  let server: FakeMcpServer;
  let gateway: OpenedMcpServers;
  let sessions: ToolSession[];

  beforeEach(async () => {
    folder = mkdtempSync(join(tmpdir(), 'mcp-'));
    path = join(folder, 'gateway.json');
    pids = join(folder, 'pids');
    writeFileSync(join(folder, 'program.mjs'), PROGRAM);
    writeFileSync(pids, '');
    server = await FakeMcpServer.start();
    sessions = [];
  });
  afterEach(async () => {
    await Promise.all(sessions.map((session) => session.close()));
    expect([...server.sessions]).toEqual([]);
    await gateway.close();
    await server.close();
    await until(() => !pidsOf().some(isRunning));
    rmSync(folder, { recursive: true });
  });

  const write = (...entries: object[]): void => {
    writeFileSync(path, JSON.stringify({ mcpServers: entries }));
  };
  const start = async (variables: Record<string, string>, ...entries: object[]): Promise<void> => {
    write(...entries);
    gateway = await openMcpServers({ CONFIG_FILE: path, ...variables });
  };
  const open = (...address: Parameters<typeof addressOf>): ToolSession => {
    const session = gateway.servers.open(addressOf(...address), 'tools[0]');
    sessions.push(session);
    return session;
  };
  const call = (session: ToolSession, name: string) => session.call(name, {}, { signal: NEVER });
  const pidsOf = (): number[] => readFileSync(pids, 'utf8').split(/\s/).filter(Boolean).map(Number);
  const program = (more: object = {}): object => ({
    label: 'program',
    command: process.execPath,
    args: [join(folder, 'program.mjs'), pids],
    ...more,
  });
  const sent = (name: string): unknown => server.asked.at(-1)?.headers[name];

  it('should be asked by its label, its URL and its connector with what the file says, wherever it is', async () => {
    const headers = { Authorization: 'Bearer ${KEY}', 'X-Team': 'a' };
    await start(
      { KEY: 'configured' },
      { label: 'docs', url: server.url('plain'), headers, connectorIds: ['connector_docs'] },
    );
    const forged = { authorization: 'theirs', headers: { 'x-more': '1' } };
    for (const session of [
      open(null, { label: 'docs', ...forged }),
      open(server.url('plain'), { label: 'docs', ...forged }),
      open(server.url('plain'), { label: 'other', ...forged }),
      open(null, { label: 'other', connectorId: 'connector_docs', ...forged }),
    ]) {
      expect((await call(session, 'echo')).error).toBeNull();
      expect([sent('authorization'), sent('x-team'), sent('x-more')]).toEqual([
        'Bearer configured',
        'a',
        undefined,
      ]);
    }
  });

  it('should get what the request says only where the file says so', async () => {
    await start(
      {},
      { label: 'docs', url: server.url('plain'), headers: { 'x-team': 'a' }, passAuthorization: true },
    );
    const headers = {
      'X-Team': 'b',
      'X-More': '1',
      Host: 'evil',
      'Mcp-Session-Id': 'mine',
      'Content-Length': '1',
    };
    await call(open(null, { label: 'docs', authorization: 'theirs', headers }), 'echo');
    expect([sent('authorization'), sent('x-team'), sent('x-more')]).toEqual(['Bearer theirs', 'a', '1']);
    expect([sent('host'), sent('mcp-session-id')]).toEqual([`127.0.0.1:${server.port}`, 's-1']);
  });

  it('should not give its secrets to another URL under its label', async () => {
    await start(
      { MCP_ALLOWED_HOSTS: '127.0.0.1' },
      { label: 'docs', url: server.url('plain'), headers: { authorization: 'configured' } },
    );
    await call(open(server.url('stream'), { label: 'docs' }), 'echo');
    expect(sent('authorization')).toBeUndefined();
  });

  it.each([
    [null, {}, 'tools[0].server_url'],
    [null, { connectorId: 'connector_none' }, 'tools[0].connector_id'],
    ['https://a.example.com', {}, 'tools[0].server_url'],
  ])('should be there: %j with %j leads nowhere', async (url, more, param) => {
    await start({}, { label: 'docs', url: server.url('plain') });
    expect(() => open(url, more)).toThrow(
      expect.objectContaining({ errorName: 'unsupported_value', param }) as Error,
    );
  });

  it('should have the tools that the file allows, and no others', async () => {
    await start({}, { label: 'docs', url: server.url('plain'), allowedTools: ['write'] });
    const session = open(null, { label: 'docs' });
    expect(await session.list(NEVER)).toMatchObject([{ name: 'write' }]);
    expect((await call(session, 'echo')).error).toMatchObject({ type: 'mcp_protocol_error', code: -32_602 });
    expect(server.count('tools/call')).toBe(0);
  });

  it('should be listed once a minute for those who ask with the same headers', async () => {
    await start({ MCP_ALLOWED_HOSTS: '127.0.0.1' }, { label: 'docs', url: server.url('plain') });
    const list = async (authorization: string): Promise<void> => {
      await open(server.url('stream'), { authorization }).list(NEVER);
      await open(null, { label: 'docs', authorization }).list(NEVER);
    };
    for (const token of ['a', 'a', 'b']) await list(token);
    expect(server.count('tools/list')).toBe(3);
    expect(server.initialized).toBe(3);
  });

  it('should not get the secrets of the file told to those who ask', async () => {
    const headers = { authorization: 'Bearer OPERATORSECRET1' };
    await start({}, { label: 'docs', url: server.url('leaky'), headers });
    const session = open(null, { label: 'docs' });
    const told = [await session.list(NEVER), await open(null, { label: 'docs' }).list(NEVER)];
    expect(told).toMatchObject(Array(2).fill([{ name: 'echo', description: 'asked with [redacted]' }]));
    expect(JSON.stringify([told, await call(session, 'echo')])).not.toContain('OPERATORSECRET1');
    expect(sent('authorization')).toBe('Bearer OPERATORSECRET1');
  });

  it('should not be followed elsewhere', async () => {
    const canary = await FakeMcpServer.start();
    server.canary = canary.url('plain');
    await start({}, { label: 'docs', url: server.url('redirect') });
    await expect(open(null, { label: 'docs' }).list(NEVER)).rejects.toThrow('307');
    expect(canary.asked).toEqual([]);
    await canary.close();
  });

  it('should be one process for all, with an environment of its own', async () => {
    await start({ SECRET_OF_GATEWAY: 'x' }, program({ env: { MODE: 'test' } }));
    const [one, two] = [open(null, { label: 'program' }), open(null, { label: 'program' })];
    expect(pidsOf()).toEqual([]);
    const outcomes = await Promise.all([call(one, 'environment'), call(two, 'environment')]);
    for (const { output } of outcomes) {
      const { PATH, HOME, ...rest } = JSON.parse(output ?? '') as NodeJS.ProcessEnv;
      expect([PATH, HOME]).toEqual([process.env.PATH, process.env.HOME]);
      expect(rest).toEqual({ MODE: 'test' });
    }
    await one.close();
    expect((await call(two, 'environment')).error).toBeNull();
    expect(pidsOf()).toHaveLength(2);
  });

  it('should be started again after it died', async () => {
    await start({}, program());
    const session = open(null, { label: 'program' });
    expect((await call(session, 'die')).error).toMatchObject({ type: 'http_error', code: 502 });
    expect((await call(session, 'environment')).error).toBeNull();
    expect((await call(session, 'flood')).error).toMatchObject({ type: 'http_error', code: 502 });
    expect((await call(session, 'environment')).error).toBeNull();
    expect(pidsOf()).toHaveLength(6);
    expect(gateway.lines).toContain(
      'warn: MCP server program: its process has ended; the next use starts it again',
    );
  });

  it('should be ended, and started again, where it reads no more', async () => {
    await start({ MCP_CALL_TIMEOUT_MS: '5000' }, program());
    const session = open(null, { label: 'program' });
    await session.list(NEVER);
    const deaf = session.call('deaf', {}, { signal: NEVER });
    const large = { text: 'x'.repeat(1_000_000) };
    expect((await session.call('environment', large, { signal: NEVER })).error).toMatchObject({ code: 502 });
    expect((await deaf).error).toMatchObject({ type: 'http_error', code: 502 });
    expect((await call(session, 'environment')).error).toBeNull();
    expect(pidsOf()).toHaveLength(4);
  });

  it('should end with its children when the file changes, and be another one', async () => {
    await start({}, program());
    await call(open(null, { label: 'program' }), 'environment');
    const before = pidsOf();
    write(program({ env: { MODE: 'new' } }));
    gateway.files.reload();
    expect((await call(open(null, { label: 'program' }), 'environment')).output).toContain('new');
    await until(() => !before.some(isRunning));
  });

  it('should fail to be listed where it cannot be started', async () => {
    await start({}, { label: 'program', command: join(folder, 'nothing') });
    await expect(open(null, { label: 'program' }).list(NEVER)).rejects.toThrow(GatewayError);
  });
});

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}
