import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { jest } from '@jest/globals';
import type { ResponseObject } from '../../src/contracts/responses-api.js';
import { FakeMcpServer } from '../support/fake-mcp-server.js';
import {
  chatStream,
  completion,
  type FakeUpstream,
  startFakeUpstream,
  textDelta,
  toolArguments,
  toolCallStart,
} from '../support/fake-upstream.js';
import { exchange, getJson, postJson, postStream } from '../support/http-client.js';
import { checkLifecycle } from '../support/lifecycle-oracle.js';
import { TraceReceiver } from '../support/trace-receiver.js';
import { until } from '../support/until.js';
import { useBuiltGateway } from '../support/use-built-gateway.js';
import { SocketClient } from '../support/ws-client.js';

jest.setTimeout(120_000);

/** In each credential; a server that repeats one has it redacted. */
const SECRET = 'zk7-nobody-may-keep-this';

describe('the credentials of MCP servers', () => {
  const built = useBuiltGateway();
  let upstream: FakeUpstream;
  let server: FakeMcpServer;
  let receiver: TraceReceiver;
  let folder: string;
  /** All that clients got. */
  let answers: string[];

  beforeEach(async () => {
    [upstream, server, receiver] = await Promise.all([
      startFakeUpstream(),
      FakeMcpServer.start(),
      TraceReceiver.start(),
    ]);
    folder = mkdtempSync(join(tmpdir(), 'gateway-secrets-'));
    answers = [];
  });
  afterEach(async () => {
    await Promise.all([upstream.close(), server.close(), receiver.close()]);
    rmSync(folder, { recursive: true });
  });

  const tool = (mode = 'plain') => ({
    type: 'mcp',
    server_label: 'here',
    server_url: `${server.url(mode)}?key=${SECRET}`,
    authorization: `${SECRET}-token`,
    headers: { 'x-key': `${SECRET}-header` },
    require_approval: 'never',
  });
  /** Tools that an item brings along, or a namespace. */
  const brought = {
    type: 'additional_tools',
    role: 'developer',
    tools: [{ type: 'mcp', server_label: 'later', authorization: SECRET, headers: { a: SECRET } }],
  };
  const nested = {
    type: 'namespace',
    name: 'box',
    tools: [{ type: 'mcp', server_label: 'inner', authorization: SECRET, headers: { a: SECRET } }],
  };
  const body = (options: object = {}) => ({
    model: 'test-model',
    input: [brought, { role: 'user', content: 'Do it' }],
    tools: [tool(), nested],
    ...options,
  });
  const start = () =>
    built.run({
      UPSTREAM_BASE_URL: upstream.url,
      DATABASE_URL: `file:${join(folder, 'gateway.db')}`,
      MCP_ALLOWED_HOSTS: '127.0.0.1',
      LOG_LEVEL: 'trace',
      AUDIT_LOG: join(folder, 'audit.log'),
      OTEL_EXPORTER_OTLP_ENDPOINT: receiver.url,
      OTEL_BSP_SCHEDULE_DELAY: '20',
    });
  const kept = () => readdirSync(folder).map((name) => readFileSync(join(folder, name), 'latin1'));
  const replyCall = () => {
    upstream.reply(chatStream([toolCallStart(0, 'c', 'here__echo'), toolArguments(0, '{"text":"a"}')]));
    upstream.reply(chatStream([textDelta('Done.')]));
  };

  it('should be in no file, log line, trace or answer, whichever way a request is answered', async () => {
    const gateway = start();
    const origin = await gateway.listening();
    const url = `${origin}/v1/responses`;
    const post = async (given: object, headers: Record<string, string> = {}) => {
      const { raw, body: parsed } = await postJson(url, given, headers);
      answers.push(raw);
      return parsed as ResponseObject;
    };

    const call = { toolCalls: [{ id: 'c', name: 'here__echo', arguments: '{"text":"a"}' }] };
    upstream.reply(completion(call));
    upstream.reply(completion({ content: 'Done.' }));
    const first = await post(body(), { 'idempotency-key': 'one' });
    expect(first.status).toBe('completed');
    await post(body(), { 'idempotency-key': 'one' });
    answers.push((await getJson(`${url}/${first.id}`)).raw);
    answers.push((await getJson(`${url}/${first.id}/input_items`)).raw);

    for (const mode of ['plain', 'tool-error', 'rpc-error', '401', 'call-401']) {
      replyCall();
      const streamed = await postStream(url, body({ stream: true, tools: [tool(mode)] }));
      if (streamed.events.length > 0) checkLifecycle(streamed.events);
      answers.push(streamed.raw);
    }
    answers.push((await postJson(url, body({ tools: [{ ...tool(), headers: { a: [SECRET] } }] }))).raw);
    answers.push(
      (await postJson(url, body({ tools: [{ ...tool(), server_url: `ftp://x/?${SECRET}` }] }))).raw,
    );

    const { raw, body: conversation } = await postJson(`${origin}/v1/conversations`, { items: [brought] });
    answers.push(raw);
    const { id } = conversation as { id: string };
    answers.push((await getJson(`${origin}/v1/conversations/${id}/items`)).raw);

    const client = await SocketClient.open(origin);
    replyCall();
    const turn = await client.turn(body({ store: false }));
    replyCall();
    const next = await client.turn(body({ previous_response_id: turn.response.id, input: 'And?' }));
    answers.push(JSON.stringify([turn, next]));
    await client.close();

    await receiver.span('POST /v1/responses');
    gateway.signal('SIGTERM');
    await gateway.exited;
    expect(server.asked.some(({ headers }) => headers.authorization === `Bearer ${SECRET}-token`)).toBe(true);
    expect(answers.length).toBeGreaterThan(12);
    for (const text of [...answers, ...kept(), receiver.raw, gateway.stdout, gateway.stderr]) {
      expect(text.includes(SECRET)).toBe(false);
    }
  });

  it('should be sealed while a response waits in the background, and used when it is answered', async () => {
    const gateway = start();
    const url = `${await gateway.listening()}/v1/responses`;
    let answer: () => void = () => undefined;
    const wait = new Promise<void>((resolve) => (answer = resolve));
    const turn = chatStream([toolCallStart(0, 'c', 'here__echo'), toolArguments(0, '{}')]);
    upstream.reply({ body: turn, delayHeaders: wait });
    upstream.reply(chatStream([textDelta('Done.')]));
    const begun = await postJson(url, body({ background: true, stream: false }));
    expect(begun.body).toMatchObject({ status: 'queued' });
    const { id } = begun.body as ResponseObject;
    await until(() => upstream.chats.length === 1);
    for (const text of [...kept(), begun.raw]) expect(text.includes(SECRET)).toBe(false);
    answer();
    let response: ResponseObject | undefined;
    await until(async () => {
      response = (await getJson(`${url}/${id}`)).body as ResponseObject;
      return response.status === 'completed';
    });
    expect(response?.output).toMatchObject([
      { type: 'mcp_list_tools' },
      { type: 'mcp_call' },
      { type: 'message' },
    ]);
    const { status } = await exchange('DELETE', `${url}/${id}`, undefined);
    expect(status).toBe(200);
    gateway.signal('SIGTERM');
    await gateway.exited;
    for (const text of [...kept(), gateway.stdout, gateway.stderr]) expect(text.includes(SECRET)).toBe(false);
  });
});
