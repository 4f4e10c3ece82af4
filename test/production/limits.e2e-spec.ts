import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { jest } from '@jest/globals';
import { chatStream, completion, type FakeUpstream, startFakeUpstream } from '../support/fake-upstream.js';
import { printFigure, quantile } from '../support/figures.js';
import { openStream, postJson } from '../support/http-client.js';
import type { Json } from '../support/json.js';
import { HAS_REDIS, RedisServer } from '../support/redis.js';
import { useBuiltGateway } from '../support/use-built-gateway.js';

const LIMIT = 60;
/** Ten times of what is allowed. */
const BURST = 10 * LIMIT;
const CLIENTS = 20;
/** As fast as they come, whatever the answers do: a client that waits for its answer would be slowed down by them. */
const BURST_PER_SECOND = 200;
const STREAMS = 100;
const READERS = 4;
const MINUTE_MS = 60_000;
const KEYS = `
keys:
  - { key: flood-key, tenant: flood }
  - { key: token-key, tenant: tokens }
  - { key: calm-key, tenant: calm }
tenants:
  flood: { requestsPerMinute: ${LIMIT} }
  tokens: { tokensPerMinute: 10000 }
  calm: { requestsPerMinute: 1000000, tokensPerMinute: 1000000000, concurrent: 1000 }
`;
const bearer = (key: string) => ({ authorization: `Bearer ${key}` });

jest.setTimeout(300_000);

/** Has so many clients do it, one after the other each, so often in all. @returns what came of each */
async function repeat<T>(count: number, clients: number, act: (at: number) => Promise<T>): Promise<T[]> {
  const results: T[] = [];
  let begun = 0;
  await Promise.all(
    Array.from({ length: clients }, async () => {
      while (begun < count) results.push(await act(begun++));
    }),
  );
  return results;
}

(HAS_REDIS ? describe : describe.skip)('two gateways on one Redis, with limits', () => {
  const built = useBuiltGateway();
  let redis: RedisServer;
  let upstream: FakeUpstream;
  let urls: string[];

  beforeAll(async () => {
    redis = await RedisServer.start();
  });
  afterAll(() => redis.remove());
  beforeEach(async () => {
    upstream = await startFakeUpstream(({ path, body }) => {
      if (!path.endsWith('/chat/completions')) return undefined;
      return { body: (body as Json).stream ? chatStream(['po', 'ng']) : completion({ content: 'pong' }) };
    });
    writeFileSync(join(built.folder, 'keys.yaml'), KEYS);
    const variables = {
      UPSTREAM_BASE_URL: upstream.url,
      REDIS_URL: redis.url,
      API_KEYS_FILE: join(built.folder, 'keys.yaml'),
      LOG_LEVEL: 'silent',
    };
    const replicas = [built.run(variables), built.run(variables)];
    urls = await Promise.all(replicas.map((replica) => replica.listening()));
  });
  afterEach(() => upstream.close());

  async function ask(at: number, key: string, more: object = {}): Promise<{ status: number; ms: number }> {
    const sentAt = performance.now();
    const body = { model: 'test-model', input: 'ping', ...more };
    const { status } = await postJson(`${urls[at % 2]}/v1/responses`, body, bearer(key));
    return { status, ms: performance.now() - sentAt };
  }

  function flood(): Promise<{ status: number; ms: number }[]> {
    return Promise.all(
      Array.from({ length: BURST }, async (_each, at) => {
        await pause((at * 1_000) / BURST_PER_SECOND);
        return ask(at, 'flood-key');
      }),
    );
  }

  /** @returns what it took to the first text, ms */
  async function firstText(at: number): Promise<number> {
    const sentAt = performance.now();
    const body = { model: 'test-model', input: 'ping', stream: true };
    const stream = await openStream(`${urls[at % 2]}/v1/responses`, body, bearer('calm-key'));
    for (let event = await stream.next(); event?.type !== 'response.output_text.delta';)
      event = await stream.next();
    const ms = performance.now() - sentAt;
    await stream.rest();
    return ms;
  }

  it('should not let a burst on both go beyond the limit, nor others wait for it', async () => {
    // What is measured is not how code is compiled that runs for the first time.
    await repeat(STREAMS / 2, READERS, firstText);
    await repeat(STREAMS / 2, READERS, (at) => ask(at, 'calm-key'));
    const alone = await repeat(STREAMS, READERS, firstText);
    const startedAt = performance.now();
    const [answers, beside] = await Promise.all([flood(), repeat(STREAMS, READERS, firstText)]);
    const minutes = 1 + Math.floor((performance.now() - startedAt) / MINUTE_MS);
    const accepted = answers.filter(({ status }) => status === 200).length;
    const rejected = answers.filter(({ status }) => status === 429).map(({ ms }) => ms);
    printFigure(
      `accepted of a burst of ${BURST} on two replicas with one Redis, limit ${LIMIT} a minute`,
      `${accepted} in ${minutes} min`,
      '1 % over',
    );
    printFigure(
      'rejects of that burst',
      `p50 ${quantile(rejected, 0.5).toFixed(1)} ms, p99 ${quantile(rejected, 0.99).toFixed(1)} ms`,
      '50 ms',
    );
    const [before, during] = [quantile(alone, 0.99), quantile(beside, 0.99)];
    printFigure(
      'first token of others beside that burst',
      `p99 ${before.toFixed(1)} ms alone, ${during.toFixed(1)} ms beside it: ${(during / before).toFixed(2)}x`,
      '2x',
    );
    expect(accepted + rejected.length).toBe(BURST);
    // 20 times the bar: a machine that has much else to do.
    expect(quantile(rejected, 0.99)).toBeLessThan(1_000);
    // The bar is 1 % over the limit. A machine that takes more than a minute for the burst has as many limits.
    expect(accepted).toBeLessThanOrEqual(minutes * LIMIT * 1.01);
    expect(accepted).toBeGreaterThanOrEqual(LIMIT);
    const whole = upstream.chats.filter(({ body }) => !(body as Json).stream);
    expect(whole).toHaveLength(STREAMS / 2 + accepted);
  });

  it('should not let answers take more tokens than there are in a minute', async () => {
    const startedAt = performance.now();
    const answers = await repeat(60, CLIENTS, (at) => ask(at, 'token-key', { max_output_tokens: 1_000 }));
    const minutes = 1 + Math.floor((performance.now() - startedAt) / MINUTE_MS);
    const accepted = answers.filter(({ status }) => status === 200).length;
    // 17 each, as the model server says; what was reserved beyond that is given back.
    printFigure(
      'tokens that 60 requests at two replicas may use',
      `${accepted * 17} by the ${accepted} that were accepted`,
      `${minutes * 10_000}`,
    );
    expect(accepted).toBeGreaterThanOrEqual(9);
    expect(accepted * 17).toBeLessThanOrEqual(minutes * 10_000);
  });
});
