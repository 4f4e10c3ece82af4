import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createTestApp, type TestApp, type TestAppOptions } from './create-test-app.js';
import { type FakeUpstream, startFakeUpstream } from './fake-upstream.js';
import { HAS_POSTGRES, PostgresServer } from './postgres.js';
import { HAS_REDIS, RedisServer } from './redis.js';

/** Where what is kept is: with one process in a file, with two on PostgreSQL and Redis, in turns. */
export const STATE_BACKENDS =
  HAS_POSTGRES && HAS_REDIS
    ? (['one process on a file', 'two replicas'] as const)
    : (['one process on a file'] as const);

export type StateBackend = (typeof STATE_BACKENDS)[number];

export interface StateGateway {
  upstream: FakeUpstream;
  /** Of the replica whose turn it is: each call is another one's. */
  url(path?: string): string;
  /** The replicas. */
  readonly apps: readonly TestApp[];
}

/** A scripted model server and the gateways in front of it, for each test anew. */
export function useState(
  backend: StateBackend,
  {
    answer,
    environment,
    extensions,
  }: { answer?: Parameters<typeof startFakeUpstream>[0] } & Pick<
    TestAppOptions,
    'environment' | 'extensions'
  > = {},
): StateGateway {
  const isShared = backend === 'two replicas';
  let postgres: PostgresServer;
  let redis: RedisServer;
  let upstream: FakeUpstream;
  let gateways: TestApp[];
  let folder: string | undefined;
  let turn = 0;

  if (isShared) {
    beforeAll(async () => {
      [postgres, redis] = await Promise.all([PostgresServer.start(), RedisServer.start()]);
    });
    afterAll(async () => {
      await postgres.stop();
      await redis.remove();
    });
  }
  beforeEach(async () => {
    upstream = await startFakeUpstream(answer);
    if (!isShared) folder = mkdtempSync(join(tmpdir(), 'gateway-state-'));
    const kept: Record<string, string> = isShared
      ? { DATABASE_URL: await postgres.createDatabase(), REDIS_URL: redis.url }
      : { DATABASE_URL: `file:${folder}/gateway.db` };
    const start = (): Promise<TestApp> =>
      createTestApp({
        extensions,
        environment: { UPSTREAM_BASE_URL: upstream.url, ...kept, ...environment },
      });
    gateways = await Promise.all(isShared ? [start(), start()] : [start()]);
  });
  afterEach(async () => {
    await Promise.all(gateways.map((gateway) => gateway.close()));
    await upstream.close();
    if (folder !== undefined) rmSync(folder, { recursive: true });
    folder = undefined;
  });

  return {
    get upstream() {
      return upstream;
    },
    get apps() {
      return gateways;
    },
    url: (path = '') => `${gateways[turn++ % gateways.length]?.url}/v1${path}`,
  };
}
