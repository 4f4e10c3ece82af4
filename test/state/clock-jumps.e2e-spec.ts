import { mkdtempSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { pathToFileURL } from 'node:url';
import { completion, type FakeUpstream, startFakeUpstream } from '../support/fake-upstream.js';
import { HeldStream } from '../support/held-stream.js';
import { printFigure } from '../support/figures.js';
import type { GatewayProcess } from '../support/gateway-process.js';
import { getJson, openStream, postJson, postStream } from '../support/http-client.js';
import type { Json } from '../support/json.js';
import { checkLifecycle } from '../support/lifecycle-oracle.js';
import { until } from '../support/until.js';
import { useBuiltGateway } from '../support/use-built-gateway.js';

const HOUR_MS = 3_600_000;
const LEASE_MS = 1_500;
const TURN = { model: 'test-model', input: 'ping' };
const HELD = { ...TURN, input: 'held', stream: true };
const as = (key: string): Record<string, string> => ({ authorization: `Bearer ${key}` });
const MAIN = as('main');
const ONCE = { ...MAIN, 'idempotency-key': 'k' };
const LIMITED = as('limited');
const EXPIRING = as('expiring');
const MOVED_CLOCK = pathToFileURL(join(import.meta.dirname, '../support/moved-clock.mjs')).href;

describe('a wall clock that is set', () => {
  const built = useBuiltGateway();
  let upstream: FakeUpstream;
  let gateway: GatewayProcess;
  let base: string;
  let database: string;
  let held: HeldStream;

  function setClock(moved: number): void {
    writeFileSync(join(built.folder, 'clock'), String(moved));
  }

  beforeEach(async () => {
    database = join(mkdtempSync(join(built.folder, 'data-')), 'gateway.db');
    held = new HeldStream();
    upstream = await startFakeUpstream(({ path, body }) => {
      if (!path.endsWith('/chat/completions')) return undefined;
      return (body as Json).stream ? { chunks: held.chunks() } : { body: completion({ content: 'pong' }) };
    });
    const inHalfAnHour = new Date(Date.now() + HOUR_MS / 2).toISOString();
    const keys = [
      { key: 'main' },
      { key: 'limited', requestsPerMinute: 1 },
      { key: 'expiring', expires: inHalfAnHour },
    ];
    writeFileSync(join(built.folder, 'keys.yaml'), JSON.stringify({ keys }));
  });
  afterEach(async () => {
    held.release();
    await gateway.kill();
    await upstream.close();
  });

  async function start(): Promise<void> {
    gateway = built.run({
      UPSTREAM_BASE_URL: upstream.url,
      DATABASE_URL: `file:${database}`,
      API_KEYS_FILE: 'keys.yaml',
      LEASE_MS: String(LEASE_MS),
      NODE_OPTIONS: `--import ${MOVED_CLOCK}`,
      MOVED_CLOCK: join(built.folder, 'clock'),
    });
    base = await gateway.listening();
  }

  const url = (): string => `${base}/v1/responses`;

  async function openHeld(more: object, headers = MAIN) {
    const stream = await openStream(url(), { ...HELD, ...more }, headers);
    let event = await stream.next();
    while (event && event.type !== 'response.output_text.delta') event = await stream.next();
    return stream;
  }

  it.each([
    ['an hour forward', 0, HOUR_MS],
    ['an hour back', HOUR_MS, 0],
  ])(
    '%s should end nothing that runs, free nothing that is held, and lock nobody out',
    async (way, from, to) => {
      setClock(from);
      await start();
      const made = await postJson(`${base}/v1/conversations`, {}, MAIN);
      const conversation = (made.body as { id: string }).id;
      const streams = {
        foreground: await openHeld({}),
        background: await openHeld({ background: true }),
        conversation: await openHeld({ conversation }),
        once: await openHeld({}, ONCE),
      };
      expect((await postJson(url(), TURN, LIMITED)).status).toBe(200);
      expect((await postJson(url(), TURN, LIMITED)).status).toBe(429);
      const asked = upstream.chats.length;

      setClock(to);
      const jumpedAt = performance.now();
      expect(await postJson(url(), { ...TURN, conversation }, MAIN)).toMatchObject({
        status: 400,
        body: { error: { code: 'conversation_locked' } },
      });
      expect(await postJson(url(), HELD, ONCE)).toMatchObject({
        status: 409,
        body: { error: { code: 'idempotency_key_in_use' } },
      });
      const limited = await postJson(url(), TURN, LIMITED);
      const retryAfter = Number(limited.headers['retry-after'] ?? 0);
      expect(retryAfter).toBeLessThanOrEqual(60);
      printFigure(`retry-after of a caller at its limit, clock ${way}`, `${retryAfter} s`, '<= 60 s');
      expect((await postJson(url(), TURN, EXPIRING)).status).toBe(to > 0 ? 401 : 200);
      // Whoever looks for work that was left has looked several times by then.
      while (performance.now() - jumpedAt < 2 * LEASE_MS) {
        expect((await getJson(`${base}/health/ready`)).status).toBe(200);
        await pause(100);
      }

      held.release();
      let cut = 0;
      for (const [name, stream] of Object.entries(streams)) {
        await stream.rest();
        // The oracle knows answers without one only.
        if (name !== 'conversation') checkLifecycle(stream.seen.events, { allowQueued: true });
        if (stream.seen.events.at(-1)?.type !== 'response.completed') cut++;
      }
      printFigure(`streams cut, clock ${way}`, `${cut} of ${Object.keys(streams).length}`, '0');
      expect(cut).toBe(0);
      expect(upstream.chats.length - asked).toBeLessThanOrEqual(2);
      await until(async () => (await postJson(url(), { ...TURN, conversation }, MAIN)).status === 200);
      const again = await postJson(url(), HELD, ONCE);
      expect(again).toMatchObject({ status: 200, headers: { 'idempotent-replayed': 'true' } });
      expect(gateway.logLines.filter(({ level }) => Number(level) >= 50)).toEqual([]);
    },
  );

  it('should not keep what a process has left that ran on a clock of tomorrow', async () => {
    setClock(HOUR_MS);
    await start();
    const made = await postJson(`${base}/v1/conversations`, {}, MAIN);
    const conversation = (made.body as { id: string }).id;
    const background = await openHeld({ background: true });
    await openHeld({ conversation });
    await openHeld({}, ONCE);
    await gateway.kill();

    setClock(0);
    await start();
    const [first] = background.seen.events;
    const { id } = (first as { response: { id: string } }).response;
    expect((await getJson(`${url()}/${id}`, MAIN)).body).toMatchObject({ status: 'failed' });
    held.release();
    await until(async () => (await postJson(url(), { ...TURN, conversation }, MAIN)).status === 200);
    for (const replayed of [undefined, 'true']) {
      const stream = await postStream(url(), HELD, ONCE);
      expect(stream.headers['idempotent-replayed']).toBe(replayed);
      checkLifecycle(stream.events);
    }
  }, 30_000);
});
