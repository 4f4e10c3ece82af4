import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  chatFrames,
  completion,
  type FakeUpstream,
  type ScriptedAnswer,
  startFakeUpstream,
} from '../support/fake-upstream.js';
import { printFigure, quantile } from '../support/figures.js';
import { findFreePort } from '../support/free-port.js';
import { postJson } from '../support/http-client.js';
import type { Json } from '../support/json.js';
import { head, RawConnection } from '../support/raw-connection.js';
import { Scrape } from '../support/scrape.js';
import { until } from '../support/until.js';
import { useBuiltGateway } from '../support/use-built-gateway.js';

const BAR_MS = 50;
/** What a machine that is busy with other tests keeps too. */
const GUARD_MS = 20 * BAR_MS;
const KEY = 'sk-soak';
const LOOKS = 200;
const never = new Promise<never>(() => undefined);
const open = { finish: null, usage: null, done: false };

/** How far the model server has come when the client leaves: its answer, and what the client has seen of it. */
const PHASES: Record<string, { stream: ScriptedAnswer; json: ScriptedAnswer; seen: RegExp }> = {
  "before the model server's headers": {
    stream: { delayHeaders: never },
    json: { delayHeaders: never },
    seen: /^/,
  },
  'before the first token': {
    stream: { chunks: chatFrames([''], open), end: 'hang' },
    json: { chunks: [], end: 'hang' },
    seen: /event: response\.in_progress\n/,
  },
  'in mid-answer': {
    stream: { chunks: chatFrames(['po'], open), end: 'hang' },
    json: { chunks: ['{"choices":['], end: 'hang' },
    seen: /event: response\.output_text\.delta\n/,
  },
};

export interface Disconnects {
  /** Of each kind. */
  count: number;
  /** How many are there at the same time; they are all that may be. */
  atOnce: number;
  /** Whether the bar is asserted, or a limit that any machine keeps. */
  isStrict: boolean;
}

