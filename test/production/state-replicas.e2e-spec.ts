import { setTimeout as pause } from 'node:timers/promises';
import { jest } from '@jest/globals';
import type { ResponseEvent } from '../../src/contracts/response-events.js';
import type { ResponseObject } from '../../src/contracts/responses-api.js';
import {
  chatFrames,
  chatStream,
  completion,
  type FakeUpstream,
  type ScriptedAnswer,
  startFakeUpstream,
  type UpstreamRequest,
} from '../support/fake-upstream.js';
import type { GatewayProcess } from '../support/gateway-process.js';
import { exchange, getJson, getStream, openStream, postJson, postStream } from '../support/http-client.js';
import type { Json } from '../support/json.js';
import { checkLifecycle } from '../support/lifecycle-oracle.js';
import { HAS_POSTGRES, PostgresServer } from '../support/postgres.js';
import { HAS_REDIS, RedisServer } from '../support/redis.js';
import { useBuiltGateway } from '../support/use-built-gateway.js';

const TURN = { model: 'test-model', input: 'ping' };
const BACKGROUND = { ...TURN, background: true };
const LEASE_MS = 3_000;
const STREAMS = 200;
const DISCONNECTS = 3;
const TERMINAL = new Set(['response.completed', 'response.incomplete', 'response.failed']);
const never = new Promise<never>(() => undefined);

jest.setTimeout(300_000);

const HAS_SERVERS = HAS_POSTGRES && HAS_REDIS;

