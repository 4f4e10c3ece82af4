import { expectEnvelope } from '../support/error-envelope.js';
import { createTestApp, type TestApp } from '../support/create-test-app.js';
import { type FakeUpstream, startFakeUpstream } from '../support/fake-upstream.js';
import { getJson } from '../support/http-client.js';
import { HAS_REDIS, RedisServer } from '../support/redis.js';

const DOWN = { status: 503, type: 'server_error', code: 'not_ready', message: 'Not ready: redis.' };

(HAS_REDIS ? describe : describe.skip)('readiness with Redis (skipped where it is not installed)', () => {
  let redis: RedisServer;
  let upstream: FakeUpstream;
  let gateway: TestApp;

  beforeAll(async () => {
    redis = await RedisServer.start();
    upstream = await startFakeUpstream();
    const environment = { UPSTREAM_BASE_URL: upstream.url, DATABASE_URL: 'memory:', REDIS_URL: redis.url };
    gateway = await createTestApp({ environment });
  });
  afterAll(async () => {
    await gateway.close();
    await upstream.close();
    await redis.remove();
  });

  const ready = () => getJson(`${gateway.url}/health/ready`);

  it('should end with Redis, and be back with it', async () => {
    const up = { status: 'up' };
    expect((await ready()).body).toMatchObject({ info: { store: up, redis: up, upstream: up } });
    await redis.kill();
    let answer = await ready();
    while (answer.status === 200) answer = await ready();
    expectEnvelope(answer, DOWN);
    await redis.startAgain();
    while (answer.status !== 200) answer = await ready();
    expect(answer.body).toMatchObject({ info: { redis: up } });
  });
});
