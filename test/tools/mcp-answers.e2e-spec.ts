import type { ChatRequest } from '../../src/contracts/chat-completions.js';
import type { ResponseEvent } from '../../src/contracts/response-events.js';
import type { ResponseObject } from '../../src/contracts/responses-api.js';
import { createTestApp, type TestApp } from '../support/create-test-app.js';
import {
  chatStream,
  type FakeUpstream,
  startFakeUpstream,
  textDelta,
  toolArguments,
  toolCallStart,
} from '../support/fake-upstream.js';
import { FakeMcpServer } from '../support/fake-mcp-server.js';
import { getJson, postJson, postStream } from '../support/http-client.js';
import { checkLifecycle } from '../support/lifecycle-oracle.js';
import { until } from '../support/until.js';
import { useBuiltGateway } from '../support/use-built-gateway.js';

const KEY = 'planted-token';
const CALL = chatStream([toolCallStart(0, 'c', 'here__echo'), toolArguments(0, '{"text":"a"}')]);
const RESULT = '{"text":"a"}';
const DONE = chatStream([textDelta('Done.')]);
const UNLISTED = {
  type: 'external_connector_error',
  code: 'http_error',
  param: 'tools',
  message: expect.stringContaining("Error retrieving tool list from MCP server: 'here'.") as string,
};

describe('answers with tools of an MCP server', () => {
  let upstream: FakeUpstream;
  let mcp: FakeMcpServer;
  let gateway: TestApp;

  beforeEach(async () => {
    [upstream, mcp] = await Promise.all([startFakeUpstream(), FakeMcpServer.start()]);
  });
  afterEach(async () => {
    await gateway.close();
    await Promise.all([upstream.close(), mcp.close()]);
  });

  async function start(environment: Record<string, string> = {}): Promise<string> {
    gateway = await createTestApp({
      environment: {
        UPSTREAM_BASE_URL: upstream.url,
        MCP_ALLOWED_HOSTS: `127.0.0.1:${mcp.port}`,
        DATABASE_URL: 'memory:',
        ...environment,
      },
    });
    return `${gateway.url}/v1/responses`;
  }
  const ask = (mode: string, options: object = {}) => ({
    model: 'm',
    input: 'Do it',
    tools: [
      {
        type: 'mcp',
        server_label: 'here',
        server_url: mcp.url(mode),
        authorization: KEY,
        require_approval: 'never',
      },
    ],
    ...options,
  });
  const chat = (turn: number) => upstream.chats[turn]?.body as ChatRequest;

  function responseOf(events: readonly ResponseEvent[]): ResponseObject {
    checkLifecycle(events);
    const last = events.at(-1);
    if (!last || !('response' in last)) throw new Error('no terminal event');
    return last.response;
  }

  const LOST = ['401', '500', 'redirect', 'hang-list', 'hang-initialize', 'flood-list'];
  it.each(LOST)('should be refused with 424 where the tools cannot be listed: %s', async (mode) => {
    const url = await start({ MCP_LIST_TIMEOUT_MS: '200' });
    expect(await postJson(url, ask(mode))).toMatchObject({ status: 424, body: { error: UNLISTED } });
    expect(await postStream(url, ask(mode, { stream: true }))).toMatchObject({
      status: 424,
      body: { error: UNLISTED },
    });
    expect(upstream.chats).toEqual([]);
    await until(() => mcp.sessions.size === 0);
  });

  it.each([false, true])('should be refused with it in the background too (stream: %s)', async (stream) => {
    const url = await start();
    const answer = await postJson(url, ask('401', { background: true, stream }));
    expect(answer).toMatchObject({ status: 424, body: { error: UNLISTED } });
  });

  it('should be refused with it where listing takes longer than a stream waits to begin', async () => {
    const url = await start({ STREAM_START_TIMEOUT_MS: '30', MCP_LIST_TIMEOUT_MS: '300' });
    const answer = await postStream(url, ask('hang-list', { stream: true }));
    expect(answer).toMatchObject({ status: 424, body: { error: UNLISTED } });
  });

  it('should have the token sent to the server, and to nobody else', async () => {
    const url = await start();
    upstream.reply(CALL);
    upstream.reply(DONE);
    const { raw, events } = await postStream(url, ask('plain', { stream: true }));
    const { id } = responseOf(events);
    expect(mcp.asked.length).toBeGreaterThan(2);
    for (const { headers } of mcp.asked) expect(headers.authorization).toBe(`Bearer ${KEY}`);
    const { raw: stored } = await getJson(`${url}/${id}`);
    const { raw: input } = await getJson(`${url}/${id}/input_items`);
    expect(raw + stored + input + JSON.stringify(upstream.chats)).not.toContain(KEY);
  });

  it('should have the token as long as a background response is worked on', async () => {
    const url = await start();
    upstream.reply(CALL);
    upstream.reply(DONE);
    const { id } = (await postJson(url, ask('plain', { background: true }))).body as ResponseObject;
    let raw = '';
    await until(async () => {
      ({ raw } = await getJson(`${url}/${id}`));
      return raw.includes('"completed_at":1');
    });
    expect(mcp.count('tools/call')).toBe(1);
    for (const { headers } of mcp.asked) expect(headers.authorization).toBe(`Bearer ${KEY}`);
    expect(raw).not.toContain(KEY);
  });

  it.each([
    ['http://example.com/mcp', '*'],
    ['https://example.com/mcp', 'none'],
    ['https://example.com/mcp', 'other.example.com'],
    ['ftp://example.com/mcp', '*'],
    ['https://user:pass@example.com/mcp', '*'],
    ['nonsense', '*'],
  ])('should be refused with 400 for %s where MCP_ALLOWED_HOSTS=%s', async (serverUrl, hosts) => {
    const url = await start({ MCP_ALLOWED_HOSTS: hosts });
    const tool = { type: 'mcp', server_label: 'here', server_url: serverUrl };
    for (const stream of [false, true])
      expect(await postJson(url, ask('plain', { stream, tools: [tool] }))).toMatchObject({
        status: 400,
        body: { error: { type: 'invalid_request_error', param: 'tools[0].server_url' } },
      });
  });

  it('should be without them, and say so, where MCP is off', async () => {
    const url = await start({ MCP_ENABLED: 'false' });
    upstream.reply(DONE);
    const { headers, events } = await postStream(url, ask('plain', { stream: true }));
    expect(responseOf(events).output_text).toBe('Done.');
    expect(headers['x-gateway-ignored']).toContain('mcp');
    expect(chat(0)).not.toHaveProperty('tools');
    expect(mcp.asked).toEqual([]);
  });

  it.each(['raw', 'prompt'])('should be made of raw text, TOOL_CALLS=%s', async (mode) => {
    const url = await start({ TOOL_CALL_PARSER: 'hermes', TOOL_CALLS: mode });
    const call = '<tool_call>\n{"name": "here__echo", "arguments": {"text": "a"}}\n</tool_call>';
    upstream.reply(chatStream(Array.from(`I look.\n${call}`, (text) => textDelta(text))));
    upstream.reply(DONE);
    const response = responseOf((await postStream(url, ask('plain', { stream: true }))).events);
    expect(response.output.map(({ type }) => type)).toEqual([
      'mcp_list_tools',
      'message',
      'mcp_call',
      'message',
    ]);
    expect(response.output[2]).toMatchObject({ name: 'echo', output: RESULT });
    expect('tools' in chat(0)).toBe(mode === 'raw');
    expect(JSON.stringify(chat(0))).toContain('here__echo');
    expect(JSON.stringify(chat(1).messages)).toContain(JSON.stringify(RESULT).slice(1, -1));
  });
});