(HAS_SERVERS ? describe : describe.skip)('two gateways on one PostgreSQL and one Redis', () => {
  const built = useBuiltGateway();
  let postgres: PostgresServer;
  let redis: RedisServer;
  let upstream: FakeUpstream;
  let answer: (request: UpstreamRequest) => ScriptedAnswer;
  let replicas: [GatewayProcess, GatewayProcess];
  let urls: [string, string];
  let variables: Record<string, string>;

  beforeAll(async () => {
    [postgres, redis] = await Promise.all([PostgresServer.start(), RedisServer.start()]);
  });
  afterAll(async () => {
    await postgres.stop();
    await redis.remove();
  });

  beforeEach(async () => {
    answer = ({ body }) =>
      (body as Json).stream ? { body: chatStream(['po', 'ng']) } : { body: completion({ content: 'pong' }) };
    upstream = await startFakeUpstream((request) =>
      request.path.endsWith('/chat/completions') ? answer(request) : undefined,
    );
    variables = {
      UPSTREAM_BASE_URL: upstream.url,
      DATABASE_URL: await postgres.createDatabase(),
      REDIS_URL: redis.url,
      LEASE_MS: `${LEASE_MS}`,
      BACKGROUND_CONCURRENCY: `${STREAMS}`,
      SHUTDOWN_GRACE_MS: '0',
    };
    // At the same moment: the schema is made once.
    replicas = [built.run(variables), built.run(variables)];
    urls = await Promise.all([replicas[0].listening(), replicas[1].listening()]);
  });
  afterEach(() => upstream.close());

  const at = (replica: number, path = ''): string => `${urls[replica % 2]}/v1/responses${path}`;

  async function ended(id: string, replica = 1): Promise<ResponseObject> {
    for (;;) {
      const response = (await getJson(at(replica, `/${id}`))).body as ResponseObject;
      if (response.status !== 'queued' && response.status !== 'in_progress') return response;
      await pause(20);
    }
  }

  it('should answer as one', async () => {
    const first = (await postJson(at(0), TURN)).body as ResponseObject;
    expect((await getJson(at(1, `/${first.id}`))).body).toEqual(first);
    const next = { ...TURN, previous_response_id: first.id };
    expect(await postJson(at(1), next)).toMatchObject({
      status: 200,
      body: { previous_response_id: first.id },
    });
    const [item] = first.output;
    expect(
      (await postJson(at(1), { ...TURN, input: [{ type: 'item_reference', id: item?.id }] })).status,
    ).toBe(200);

    const key = { 'idempotency-key': 'once' };
    const kept = await postStream(at(0), { ...TURN, stream: true }, key);
    const askAgain = () => postStream(at(1), { ...TURN, stream: true }, key);
    let again = await askAgain();
    // The key is in use for a moment longer than its stream is read.
    while (again.status === 409) again = await askAgain();
    expect(again.events).toEqual(kept.events);

    const { id } = (await postJson(at(0).replace('responses', 'conversations'), {})).body as { id: string };
    answer = () => ({ chunks: hang(chatFrames(['po'], { finish: null, usage: null, done: false })) });
    const stream = await openStream(at(0), { ...TURN, stream: true, conversation: id });
    await stream.next();
    expect(await postJson(at(1), { ...TURN, conversation: id })).toMatchObject({
      status: 400,
      body: { error: { code: 'conversation_locked' } },
    });
    stream.destroy();
    expect((await exchange('DELETE', at(1, `/${first.id}`), undefined)).status).toBe(200);
    expect((await getJson(at(0, `/${first.id}`))).status).toBe(404);
  });

  it('should cancel what the other one works on', async () => {
    answer = () => ({ chunks: hang(chatFrames(['po'], { finish: null, usage: null, done: false })) });
    const took: number[] = [];
    for (let round = 0; round < 4; round++) {
      const stream = await openStream(at(round), { ...BACKGROUND, stream: true });
      let event: ResponseEvent | undefined;
      do event = await stream.next();
      while (event?.type !== 'response.output_text.delta');
      const { id } = (stream.seen.events[0] as { response: ResponseObject }).response;
      const before = performance.now();
      const cancelling = postJson(at(round + 1, `/${id}/cancel`), {});
      await upstream.waitForAbort(round + 1);
      took.push(Math.round(performance.now() - before));
      expect(await cancelling).toMatchObject({ status: 200, body: { status: 'cancelled' } });
      await stream.rest();
      checkLifecycle(stream.seen.events, { allowQueued: true });
    }
    process.stdout.write(
      `Cancelled from any replica: the model server was left after ${took.join(', ')} ms.\n`,
    );
  });

  it('should take over what a killed one had not begun, and end what it had', async () => {
    await replicas[1].kill();
    answer = (request) =>
      request === upstream.chats[0]
        ? { delayHeaders: never }
        : { chunks: hang(chatFrames(['po'], { finish: null, usage: null, done: false })) };
    const { id: silent } = (await postJson(at(0), BACKGROUND)).body as ResponseObject;
    await upstream.waitForChat(1);
    const stream = await openStream(at(0), { ...BACKGROUND, stream: true });
    let event: ResponseEvent | undefined;
    do event = await stream.next();
    while (event?.type !== 'response.output_text.delta');
    const { id: spoken } = (stream.seen.events[0] as { response: ResponseObject }).response;
    stream.destroy();
    answer = () => ({ body: completion({ content: 'pong' }) });
    const other = built.run(variables);
    urls = [urls[0], await other.listening()];
    const before = performance.now();
    await replicas[0].kill();
    const [first, second] = await Promise.all([ended(silent), ended(spoken)]);
    const seconds = ((performance.now() - before) / 1_000).toFixed(1);
    process.stdout.write(
      `A replica was killed: all it worked on had ended after ${seconds} s (LEASE_MS=${LEASE_MS}).\n`,
    );
    expect(first).toMatchObject({ status: 'completed', output_text: 'pong' });
    expect(second).toMatchObject({ status: 'failed', error: { code: 'server_error' } });
    const { events } = await getStream(at(1, `/${spoken}?stream=true`));
    expect(events.at(-1)).toMatchObject({ type: 'response.failed', response: second });
    expect(upstream.chats).toHaveLength(3);
  });

  it('should have streams read on anywhere, whoever is killed', async () => {
    answer = () => ({ chunks: slowly(chatFrames(Array.from({ length: 40 }, (_, index) => `w${index} `))) });
    const reads = Array.from({ length: STREAMS }, (_, index) => readOn(index));
    await upstream.waitForChat(STREAMS / 2);
    await replicas[0].kill();
    const streams = await Promise.all(reads);
    const outcomes = { completed: 0, failed: 0 };
    for (const events of streams) {
      const last = events.at(-1) as { type: string; response: ResponseObject };
      expect(events.map((event) => event.sequence_number)).toEqual(events.map((_, index) => index));
      expect((await getJson(at(1, `/${last.response.id}`))).body).toEqual(last.response);
      if (last.type === 'response.completed') {
        checkLifecycle(events, { allowQueued: true });
        outcomes.completed++;
      } else outcomes.failed++;
    }
    process.stdout.write(
      `${STREAMS} streams with ${DISCONNECTS} disconnects each over two replicas, one killed: ${outcomes.completed} completed and exact, ${outcomes.failed} failed with the process that worked on them.\n`,
    );
    expect(outcomes.completed).toBeGreaterThan(0);
  });

  /** A client that loses its connection now and then, and reads on with the other replica where there is one. */
  async function readOn(index: number): Promise<ResponseEvent[]> {
    const events: ResponseEvent[] = [];
    let id = '';
    let left = DISCONNECTS;
    for (let attempt = 0; ; attempt++) {
      const patience = left > 0 ? 1 + Math.floor(Math.random() * 20) : Infinity;
      try {
        const path =
          id === ''
            ? undefined
            : at(index + attempt, `/${id}?stream=true&starting_after=${events.length - 1}`);
        const stream = await openStream(
          path ?? at(index + attempt),
          path === undefined ? { ...BACKGROUND, stream: true } : undefined,
          {},
          path === undefined ? 'POST' : 'GET',
        );
        for (let read = 0; read < patience; read++) {
          const event = await stream.next();
          if (!event) break;
          events.push(event);
          if (event.type === 'response.created') ({ id } = (event as { response: ResponseObject }).response);
          if (TERMINAL.has(event.type)) {
            stream.destroy();
            return events;
          }
        }
        stream.destroy();
        left--;
      } catch {
        // The replica is gone.
        if (id === '') events.length = 0;
        await pause(20);
      }
    }
  }
});

async function* hang(frames: readonly string[]): AsyncGenerator<string> {
  yield* frames;
  await never;
}

async function* slowly(frames: readonly string[]): AsyncGenerator<string> {
  for (const frame of frames) {
    yield frame;
    await pause(25);
  }
}
