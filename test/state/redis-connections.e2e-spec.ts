import type { ResponseEvent } from '../../src/contracts/response-events.js';
import { createTestApp } from '../support/create-test-app.js';
import { findFreePort } from '../support/free-port.js';
import { HAS_REDIS, RedisServer } from '../support/redis.js';
import { until } from '../support/until.js';
import { joinRedis } from './coordination-backends.js';

const OPTIONS = { isEnd: false, keepMs: 60_000 };
const DOWN = { errorName: 'store_unavailable', status: 503, retryAfter: 1 };
const eventOf = (sequence_number: number): ResponseEvent =>
  ({ type: 'response.output_text.delta', sequence_number, delta: 'x' }) as ResponseEvent;

(HAS_REDIS ? describe : describe.skip)('connections to Redis', () => {
  let server: RedisServer;
  let replica: Awaited<ReturnType<typeof joinRedis>>;

  beforeEach(async () => {
    server = await RedisServer.start({ password: 's3cret' });
    replica = await joinRedis(server.url);
  });
  afterEach(async () => {
    await replica.connections.onApplicationShutdown();
    await server.remove();
  });

  it('should fail at once while Redis is away, and come back by themselves', async () => {
    const { connections, events, lease, idempotency, lines } = replica;
    await events.append('log', [eventOf(0)], OPTIONS);
    const held = (await lease.acquire('name', 60_000))!;
    expect(await connections.isReady()).toBe(true);

    await server.kill();
    await until(() => connections.commands.status !== 'ready');
    expect(await connections.isReady()).toBe(false);
    await expect(events.append('log', [eventOf(1)], OPTIONS)).rejects.toMatchObject(DOWN);
    await expect(events.read('log', -1, 10)).rejects.toMatchObject(DOWN);
    await expect(lease.acquire('other', 1_000)).rejects.toMatchObject(DOWN);
    await expect(held.renew()).rejects.toMatchObject(DOWN);
    await expect(idempotency.begin('scope', 'body', 1_000)).rejects.toMatchObject(DOWN);

    await server.startAgain();
    await until(() => connections.isReady());
    await events.append('log', [eventOf(1)], OPTIONS);
    expect((await events.read('log', -1, 10))?.events).toHaveLength(2);
    expect(await held.renew()).toBe(true);
    await until(() => lines.length >= 2);
    expect(lines).toEqual(['error: Redis cannot be reached', 'info: Redis can be reached again']);
  });

  it('should tell followers from before the outage of what comes after it', async () => {
    const { connections, events } = replica;
    const seen: number[] = [];
    const leave = events.follow('log', () => {
      events.read('log', seen.at(-1) ?? -1, 10).then(
        (part) => {
          for (const { sequence_number } of part?.events ?? [])
            if (!seen.includes(sequence_number)) seen.push(sequence_number);
        },
        () => undefined,
      );
    });
    await events.append('log', [eventOf(0)], OPTIONS);
    await until(() => seen.length === 1);
    await server.kill();
    await until(() => connections.commands.status !== 'ready');
    await server.startAgain();
    await until(() => connections.isReady());
    await events.append('log', [eventOf(1)], OPTIONS);
    await until(() => seen.length === 2);
    leave();
    expect(seen).toEqual([0, 1]);
  });

  it('should give up what a server that has frozen does not answer', async () => {
    const { connections, lease } = replica;
    server.freeze();
    await expect(lease.acquire('name', 1_000)).rejects.toMatchObject(DOWN);
    server.thaw();
    await until(() => connections.isReady());
    expect(await lease.acquire('another', 1_000)).not.toBeNull();
  });

  it('should stop the start with a wrong password, and not show it', async () => {
    const url = new URL(server.url);
    url.password = 'hunter2';
    const start = createTestApp({ environment: { REDIS_URL: url.href } });
    await expect(start).rejects.toThrow(/REDIS_URL=redis:\/\/127\.0\.0\.1:\d+: cannot be used: WRONGPASS/);
    await expect(start).rejects.not.toThrow('hunter2');
  });

  it('should have a whole gateway start and end with it', async () => {
    const gateway = await createTestApp({ environment: { REDIS_URL: server.url } });
    await gateway.close();
    expect(await replica.connections.isReady()).toBe(true);
  });
});

it('should stop the start when REDIS_URL cannot be reached', async () => {
  const port = await findFreePort();
  const environment = { REDIS_URL: `redis://user:hunter2@127.0.0.1:${port}/1` };
  await expect(createTestApp({ environment })).rejects.toThrow(
    `Invalid environment:\n  REDIS_URL=redis://127.0.0.1:${port}/1: cannot be used: connect ECONNREFUSED 127.0.0.1:${port}`,
  );
});
