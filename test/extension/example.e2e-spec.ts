import { createHmac } from 'node:crypto';
import { cpSync, mkdtempSync, realpathSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { jest } from '@jest/globals';
import Database from 'libsql';
import { expectEnvelope } from '../support/error-envelope.js';
import {
  chatStream,
  completion,
  type FakeUpstream,
  startFakeUpstream,
  textDelta,
  toolArguments,
  toolCallStart,
} from '../support/fake-upstream.js';
import { GatewayProcess } from '../support/gateway-process.js';
import { getJson, postJson, postStream } from '../support/http-client.js';
import type { Json } from '../support/json.js';
import { checkLifecycle, checkResponse } from '../support/lifecycle-oracle.js';
import { compile, installPacked, type Outcome } from '../support/packed-project.js';
import { until } from '../support/until.js';
import { useBuiltGateway } from '../support/use-built-gateway.js';
import { refusedUpgrade, SocketClient } from '../support/ws-client.js';

jest.setTimeout(400_000);

const EXAMPLE = fileURLToPath(new URL('../../examples/extension', import.meta.url));
const SECRET = 'a secret of sixteen letters';
const TURN = { model: 'test-model', input: 'Hi' };
const UUID = '[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}';

const built = useBuiltGateway();
let project: string;
let compiled: Outcome;
let upstream: FakeUpstream;
let processes: GatewayProcess[] = [];

beforeAll(async () => {
  project = realpathSync(mkdtempSync(join(tmpdir(), 'gateway-example-')));
  cpSync(EXAMPLE, project, {
    recursive: true,
    filter: (source) => !/extension\/(node_modules|dist)/.test(source),
  });
  installPacked(built.folder, project);
  compiled = await compile(project);
});
afterAll(() => {
  rmSync(project, { recursive: true, force: true });
});
beforeEach(async () => {
  upstream = await startFakeUpstream();
});
afterEach(async () => {
  await Promise.all(processes.map((gateway) => gateway.kill()));
  processes = [];
  await upstream.close();
});

function run(variables: Record<string, string> = {}): GatewayProcess {
  const main = join(project, 'node_modules/.bin/responses-gateway');
  const gateway = new GatewayProcess(
    { folder: project, main, remove: () => undefined },
    {
      EXTENSIONS: './dist/acme.module.js',
      UPSTREAM_BASE_URL: upstream.url,
      API_KEYS: 'a-key',
      ACME_TOKEN_SECRET: SECRET,
      ...variables,
    },
  );
  processes.push(gateway);
  return gateway;
}

const bearer = (token: string): Record<string, string> => ({ authorization: `Bearer ${token}` });
const signed = (employee: string, secret = SECRET): Record<string, string> =>
  bearer(`acme.${employee}.${createHmac('sha256', secret).update(employee).digest('base64url')}`);
const ADA = signed('ada');

/** The responses of a streamed answer, a whole one, and one over a WebSocket. */
async function askEachWay(url: string, pieces: string[], more: Json = {}): Promise<Json[]> {
  const request = { ...TURN, ...more };
  upstream.reply(chatStream(pieces));
  const { events } = await postStream(`${url}/v1/responses`, { ...request, stream: true }, ADA);
  checkLifecycle(events);
  upstream.reply(completion({ content: pieces.join('') }));
  const { body } = await postJson(`${url}/v1/responses`, request, ADA);
  checkResponse(body);
  upstream.reply(chatStream(pieces));
  const socket = await SocketClient.open(url, { headers: ADA });
  const turn = await socket.turn(request);
  await socket.close();
  checkLifecycle(turn.events);
  return [(events.at(-1) as unknown as Json).response as Json, body as Json, turn.response];
}

describe('examples/extension', () => {
  it('should compile against the packed gateway', () => {
    expect(compiled).toEqual({ code: 0, output: '' });
  });

  it('should decide who may call, and leave the keys in force', async () => {
    const gateway = run();
    const url = await gateway.listening();
    expect(gateway.stdout).toContain('AuthStrategy by TokenElseKeyStrategy (AcmeModule)');
    const usage = (headers: Record<string, string>) => getJson(`${url}/v1/acme/usage`, headers);
    expect((await usage(ADA)).body).toEqual({ caller: 'acme-ada', tokens: 0 });
    expect((await usage(bearer('a-key'))).body).toEqual({
      caller: expect.stringMatching(/^key-/) as string,
      tokens: 0,
    });
    for (const headers of [{}, bearer('another-key')]) expect((await usage(headers)).status).toBe(401);
    const forged = signed('ada', 'another secret of letters');
    expectEnvelope(await postJson(`${url}/v1/responses`, TURN, forged), {
      status: 401,
      type: 'authentication_error',
      code: 'invalid_api_key',
      message: 'This token was not signed by us.',
    });
    expect((await refusedUpgrade(`${url}/v1/responses`, forged)).status).toBe(401);
    expect((await getJson(`${url}/v1/acme/terms`)).body).toEqual({ budget: 1_000_000 });
    expect(upstream.chats).toEqual([]);
  });

  it('should change the text and the ids of every answer, and see what each has used', async () => {
    const url = await run().listening();
    const responses = await askEachWay(url, ['Write to ada.love', 'lace@acme', '.example, or call.']);
    for (const response of responses) {
      expect(response).toMatchObject({
        id: expect.stringMatching(new RegExp(`^resp_${UUID}$`)) as string,
        status: 'completed',
        output_text: 'Write to [address], or call.',
        output: [{ id: expect.stringMatching(new RegExp(`^msg_${UUID}$`)) as string }],
      });
    }
    const { body } = await getJson(`${url}/v1/acme/usage`, ADA);
    expect(body).toEqual({ caller: 'acme-ada', tokens: 3 * 17 });
  });

  it('should count how calls have ended', async () => {
    const url = await run().listening();
    await askEachWay(url, ['pong']);
    expect((await postJson(`${url}/v1/responses`, TURN, bearer('another-key'))).status).toBe(401);
    let calls: Json = {};
    // A connection has ended a moment after its client knows.
    await until(async () => {
      calls = (await getJson(`${url}/v1/acme/calls`, ADA)).body as Json;
      return '/v1/responses 101' in calls;
    });
    expect(calls).toMatchObject({ '/v1/responses completed': 3, '/v1/responses invalid_api_key': 1 });
  });

  it('should refuse what the public must not be told', async () => {
    const url = await run({ ACME_CODE_NAME: 'Foxglove' }).listening();
    const pieces = ['It is Fox', 'glove.'];
    const withheld = await askEachWay(url, pieces, { metadata: { audience: 'public' } });
    for (const response of withheld) {
      expect(response).toMatchObject({
        status: 'incomplete',
        incomplete_details: { reason: 'content_filter' },
        output: [{ content: [{ type: 'refusal', refusal: 'I cannot talk about that.' }] }],
      });
    }
    for (const response of await askEachWay(url, pieces)) {
      expect(response).toMatchObject({ status: 'completed', output_text: 'It is Foxglove.' });
    }
  });

  it('should read the calls of its own format', async () => {
    const url = await run({ TOOL_CALL_PARSER: 'call-lines' }).listening();
    const tools = [{ type: 'function', name: 'search', parameters: { type: 'object', properties: {} } }];
    const responses = await askEachWay(url, ['Look:\nCALL sea', 'rch {"q": "x"}'], { tools });
    for (const response of responses) {
      expect(response).toMatchObject({
        output: [
          { type: 'message', content: [{ text: 'Look:\n' }] },
          { type: 'function_call', name: 'search', arguments: '{"q": "x"}', status: 'completed' },
        ],
      });
    }
  });

  it('should have the prices found by the model', async () => {
    const url = await run().listening();
    const tools = [{ type: 'mcp', server_label: 'prices', require_approval: 'never' }];
    const find = (article: string) => [
      toolCallStart(0, 'call_1', 'prices__find'),
      toolArguments(0, JSON.stringify({ article })),
    ];
    upstream.reply(chatStream(find('anvil')));
    upstream.reply(chatStream(find('balloon')));
    upstream.reply(chatStream([textDelta('An anvil is 49.90 EUR.')]));
    const { events } = await postStream(`${url}/v1/responses`, { ...TURN, tools, stream: true }, ADA);
    checkLifecycle(events);
    const { response } = events.at(-1) as unknown as { response: Json };
    expect(response).toMatchObject({
      output_text: 'An anvil is 49.90 EUR.',
      output: [
        { type: 'mcp_list_tools', server_label: 'prices', tools: [{ name: 'find' }] },
        { type: 'mcp_call', name: 'find', output: '49.90 EUR', status: 'completed' },
        { type: 'mcp_call', status: 'failed', error: { content: [{ text: 'There is no such article.' }] } },
        { type: 'message' },
      ],
    });
  });

  it('should end the use of a caller whose budget is used up, and of no other', async () => {
    const url = await run({ ACME_BUDGET: '17' }).listening();
    upstream.reply(completion({ content: 'pong' }));
    expect((await postJson(`${url}/v1/responses`, TURN, ADA)).status).toBe(200);
    const refused = { status: 429, code: 'rate_limit_exceeded', message: 'Your tokens are used up.' };
    for (const stream of [false, true]) {
      const answer = await postJson(`${url}/v1/responses`, { ...TURN, stream }, ADA);
      expectEnvelope(answer, { ...refused, type: 'rate_limit_error' });
    }
    const socket = await SocketClient.open(url, { headers: ADA });
    expect((await socket.turn({ input: 'Hi' })).error).toMatchObject({
      status: 429,
      error: { code: 'rate_limit_exceeded', message: 'Your tokens are used up.' },
    });
    await socket.close();
    upstream.reply(completion({ content: 'pong' }));
    expect((await postJson(`${url}/v1/responses`, TURN, signed('bob'))).status).toBe(200);
    expect(upstream.chats).toHaveLength(2);
  });

  it('should keep what is confidential for a day', async () => {
    const file = join(project, 'responses.db');
    const gateway = run({ DATABASE_URL: `file:${file}` });
    const url = await gateway.listening();
    expect(gateway.stdout).toContain('ResponseStore by RetentionStore (AcmeModule)');
    const ids = [];
    for (const confidential of ['yes', 'no']) {
      upstream.reply(completion({ content: 'pong' }));
      const { body } = await postJson(`${url}/v1/responses`, { ...TURN, metadata: { confidential } }, ADA);
      ids.push((body as Json).id);
    }
    await gateway.kill();
    const database = new Database(file);
    const days = ids.map((id) => {
      const query = 'select expires_at, body from responses where id = ?';
      const row = database.prepare(query).get(id) as { expires_at: number; body: string };
      return (row.expires_at - (JSON.parse(row.body) as { created_at: number }).created_at) / 86_400;
    });
    database.close();
    expect(days).toEqual([1, 30]);
  });

  it('should have its variables checked at the start', async () => {
    const gateway = run({ ACME_TOKEN_SECRET: 'short', ACME_BUDGET: 'many' });
    expect(await gateway.exited).toBe(1);
    expect(gateway.stderr).toMatch(/ACME_TOKEN_SECRET=\(hidden\): must be longer/);
    expect(gateway.stderr).toMatch(/ACME_BUDGET=many/);
  });

  it('should be able to start the gateway itself', async () => {
    const gateway = new GatewayProcess(
      { folder: project, main: join(project, 'dist/start.js'), remove: () => undefined },
      { UPSTREAM_BASE_URL: upstream.url, ACME_TOKEN_SECRET: SECRET },
    );
    processes.push(gateway);
    await gateway.until(() => /^http:\S+\n/m.test(gateway.stdout));
    const [url = ''] = /^http:\S+/m.exec(gateway.stdout) ?? [];
    expect((await getJson(`${url}/v1/acme/usage`, ADA)).body).toEqual({ caller: 'acme-ada', tokens: 0 });
  });

  it('should be able to answer without a model server', async () => {
    const url = await run({
      EXTENSIONS: './dist/acme.module.js,./dist/canned.module.js',
      UPSTREAM_BASE_URL: '',
    }).listening();
    const { body } = await postJson(`${url}/v1/responses`, { ...TURN, model: 'canned' }, ADA);
    expect(body).toMatchObject({ output_text: 'I am canned.' });
  });
});
