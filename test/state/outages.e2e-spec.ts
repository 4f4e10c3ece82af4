import type { ResponseObject } from '../../src/contracts/responses-api.js';
import { createTestApp, type TestApp } from '../support/create-test-app.js';
import { completion, type FakeUpstream, startFakeUpstream } from '../support/fake-upstream.js';
import { HeldStream } from '../support/held-stream.js';
import { printFigure } from '../support/figures.js';
import { getJson, openStream, postJson } from '../support/http-client.js';
import type { Json } from '../support/json.js';
import { checkLifecycle } from '../support/lifecycle-oracle.js';
import { HAS_POSTGRES, PostgresServer } from '../support/postgres.js';
import { HAS_REDIS, RedisServer } from '../support/redis.js';
import { until } from '../support/until.js';

const TURN = { model: 'test-model', input: 'ping' };
const STREAM = { ...TURN, stream: true };

(HAS_POSTGRES && HAS_REDIS ? describe : describe.skip)('a server that is away for a while', () => {
  let postgres: PostgresServer;
  let redis: RedisServer;
  let upstream: FakeUpstream;
  let gateway: TestApp;
  let held: HeldStream;

  beforeAll(async () => {
    [postgres, redis] = await Promise.all([PostgresServer.start(), RedisServer.start()]);
  });
  afterAll(async () => {
    await postgres.stop();
    await redis.remove();
  });
  beforeEach(async () => {
    held = new HeldStream();
    upstream = await startFakeUpstream(({ path, body }) => {
      if (!path.endsWith('/chat/completions')) return undefined;
      return (body as Json).stream ? { chunks: held.chunks() } : { body: completion({ content: 'pong' }) };
    });
    gateway = await createTestApp({
      environment: {
        UPSTREAM_BASE_URL: upstream.url,
        DATABASE_URL: await postgres.createDatabase(),
        REDIS_URL: redis.url,
        LEASE_MS: '4000',
      },
    });
  });
  afterEach(async () => {
    held.release();
    await gateway.close();
    await upstream.close();
  });

  const url = (path = ''): string => `${gateway.url}/v1/responses${path}`;
  const create = async (): Promise<ResponseObject> => (await postJson(url(), TURN)).body as ResponseObject;
  const isReady = async (): Promise<boolean> => (await getJson(`${gateway.url}/health/ready`)).status === 200;

  /** Resolves once requests are answered again, and says how long it has taken. */
  async function recover(server: string, request: () => Promise<{ status: number }>): Promise<void> {
    const backAt = performance.now();
    await until(async () => (await request()).status === 200);
    const took = `${Math.round(performance.now() - backAt)} ms`;
    printFigure(`first success once ${server} accepts connections again`, took, 'without a restart');
  }

  async function openAnswer(body: object = STREAM) {
    const stream = await openStream(url(), body);
    let event = await stream.next();
    while (event && event.type !== 'response.output_text.delta') event = await stream.next();
    return stream;
  }

  it('should let running streams go on without PostgreSQL, and refuse what needs it, until it is back', async () => {
    const first = await create();
    const stream = await openAnswer();
    await postgres.kill();

    const needing = [
      getJson(url(`/${first.id}`)),
      postJson(url(), { ...TURN, previous_response_id: first.id }),
      postJson(url(), { ...TURN, input: [{ type: 'item_reference', id: 'msg_1' }] }),
      postJson(url(), { ...TURN, background: true }),
      postJson(`${gateway.url}/v1/conversations`, {}),
    ];
    for (const answer of await Promise.all(needing)) {
      expect(answer).toMatchObject({ status: 503, body: { error: { code: 'store_unavailable' } } });
      expect(answer.headers['retry-after']).toBeDefined();
      expect(answer.raw).not.toMatch(/postgres|ECONN|127\.0\.0\.1/i);
    }
    expect(await postJson(url(), { ...TURN, store: false })).toMatchObject({ status: 200 });
    // Nobody has asked for more than an answer, which says that it was not stored.
    expect(await postJson(url(), TURN)).toMatchObject({
      status: 200,
      headers: { 'x-gateway-warning': 'not_stored' },
      body: { store: false },
    });
    held.release();
    await stream.rest();
    checkLifecycle(stream.seen.events, { allowUnstored: true });
    expect(stream.seen.events.at(-1)).toMatchObject({
      type: 'response.completed',
      response: { store: false },
    });
    await until(async () => !(await isReady()));
    const ready = await getJson(`${gateway.url}/health/ready`);
    expect(ready).toMatchObject({ status: 503, body: { error: { message: 'Not ready: store.' } } });
    expect((await getJson(`${gateway.url}/health/live`)).status).toBe(200);

    await postgres.resume();
    await recover('PostgreSQL', () => getJson(url(`/${first.id}`)));
    await until(isReady);
    expect((await getJson(url(`/${first.id}`))).body).toEqual(first);
    const next = await postJson(url(), { ...TURN, previous_response_id: first.id });
    expect(next).toMatchObject({ status: 200, body: { store: true } });
  });

  it('should let answers go on without Redis, and refuse what needs it, until it is back', async () => {
    const first = await create();
    const { body } = await postJson(`${gateway.url}/v1/conversations`, {});
    const conversation = (body as { id: string }).id;
    const stream = await openAnswer();
    const background = await openAnswer({ ...STREAM, background: true });
    await redis.kill();

    const needing = [
      postJson(url(), { ...TURN, background: true }),
      postJson(url(), { ...TURN, conversation }),
      postJson(url(), TURN, { 'idempotency-key': 'k' }),
    ];
    for (const answer of await Promise.all(needing)) {
      expect(answer).toMatchObject({ status: 503, body: { error: { code: 'store_unavailable' } } });
      expect(answer.headers['retry-after']).toBeDefined();
    }
    expect((await getJson(url(`/${first.id}`))).body).toEqual(first);
    expect(await postJson(url(), { ...TURN, previous_response_id: first.id })).toMatchObject({ status: 200 });
    const ready = await getJson(`${gateway.url}/health/ready`);
    expect(ready).toMatchObject({ status: 503, body: { error: { message: 'Not ready: redis.' } } });
    held.release();
    await stream.rest();
    checkLifecycle(stream.seen.events);

    await redis.startAgain();
    await recover('Redis', () => postJson(url(), { ...TURN, conversation }));
    await until(isReady);
    await background.rest();
    checkLifecycle(background.seen.events, { allowQueued: true });
    expect(background.seen.events.at(-1)?.type).toBe('response.completed');
    expect(await postJson(url(), { ...TURN, conversation })).toMatchObject({ status: 200 });
    const later = await openAnswer({ ...STREAM, background: true });
    await later.rest();
    checkLifecycle(later.seen.events, { allowQueued: true });
  });
});