/** Clients that leave: declares the test of how soon the model server is told, and of what they leave behind. */
export function describeDisconnects({ count, atOnce, isStrict }: Disconnects): void {
  describe('clients that leave', () => {
    const built = useBuiltGateway();
    let upstream: FakeUpstream;
    let url: string;
    let metrics: string;
    let answer: ScriptedAnswer | null;
    /** Questions that the model server was asked, and what is to be called when nobody waits for it any more. */
    let asked: Set<string>;
    let closed: Map<string, (now: number) => void>;

    beforeEach(async () => {
      answer = null;
      asked = new Set();
      closed = new Map();
      upstream = await startFakeUpstream(({ path, body }) => {
        if (path !== '/v1/chat/completions') return undefined;
        const [{ content: question }] = (body as { messages: [{ content: string }] }).messages;
        asked.add(question);
        if (!answer) return { body: completion({ content: 'pong' }) };
        return { ...answer, onAbort: () => closed.get(question)?.(performance.now()) };
      });
      const keys = join(built.folder, 'keys.yaml');
      writeFileSync(keys, `- { key: ${KEY}, concurrent: ${atOnce} }\n`);
      const port = await findFreePort();
      metrics = `http://127.0.0.1:${port}`;
      const gateway = built.run({
        UPSTREAM_BASE_URL: upstream.url,
        API_KEYS_FILE: keys,
        METRICS_PORT: String(port),
        // One place that is not given back, and those who come next are refused.
        MAX_IN_FLIGHT: String(atOnce),
        QUEUE_LIMIT: '0',
        UPSTREAM_KEEP_ALIVE_MS: '500',
        LOG_LEVEL: 'silent',
      });
      url = await gateway.listening();
    });
    afterEach(() => upstream.close());

    /** Answers for as many as there are places. */
    async function fillAllPlaces(): Promise<void> {
      answer = null;
      const body = { model: 'test-model', input: 'q' };
      const all = Array.from({ length: atOnce }, () =>
        postJson(`${url}/v1/responses`, body, { authorization: `Bearer ${KEY}` }),
      );
      for (const { status } of await Promise.all(all)) expect(status).toBe(200);
    }

    /** Once the connections to the model server have been idle for long enough. */
    async function atRest(): Promise<Standing> {
      await until(() => upstream.connections === 0);
      return standing(metrics);
    }

    /** @returns how long it took, of each, until the model server was told, ms */
    async function leave(names: readonly string[], body: Json, seen: RegExp): Promise<number[]> {
      const clients = await Promise.all(names.map((name) => ask(url, { ...body, input: name })));
      await until(() => names.every((name) => asked.has(name)));
      if (body.stream === true) await Promise.all(clients.map((client) => client.until(seen)));
      else await until(() => upstream.connections === names.length);
      const delays: number[] = [];
      // One by one: a machine that stands still for a moment is not counted as many times as there are clients.
      for (const [index, client] of clients.entries()) {
        const told = new Promise<number>((resolve) => closed.set(names[index] ?? '', resolve));
        const left = performance.now();
        client.destroy();
        delays.push((await told) - left);
      }
      await until(async () => (await standing(metrics)).inFlight === 0);
      return delays;
    }

    it(`should have the model server told, and leave nothing behind: ${count} of each kind`, async () => {
      await fillAllPlaces();
      const before = await atRest();
      const slowest: Json = {};
      for (const [phase, { stream, json, seen }] of Object.entries(PHASES)) {
        for (const form of ['stream', 'JSON']) {
          answer = form === 'stream' ? stream : json;
          const delays: number[] = [];
          while (delays.length < count) {
            const names = Array.from({ length: atOnce }, (_, n) => `${form} ${phase} ${delays.length + n}`);
            delays.push(...(await leave(names, { stream: form === 'stream' }, seen)));
          }
          const p99 = quantile(delays, 0.99);
          slowest[`${form} ${phase}`] = p99;
          printFigure(
            `client leaves ${phase}, ${form}, ${delays.length} times: upstream request closed after`,
            `p50 ${quantile(delays, 0.5).toFixed(1)} ms, p99 ${p99.toFixed(1)} ms`,
            `p99 <= ${BAR_MS} ms`,
          );
        }
      }
      const total = 6 * count;
      expect(asked.size).toBe(total + 1);
      await fillAllPlaces();
      const leaks = await leaksOf(before, atRest);
      const { cancelled } = await standing(metrics);
      printFigure(
        `left behind by ${total} clients that left (places, upstream requests, sockets, timers)`,
        String(Object.values(leaks).reduce((sum, value) => sum + value, 0)),
        '0',
      );
      expect(leaks).toEqual({ inFlight: 0, atUpstream: 0, sockets: 0, timers: 0 });
      expect(cancelled).toBe(total);
      const limit = isStrict ? BAR_MS : GUARD_MS;
      expect(Object.entries(slowest).filter(([, p99]) => !(Number(p99) <= limit))).toEqual([]);
    }, 600_000);
  });
}

interface Standing {
  inFlight: number;
  atUpstream: number;
  sockets: number;
  timers: number;
  cancelled: number;
}

async function standing(metrics: string): Promise<Standing> {
  const scrape = await Scrape.of(metrics);
  const value = (name: string, labels?: Record<string, string>): number => scrape.value(name, labels) ?? 0;
  return {
    inFlight: value('gateway_requests_in_flight'),
    atUpstream: value('gateway_upstream_in_flight'),
    sockets: value('nodejs_active_resources', { type: 'TCPSocketWrap' }),
    timers: value('nodejs_active_resources', { type: 'Timeout' }),
    cancelled: value('gateway_requests_total', { outcome: 'cancelled' }),
  };
}

/** What there is more of than before, also after a while. */
async function leaksOf(
  before: Standing,
  look: () => Promise<Standing>,
): Promise<Omit<Standing, 'cancelled'>> {
  const more = (now: Standing) => ({
    inFlight: Math.max(0, now.inFlight - before.inFlight),
    atUpstream: Math.max(0, now.atUpstream - before.atUpstream),
    sockets: Math.max(0, now.sockets - before.sockets),
    timers: Math.max(0, now.timers - before.timers),
  });
  let leaks = more(await look());
  for (let looks = 0; looks < LOOKS && Object.values(leaks).some((count) => count > 0); looks++) {
    leaks = more(await look());
  }
  return leaks;
}

async function ask(url: string, body: Json): Promise<RawConnection> {
  const text = JSON.stringify({ model: 'test-model', ...body });
  const connection = await RawConnection.open(url);
  const lines = [
    'POST /v1/responses HTTP/1.1',
    'host: gateway',
    `authorization: Bearer ${KEY}`,
    'content-type: application/json',
    `content-length: ${Buffer.byteLength(text)}`,
  ];
  connection.send(head(...lines) + text);
  return connection;
}
