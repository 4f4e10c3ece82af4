import type { ChatRequest } from '../../src/contracts/chat-completions.js';
import type { ResponseEvent } from '../../src/contracts/response-events.js';
import type { McpCallItem, ResponseObject } from '../../src/contracts/responses-api.js';
import { FakeMcpServer } from '../support/fake-mcp-server.js';
import {
  chatStream,
  type FakeUpstream,
  startFakeUpstream,
  textDelta,
  toolArguments,
  toolCallStart,
} from '../support/fake-upstream.js';
import { printFigure } from '../support/figures.js';
import type { GatewayProcess } from '../support/gateway-process.js';
import { getJson, postJson, postStream } from '../support/http-client.js';
import { checkLifecycle } from '../support/lifecycle-oracle.js';
import { cpuOf } from '../support/process-cpu.js';
import { until } from '../support/until.js';
import { useBuiltGateway } from '../support/use-built-gateway.js';

const LOOPS = 50;
const CALLS = 5;
/** Rounds whose CPU time is measured: one alone would drown in the garbage collector. */
const ROUNDS = 4;

const CALL_EVENTS = [
  'response.output_item.added',
  'response.mcp_call.in_progress',
  'response.mcp_call_arguments.delta',
  'response.mcp_call_arguments.done',
  'response.mcp_call.completed',
  'response.output_item.done',
];
const LIST_EVENTS = [
  'response.output_item.added',
  'response.mcp_list_tools.in_progress',
  'response.mcp_list_tools.completed',
  'response.output_item.done',
];
const MESSAGE_EVENTS = [
  'response.output_item.added',
  'response.content_part.added',
  'response.output_text.delta',
  'response.output_text.done',
  'response.content_part.done',
  'response.output_item.done',
];

/** Of URLs in which the machine itself, or the metadata of a cloud, hides. */
const PRIVATE_HOSTS = [
  '127.0.0.1',
  'localhost',
  'LOCALHOST.',
  '[::1]',
  '[::ffff:127.0.0.1]',
  '0.0.0.0',
  '127.1',
  '2130706433',
  '0x7f000001',
  '017700000001',
  'user@127.0.0.1',
  '169.254.169.254',
];

/** Calls so often as its prompt says, and then says what it was told: `loop 7, calls 5`. */
function answer({ messages }: ChatRequest): string {
  const results = messages.flatMap(({ role, content }) => (role === 'tool' ? [content] : []));
  const [, loop = '', calls = ''] =
    /loop (\d+), calls (\d+)/.exec(JSON.stringify(messages.find(({ role }) => role === 'user'))) ?? [];
  if (results.length === Number(calls)) return chatStream([textDelta(results.join(' ') || 'Nothing.')]);
  return chatStream([
    toolCallStart(0, `call_${results.length}`, 'here__echo'),
    toolArguments(0, JSON.stringify({ text: textOf(loop, results.length) })),
  ]);
}
const textOf = (loop: number | string, call: number): string => `${loop}-${call}`;

