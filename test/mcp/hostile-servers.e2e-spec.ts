import { jest } from '@jest/globals';
import { GatewayError } from '../../src/errors/gateway-error.js';
import type { ToolSession } from '../../src/tools/tool-session.js';
import { FakeMcpServer } from '../support/fake-mcp-server.js';
import { until } from '../support/until.js';
import { addressOf, NEVER, openMcpServers, type OpenedMcpServers } from '../support/use-mcp-servers.js';

jest.setTimeout(60_000);

const TOKEN = 'tok-4f9a81c2d7';

describe('an MCP server that misbehaves', () => {
  let server: FakeMcpServer;
  let canary: FakeMcpServer;
  let patient: OpenedMcpServers;
  let gateway: OpenedMcpServers;
  let sessions: ToolSession[];

  beforeAll(async () => {
    // Loading it is not to count as the servers' time.
    await import('@modelcontextprotocol/client');
    patient = await begin({});
  });
  beforeEach(async () => {
    server = await FakeMcpServer.start();
    canary = await FakeMcpServer.start();
    server.canary = canary.url('plain');
    sessions = [];
    gateway = patient;
  });
  afterEach(async () => {
    await Promise.all(sessions.map((session) => session.close()));
    expect([...server.sessions]).toEqual([]);
    expect(canary.asked).toEqual([]);
    if (gateway !== patient) await gateway.close();
    await server.close();
    await canary.close();
  });
  afterAll(() => patient.close());

  const begin = (limits: Record<string, string>): Promise<OpenedMcpServers> =>
    openMcpServers({ MCP_ALLOWED_HOSTS: '127.0.0.1', ...limits });
  const open = (mode: string): ToolSession => {
    const session = gateway.servers.open(addressOf(server.url(mode), { authorization: TOKEN }), 'tools[0]');
    sessions.push(session);
    return session;
  };
  const call = (mode: string) => open(mode).call('echo', { text: 'hi' }, { signal: NEVER });
  const listFault = async (mode: string): Promise<GatewayError> => {
    const error = await open(mode)
      .list(NEVER)
      .catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(GatewayError);
    return error as GatewayError;
  };

  it.each([
    ['flood-list', '502 (Bad Gateway)'],
    ['401', '401 (Unauthorized)'],
    ['500', '500 (Internal Server Error)'],
    ['redirect', '307 (Temporary Redirect)'],
  ])('should say of %s that tools cannot be listed: %s', async (mode, status) => {
    expect(await listFault(mode)).toMatchObject({
      status: 424,
      type: 'external_connector_error',
      code: 'http_error',
      param: 'tools',
      message: `Error retrieving tool list from MCP server: 'here'. Http status code: ${status}`,
    });
  });

  it.each(['hang-initialize', 'hang-initialized', 'hang-list'])('should not wait for %s', async (mode) => {
    gateway = await begin({ MCP_LIST_TIMEOUT_MS: '200' });
    expect((await listFault(mode)).message).toContain('504 (Gateway Timeout)');
  });

  it('should not keep a failure', async () => {
    await listFault('401');
    await listFault('401');
    expect(server.count('initialize')).toBe(2);
  });

  it.each([
    ['flood-call', 502, 'more than 1048576 bytes'],
    ['flood-progress', 502, 'more than 1048576 bytes'],
    ['flood-questions', 502, 'has asked too much'],
    ['flood-notifications', 502, 'has sent too much'],
    ['flood-batch', 502, 'has asked too much'],
    ['huge', 502, 'more than 1048576 bytes'],
    ['call-401', 401, 'has answered 401 (Unauthorized).'],
    ['500', 500, 'has answered 500 (Internal Server Error).'],
    ['redirect-call', 302, 'redirects are not followed'],
    ['html', 502, 'neither JSON nor events'],
    ['broken', 502, 'is no JSON'],
    ['cut', 502, 'could not be reached'],
    ['cut-stream', 502, 'could not be reached'],
    ['end-stream', 502, 'ended its answer too early'],
    ['wrong-id', 502, 'answered something else'],
    ['wrong-result', 502, 'answered something else'],
    ['always-forgetful', 404, 'has answered 404'],
  ])('should make an outcome of %s: %i', async (mode, code, message) => {
    expect(await call(mode)).toEqual({
      output: null,
      error: { type: 'http_error', code, message: expect.stringContaining(message) as string },
    });
  });

  it.each(['hang-call', 'hang-stream', 'steady-progress'])(
    'should end %s at its limit, and tell the server',
    async (mode) => {
      gateway = await begin({ MCP_CALL_TIMEOUT_MS: '100' });
      expect((await call(mode)).error).toMatchObject({ type: 'http_error', code: 504 });
      await until(() => server.cancelled.length === 1);
    },
  );

  it('should take a call that shows progress beyond the limit', async () => {
    gateway = await begin({ MCP_CALL_TIMEOUT_MS: '2s' });
    expect((await call('late')).output).toBe('at last');
  });

  it('should take a call back when its answer is not wanted any more, and end the session', async () => {
    const session = open('hang-stream');
    const leaving = new AbortController();
    const pending = session.call('echo', {}, { signal: leaving.signal });
    await until(() => server.count('tools/call') === 1);
    leaving.abort(new Error('gone'));
    await expect(pending).rejects.toThrow('gone');
    await until(() => server.cancelled.length === 1);
  });

  it('should end a session that was being opened', async () => {
    const session = open('plain');
    const pending = session.list(NEVER).catch((error: unknown) => error);
    await session.close();
    expect(await pending).toBeInstanceOf(GatewayError);
    expect((await session.call('echo', {}, { signal: NEVER })).error).toMatchObject({ code: 502 });
  });

  it('should show tools whose schemas lie without them', async () => {
    const none = { type: 'object', properties: {} };
    const tools = await open('lies').list(NEVER);
    expect(tools.map(({ name }) => name)).toEqual([
      ...Array.from({ length: 9 }, (_, index) => `t${index}`),
      'echo',
    ]);
    for (const tool of tools.slice(0, 9))
      expect(tool).toMatchObject({ description: null, inputSchema: none, readOnly: false });
    expect(tools[9]).toMatchObject({ description: 'Says it again.', readOnly: true });
    expect(await call('lies')).toEqual({ output: '5', error: null });
  });

  it('should take what is nested without end', async () => {
    const none = { type: 'object', properties: {} };
    expect(await open('deep').list(NEVER)).toMatchObject([{ name: 'echo', inputSchema: none }]);
    expect((await call('deep')).output).toMatch(/^(?:\{"a":){32}"\[omitted: nested too deeply\]"\}{32}$/);
    for (const mode of ['nested-error', 'deep-error']) {
      const { error } = await call(mode);
      expect(error).toMatchObject({ type: 'mcp_tool_execution_error' });
      expect(JSON.stringify(error)).toMatch(/^[^]{30,500}$/);
    }
  });

  it.each(['flood-questions', 'flood-batch', 'flood-list-questions'])(
    'should reply to no more than some questions of %s',
    async (mode) => {
      const session = open(mode);
      await session.list(NEVER).catch(() => []);
      await session.call('echo', {}, { signal: NEVER });
      await session.close();
      expect(server.count('answer')).toBeLessThanOrEqual(120);
    },
  );

  it('should be heard where it says and asks a good deal', async () => {
    expect((await call('chatty')).output).toBe('heard');
    expect(server.count('answer')).toBe(50);
  });

  it('should be asked once for its list by all who ask at the same moment', async () => {
    const leaving = new AbortController();
    const [first, ...others] = Array.from({ length: 50 }, () => open('slow-list'));
    const left = first?.list(leaving.signal);
    const listing = others.map((session) => session.list(NEVER));
    await until(() => server.count('tools/list') === 1);
    leaving.abort(new Error('gone'));
    await expect(left).rejects.toThrow('gone');
    for (const tools of await Promise.all(listing)) expect(tools).toHaveLength(2);
    expect(server.count('tools/list')).toBe(2);
  });

  it('should be asked again where the answer that asked has ended', async () => {
    const [first, second] = [open('slow-list'), open('slow-list')];
    const left = first.list(NEVER).catch((error: unknown) => error);
    const listing = second.list(NEVER);
    await until(() => server.count('tools/list') === 1);
    await first.close();
    expect(await left).toBeInstanceOf(GatewayError);
    expect(await listing).toHaveLength(2);
  });

  it('should take a list that is none for an empty one', async () => {
    expect(await open('no-list').list(NEVER)).toEqual([]);
  });

  it('should read pages, but not for ever', async () => {
    expect(await open('pages').list(NEVER)).toHaveLength(1_000);
    expect(server.count('tools/list')).toBe(3);
    await open('empty-pages')
      .list(NEVER)
      .catch(() => []);
    expect(server.count('tools/list')).toBeLessThanOrEqual(103);
  });

  it('should begin a new session where the server has forgotten the first one', async () => {
    const session = open('forgetful');
    await session.list(NEVER);
    expect((await session.call('echo', {}, { signal: NEVER })).output).toBe('in a new session');
    expect(server.initialized).toBe(2);
  });

  it('should leave the other calls of a forgotten session alone', async () => {
    const session = open('half-forgetful');
    await session.list(NEVER);
    const [slow, echo, again] = await Promise.all(
      ['slow', 'echo', 'echo'].map((name) => session.call(name, {}, { signal: NEVER })),
    );
    expect(slow).toEqual({ output: 'late', error: null });
    expect([echo?.output, again?.output]).toEqual(['in a new session', 'in a new session']);
  });

  it('should resume a stream that the server has ended before the answer', async () => {
    expect((await call('resumed')).output).toBe('resumed');
  });

  it('should refuse what the server asks of it', async () => {
    expect((await call('asks')).output).toBe('alone');
    expect(server.refusals).toEqual([-32_601, -32_601, -32_601]);
  });

  it('should have no session left after 50 answers at once with 5 calls each', async () => {
    const modes = ['plain', 'stream', 'cut', 'rpc-error', 'call-401'];
    const answer = async (_value: unknown, index: number): Promise<void> => {
      const session = open(modes[index % modes.length] ?? '');
      await session.list(NEVER);
      const texts = await Promise.all(
        [1, 2, 3, 4, 5].map((text) => session.call('echo', { text }, { signal: NEVER })),
      );
      const expected = [1, 2, 3, 4, 5].map((text) => JSON.stringify({ text }));
      if (index % modes.length === 0) expect(texts.map(({ output }) => output)).toEqual(expected);
      await session.close();
    };
    await Promise.all(Array.from({ length: 50 }, answer));
    expect(server.count('tools/call')).toBe(250);
    expect([...server.sessions]).toEqual([]);
  });

  it('should keep the token out of what is told', async () => {
    const failed = await call('tool-error');
    expect(failed.error).toEqual({
      type: 'mcp_tool_execution_error',
      content: [{ type: 'text', text: 'got [redacted]' }],
    });
    const { error } = await call('rpc-error');
    expect(error).toMatchObject({ type: 'mcp_protocol_error', code: -32_602 });
    expect(error?.type === 'mcp_protocol_error' && error.message.length).toBeLessThanOrEqual(1_000);
    const listed = await open('leaky').list(NEVER);
    expect(listed).toMatchObject([{ name: 'echo', description: 'asked with [redacted]' }]);
    const told = [listed, await open('leaky').list(NEVER), await call('leaky'), await call('leaky-error')];
    const all = JSON.stringify([failed, error, told, await listFault('401'), gateway.lines]);
    expect(all).not.toContain(TOKEN);
    expect(server.asked.every(({ headers }) => headers.authorization === `Bearer ${TOKEN}`)).toBe(true);
  });
});
