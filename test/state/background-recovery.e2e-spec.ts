import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import type { ResponseObject } from '../../src/contracts/responses-api.js';
import { Database } from '../../src/database/database.service.js';
import { GatewayError } from '../../src/errors/gateway-error.js';
import { extensionToken } from '../../src/extension/extension-point.js';
import { BackgroundEndings } from '../../src/responses/background/background-endings.service.js';
import { ResponseStore } from '../../src/state/response-store.js';
import { createTestApp } from '../support/create-test-app.js';
import {
  chatStream,
  completion,
  type FakeUpstream,
  startFakeUpstream,
  textDelta,
  toolArguments,
  toolCallStart,
} from '../support/fake-upstream.js';
import { getJson, getStream, openStream, postJson, postStream } from '../support/http-client.js';

const MODEL = 'test-model';
const never = new Promise<never>(() => undefined);

let upstream: FakeUpstream;
beforeEach(async () => {
  upstream = await startFakeUpstream();
});
afterEach(() => upstream.close());

describe('a background response of a conversation', () => {
  it('should hold its conversation while it waits, and give it back when it is cancelled', async () => {
    const environment = {
      UPSTREAM_BASE_URL: upstream.url,
      DATABASE_URL: 'memory:',
      BACKGROUND_CONCURRENCY: '1',
      LEASE_MS: '3000',
    };
    const other = await createTestApp({ environment });
    const post = (path: string, body: object) => postJson(`${other.url}/v1/${path}`, body);
    const conversation = ((await post('conversations', {})).body as { id: string }).id;
    upstream.reply({ delayHeaders: never });
    await post('responses', { model: MODEL, input: 'busy', background: true });
    await upstream.waitForChat();
    const turn = { model: MODEL, input: 'ping', conversation };
    const waiting = (await post('responses', { ...turn, background: true })).body as ResponseObject;
    // Longer than a lease lasts that nobody renews.
    const until = performance.now() + 4_500;
    while (performance.now() < until) {
      await pause(100);
      expect((await post('responses', turn)).body).toMatchObject({ error: { code: 'conversation_locked' } });
    }
    expect((await post(`responses/${waiting.id}/cancel`, {})).body).toMatchObject({ status: 'cancelled' });
    upstream.reply({ body: completion({ content: 'pong' }) });
    expect((await post('responses', turn)).status).toBe(200);
    await other.close();
  });
});

describe('background responses of a process that is told to end', () => {
  it('should be finished where they are worked on, and left to others where they wait', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'background-'));
    const environment = {
      UPSTREAM_BASE_URL: upstream.url,
      DATABASE_URL: `file:${join(folder, 'gateway.db')}`,
      BACKGROUND_CONCURRENCY: '1',
      SHUTDOWN_GRACE_MS: '10000',
    };
    let answer!: () => void;
    const delayHeaders = new Promise<void>((resolve) => (answer = resolve));
    upstream.reply({ body: completion({ content: 'pong' }), delayHeaders });
    const first = await createTestApp({ environment });
    const begin = async (): Promise<string> => {
      const turn = { model: MODEL, input: 'ping', background: true };
      return ((await postJson(`${first.url}/v1/responses`, turn)).body as ResponseObject).id;
    };
    const working = await begin();
    await upstream.waitForChat();
    const waiting = await begin();
    const closing = first.close();
    answer();
    await closing;
    expect(upstream.chats).toHaveLength(1);
    const next = await createTestApp({ environment });
    const statuses = await Promise.all(
      [working, waiting].map(async (id) => (await getJson(`${next.url}/v1/responses/${id}`)).body),
    );
    expect(statuses).toMatchObject([{ status: 'completed', output_text: 'pong' }, { status: 'failed' }]);
    await next.close();
    rmSync(folder, { recursive: true });
  });
});

describe('a background stream whose process has died', () => {
  let folder: string;
  let environment: Record<string, string>;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'background-'));
    environment = {
      UPSTREAM_BASE_URL: upstream.url,
      DATABASE_URL: `file:${join(folder, 'gateway.db')}`,
      LEASE_MS: '1000',
    };
  });
  afterEach(() => {
    rmSync(folder, { recursive: true });
  });

  it('should end with the items that were done, in the response and in its last event', async () => {
    const app = await createTestApp({ environment });
    upstream.reply({ chunks: partial() });
    const stream = await openStream(`${app.url}/v1/responses`, {
      model: MODEL,
      input: 'ping',
      tools: [{ type: 'function', name: 'look', parameters: { type: 'object', properties: {} } }],
      background: true,
      stream: true,
    });
    let id = '';
    for (let event = await stream.next(); event; event = await stream.next()) {
      if (event.type === 'response.created') ({ id } = event.response);
      if (event.type === 'response.output_item.done') break;
    }
    // As another replica does that finds it without a worker.
    const store = app.app.get<ResponseStore>(extensionToken(ResponseStore), { strict: false });
    const stored = (await store.find('anonymous', id))!;
    const error = new GatewayError('internal_error');
    const endings = app.app.get(BackgroundEndings, { strict: false });
    expect(await endings.fail('anonymous', stored, error)).toBe(true);
    const { body } = await getJson(`${app.url}/v1/responses/${id}`);
    expect(body).toMatchObject({ status: 'failed', output: [{ type: 'message' }], output_text: 'pong' });
    const { events } = await getStream(`${app.url}/v1/responses/${id}?stream=true`);
    expect(events.at(-1)).toMatchObject({ type: 'response.failed', response: body });
    stream.destroy();
    await app.close();
  });

  it('should end though the process has died between the response and its last event', async () => {
    const app = await createTestApp({ environment });
    upstream.reply(chatStream(['po', 'ng']));
    const first = await postStream(`${app.url}/v1/responses`, {
      model: MODEL,
      input: 'ping',
      background: true,
      stream: true,
    });
    await app.app.get(Database).db.deleteFrom('events').where('is_end', '=', 1).execute();
    const { id } = (first.events[0] as { response: ResponseObject }).response;
    const { events, done } = await getStream(`${app.url}/v1/responses/${id}?stream=true`);
    expect(done).toBe(true);
    expect(events.at(-1)).toEqual({
      ...first.events.at(-1),
      sequence_number: events.length - 1,
    });
    await app.close();
  });
});

/** A text that is done, and a call that is not. */
async function* partial(): AsyncGenerator<string> {
  const pieces = [textDelta('pong'), toolCallStart(0, 'call_1', 'look'), toolArguments(0, '{')];
  yield chatStream(pieces, { finish: null, usage: null, done: false });
  await new Promise(() => undefined);
}