describe('loops of tool calls', () => {
  const built = useBuiltGateway();
  let mcp: FakeMcpServer;
  let canary: FakeMcpServer;
  let upstream: FakeUpstream;

  beforeEach(async () => {
    [mcp, canary] = await Promise.all([FakeMcpServer.start(), FakeMcpServer.start()]);
    mcp.canary = canary.url('plain');
    upstream = await startFakeUpstream(({ path, body }) =>
      path === '/v1/chat/completions' ? { body: answer(body as ChatRequest) } : undefined,
    );
  });
  afterEach(async () => {
    await Promise.all([mcp.close(), canary.close(), upstream.close()]);
  });

  const run = (variables: Record<string, string> = {}): GatewayProcess =>
    built.run({
      UPSTREAM_BASE_URL: upstream.url,
      MCP_ALLOWED_HOSTS: `127.0.0.1:${mcp.port}`,
      LOG_LEVEL: 'silent',
      ...variables,
    });
  const asking = (loop: number, calls: number, serverUrl = mcp.url('plain')) => ({
    model: 'm',
    input: `loop ${loop}, calls ${calls}`,
    stream: true,
    tools: [{ type: 'mcp', server_label: 'here', server_url: serverUrl, require_approval: 'never' }],
  });

  async function loop(
    url: string,
    body: object,
  ): Promise<{ events: ResponseEvent[]; response: ResponseObject }> {
    const { events } = await postStream(`${url}/v1/responses`, body);
    checkLifecycle(events);
    const last = events.at(-1);
    if (!last || !('response' in last)) throw new Error('no terminal event');
    return { events, response: last.response };
  }

  it(`should be ${LOOPS} at once, each in its order, and leave nothing open`, async () => {
    const gateway = run();
    const url = await gateway.listening();
    const expected = [
      'response.created',
      'response.in_progress',
      ...LIST_EVENTS,
      ...Array.from({ length: CALLS }, () => CALL_EVENTS).flat(),
      ...MESSAGE_EVENTS,
      'response.completed',
    ];
    const answers = await Promise.all(Array.from({ length: LOOPS }, (_, n) => loop(url, asking(n, CALLS))));
    for (const [n, { events, response }] of answers.entries()) {
      expect(events.map(({ type }) => type)).toEqual(expected);
      const results = Array.from({ length: CALLS }, (_, call) => JSON.stringify({ text: textOf(n, call) }));
      const calls = response.output.filter((item): item is McpCallItem => item.type === 'mcp_call');
      expect(calls.map(({ output }) => output)).toEqual(results);
      expect(response.output_text).toBe(results.join(' '));
    }
    expect(mcp.count('tools/call')).toBe(LOOPS * CALLS);
    await until(() => mcp.sessions.size === 0);
    await until(async () => (await mcp.connections()) === 0);
    await until(() => upstream.connections === 0);
    printFigure(
      `${LOOPS} loops of ${CALLS} calls at once`,
      `${answers.length} in exact order, ${mcp.sessions.size} of ${mcp.initialized} sessions and ${await mcp.connections()} connections left`,
      'all in order, 0 left',
    );
  });

  it('should cost little CPU time', async () => {
    const gateway = run({ STREAM_START_TIMEOUT_MS: '60000' });
    const url = await gateway.listening();
    const measure = async (calls: number): Promise<number> => {
      const before = cpuOf(gateway.pid);
      for (let round = 0; round < ROUNDS; round++)
        await Promise.all(Array.from({ length: LOOPS }, (_, n) => loop(url, asking(n, calls))));
      return cpuOf(gateway.pid) - before;
    };
    await measure(CALLS);
    const without = await measure(0);
    const spent = (await measure(CALLS)) - without;
    expect((await getJson(`${url}/health/live`)).status).toBe(200);
    printFigure(
      `CPU time that a call adds, with the turn of the model that follows it (${ROUNDS * LOOPS} loops of ${CALLS} calls less as many of none)`,
      `${(spent / (ROUNDS * LOOPS * CALLS)).toFixed(2)} ms`,
      '3 ms',
    );
  });

  it.each(['hang-call', 'hang-stream', 'steady-progress'])(
    'should go on when a call takes too long: %s',
    async (mode) => {
      const url = await run({ MCP_CALL_TIMEOUT_MS: '200' }).listening();
      const { response } = await loop(url, asking(1, 2, mcp.url(mode)));
      expect(response.status).toBe('completed');
      const calls = response.output.filter((item) => item.type === 'mcp_call');
      expect(calls).toMatchObject([
        { status: 'failed', error: { type: 'http_error', code: 504 } },
        { status: 'failed', error: { type: 'http_error', code: 504 } },
      ]);
      await until(() => mcp.sessions.size === 0);
      printFigure(`calls that never end (${mode})`, '2 ended at their limit, the answer went on', 'goes on');
    },
  );

  it('should not be led to the machine itself', async () => {
    const { port } = canary;
    const anywhere = await run({ MCP_ALLOWED_HOSTS: '*' }).listening();
    const ask = async (url: string, serverUrl: string) =>
      postJson(`${url}/v1/responses`, { ...asking(1, 1, serverUrl), stream: false });
    let tries = 0;
    for (const scheme of ['http', 'https'])
      for (const host of PRIVATE_HOSTS) {
        tries++;
        expect(await ask(anywhere, `${scheme}://${host}:${port}/plain`)).toMatchObject({
          status: 400,
          body: { error: { param: 'tools[0].server_url' } },
        });
      }
    const here = await run().listening();
    expect(await ask(here, mcp.url('redirect'))).toMatchObject({
      status: 424,
      body: { error: { type: 'external_connector_error', param: 'tools', code: 'http_error' } },
    });
    const { body } = await ask(here, mcp.url('redirect-call'));
    expect((body as ResponseObject).output[1]).toMatchObject({ status: 'failed', error: { code: 302 } });
    printFigure(
      'requests that reach a server of the machine itself',
      `${canary.asked.length} of ${tries} URLs and 2 redirects`,
      '0',
    );
    expect(canary.asked).toEqual([]);
    expect(await canary.connections()).toBe(0);
  });
});
