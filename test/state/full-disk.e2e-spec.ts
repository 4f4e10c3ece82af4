import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import Database from 'libsql';
import type { ResponseObject } from '../../src/contracts/responses-api.js';
import { chatStream, completion, type FakeUpstream, startFakeUpstream } from '../support/fake-upstream.js';
import { HeldStream } from '../support/held-stream.js';
import { printFigure } from '../support/figures.js';
import { FULL_DISKS, type FullDisk } from '../support/full-disk.js';
import type { GatewayProcess } from '../support/gateway-process.js';
import { getJson, openStream, postJson, postStream } from '../support/http-client.js';
import type { Json } from '../support/json.js';
import { checkLifecycle } from '../support/lifecycle-oracle.js';
import { until } from '../support/until.js';
import { useBuiltGateway } from '../support/use-built-gateway.js';

const TURN = { model: 'test-model', input: 'ping' };
const LARGE = { ...TURN, input: 'x'.repeat(300_000) };

/** What was written before would be written over. */
function leaveNoRoom(path: string): void {
  const database = new Database(path);
  database.pragma('wal_checkpoint(truncate)');
  database.close();
}

describe('a disk that is full for a while', () => {
  const built = useBuiltGateway();

  it('should be there to be tested: this machine has to allow mount or prlimit', () => {
    expect(FULL_DISKS).not.toEqual([]);
  });

  describe.each(FULL_DISKS)('(%s)', (error, makeDisk) => {
    let disk: FullDisk;
    let upstream: FakeUpstream;
    let gateway: GatewayProcess;
    let base: string;
    let held: HeldStream;

    beforeEach(async () => {
      held = new HeldStream();
      disk = makeDisk();
      upstream = await startFakeUpstream(({ path, body }) => {
        if (!path.endsWith('/chat/completions')) return undefined;
        if (JSON.stringify(body).includes('held')) return { chunks: held.chunks() };
        return { body: (body as Json).stream ? chatStream(['pong']) : completion({ content: 'pong' }) };
      });
      gateway = built.run({
        UPSTREAM_BASE_URL: upstream.url,
        DATABASE_URL: `file:${join(disk.folder, 'gateway.db')}`,
        AUDIT_LOG: join(disk.folder, 'audit.log'),
      });
      base = await gateway.listening();
    });
    afterEach(async () => {
      held.release();
      await gateway.kill();
      await upstream.close();
      disk.remove();
    });

    const url = (path = ''): string => `${base}/v1/responses${path}`;
    const isReady = async (): Promise<boolean> => (await getJson(`${base}/health/ready`)).status === 200;
    const auditLines = (): Json[] =>
      readFileSync(join(disk.folder, 'audit.log'), 'utf8')
        .split('\n')
        // The last one may be half written.
        .slice(0, -1)
        .map((line) => JSON.parse(line) as Json);

    async function openHeld(more: object) {
      const stream = await openStream(url(), { ...TURN, input: 'held', stream: true, ...more });
      let event = await stream.next();
      while (event && event.type !== 'response.output_text.delta') event = await stream.next();
      return stream;
    }

    it('should cost what is stored, and nothing else, until there is room again', async () => {
      const first = (await postJson(url(), TURN)).body as ResponseObject;
      const [foreground, background] = [await openHeld({}), await openHeld({ background: true })];
      leaveNoRoom(join(disk.folder, 'gateway.db'));
      disk.fill(gateway);

      const needing = [
        postJson(url(), { ...LARGE, background: true }),
        postJson(url(), LARGE, { 'idempotency-key': 'k' }),
        postJson(`${base}/v1/conversations`, { items: [{ role: 'user', content: LARGE.input }] }),
      ];
      for (const answer of await Promise.all(needing)) {
        expect(answer).toMatchObject({ status: 503, body: { error: { code: 'store_unavailable' } } });
        expect(answer.headers['retry-after']).toBeDefined();
        expect(answer.raw).not.toMatch(/sqlite|disk|ENOSPC|EFBIG|gateway\.db/i);
      }
      const unstored: string[] = [];
      for (const body of [LARGE, { ...LARGE, previous_response_id: first.id }]) {
        const answer = await postJson(url(), body);
        expect(answer).toMatchObject({
          status: 200,
          headers: { 'x-gateway-warning': 'not_stored' },
          body: { status: 'completed', store: false },
        });
        unstored.push((answer.body as ResponseObject).id);
        const { events } = await postStream(url(), { ...body, stream: true });
        checkLifecycle(events, { allowUnstored: true });
        expect(events.at(-1)).toMatchObject({ type: 'response.completed', response: { store: false } });
      }
      const unasked = await postJson(url(), { ...LARGE, store: false });
      expect(unasked.status).toBe(200);
      expect(unasked.headers).not.toHaveProperty('x-gateway-warning');
      expect((await getJson(url(`/${first.id}`))).body).toEqual(first);
      held.release();
      await foreground.rest();
      checkLifecycle(foreground.seen.events, { allowUnstored: true });
      expect(foreground.seen.events.at(-1)?.type).toBe('response.completed');

      await until(async () => !(await isReady()));
      const ready = await getJson(`${base}/health/ready`);
      expect(ready).toMatchObject({ status: 503, body: { error: { message: 'Not ready: store.' } } });
      expect((await getJson(`${base}/health/live`)).status).toBe(200);
      await until(() => gateway.logLines.some(({ msg }) => msg === 'the audit log cannot be written'));

      disk.free(gateway);
      const freedAt = performance.now();
      await until(isReady);
      const next = await postJson(url(), { ...LARGE, previous_response_id: first.id });
      printFigure(
        `time until a response is stored after ${error} has ended`,
        `${Math.round(performance.now() - freedAt)} ms`,
        'without a restart',
      );
      expect(next).toMatchObject({ status: 200, body: { store: true } });
      // All or nothing: of what could not be stored there is nothing.
      for (const id of unstored) expect((await getJson(url(`/${id}`))).status).toBe(404);
      await background.rest();
      checkLifecycle(background.seen.events, { allowQueued: true });
      expect(background.seen.events.at(-1)?.type).toBe('response.completed');
      await until(() => auditLines().some((line) => line.request_id === next.headers['x-request-id']));
      expect(auditLines().filter(({ outcome }) => outcome === 'store_unavailable')).toHaveLength(3);
      const reasons = gateway.logLines.map(({ err }) => (err as { message?: string } | undefined)?.message);
      expect(reasons).toContainEqual(expect.stringMatching(/disk is full|disk I\/O error/));
      expect(reasons).not.toContainEqual(expect.stringContaining('rollback'));
      expect(gateway.stderr).toBe('');
    });
  });
});