describe('a gateway that is told to end during a call', () => {
  const built = useBuiltGateway();

  it('should end the call, the answer and itself', async () => {
    const [upstream, mcp] = await Promise.all([startFakeUpstream(), FakeMcpServer.start()]);
    upstream.reply(CALL);
    upstream.reply(DONE);
    const gateway = built.run({
      UPSTREAM_BASE_URL: upstream.url,
      MCP_ALLOWED_HOSTS: `127.0.0.1:${mcp.port}`,
      SHUTDOWN_GRACE_MS: '60000',
      LOG_LEVEL: 'silent',
    });
    const url = await gateway.listening();
    const tool = {
      type: 'mcp',
      server_label: 'here',
      server_url: mcp.url('late'),
      require_approval: 'never',
    };
    const answer = postStream(`${url}/v1/responses`, {
      model: 'm',
      input: 'Do it',
      stream: true,
      tools: [tool],
    });
    await until(() => mcp.count('tools/call') === 1);
    gateway.signal('SIGTERM');
    const { events } = await answer;
    checkLifecycle(events);
    expect(events.at(-1)).toMatchObject({ type: 'response.completed', response: { output_text: 'Done.' } });
    expect(await gateway.exited).toBe(0);
    expect(mcp.sessions.size).toBe(0);
    await Promise.all([upstream.close(), mcp.close()]);
  });
});
