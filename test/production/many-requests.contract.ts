import { readdirSync } from 'node:fs';
import { Agent, type ClientRequest, request as openRequest } from 'node:http';
import { setTimeout as pause } from 'node:timers/promises';
import { collectGarbage } from '../support/collect-garbage.js';
import { printFigure } from '../support/figures.js';
import type { GatewayProcess } from '../support/gateway-process.js';
import { ModelProcess } from '../support/model-process.js';
import { memoryOf } from '../support/process-memory.js';
import { Scrape } from '../support/scrape.js';
import { until } from '../support/until.js';
import { useBuiltGateway } from '../support/use-built-gateway.js';

const AT_ONCE = 32;
const WARM_UP = 0.1;
/** What is idle gives back what it can. */
const SETTLE_MS = 1_500;
/** Collects garbage when it is told to: what is left is what is held. */
const COLLECTOR = collectGarbage("process.on('SIGUSR2',()=>gc());");
const MB = 1024 * 1024;
const BAR = 1.1;
/** Beyond the bar, what a short run shows is how a young heap grows. */
const GUARD = 3;
/** Connections to the model server that are kept. */
const SPARE_FILES = AT_ONCE + 8;

const TURN = { model: 'test-model', input: 'Reply exactly: pong', store: false };

interface Kind {
  body: object;
  key?: string;
  status: number;
  /** The client leaves once it has something. */
  leaves?: boolean;
}

const KINDS: Kind[] = [
  { body: TURN, status: 200 },
  { body: { ...TURN, stream: true }, status: 200 },
  { body: { ...TURN, input: 5 }, status: 400 },
  { body: { ...TURN, store: true }, status: 200 },
  { body: TURN, key: 'wrong', status: 401 },
  { body: { ...TURN, stream: true }, status: 200, leaves: true },
  { body: { ...TURN, store: true, stream: true }, status: 200 },
  { body: TURN, status: 200, leaves: true },
];

interface Memory {
  residentMb: number;
  heapMb: number;
  files: number;
}

export interface ManyRequests {
  count: number;
  /** Asserts the bar, rather than that nothing grows beyond all bounds. */
  strict: boolean;
}

/** Short requests of all kinds leave nothing behind: declares the test. */
export function describeManyRequests({ count, strict }: ManyRequests): void {
  describe('the memory of a gateway', () => {
    const built = useBuiltGateway();
    const model = new ModelProcess();
    let agent: Agent;

    beforeAll(() => model.start());
    afterAll(() => model.kill());
    beforeEach(() => {
      agent = new Agent({ keepAlive: true, maxSockets: AT_ONCE });
    });
    afterEach(() => {
      agent.destroy();
    });

    it(
      `should be after ${count} short requests what it was after the first of them`,
      async () => {
        const gateway = built.run({
          UPSTREAM_BASE_URL: model.url,
          DATABASE_URL: 'file:many.db',
          API_KEYS: 'right',
          METRICS_PORT: '0',
          LOG_LEVEL: 'error',
          NODE_OPTIONS: `--max-semi-space-size=8 ${COLLECTOR}`,
        });
        const url = `${await gateway.listening()}/v1/responses`;
        const metrics = /Metrics +(\S+)\/metrics\n/.exec(gateway.stdout)?.[1] ?? '';
        const warmUp = Math.ceil(count * WARM_UP);
        await sendAll(url, 0, warmUp);
        const before = await measure(gateway, metrics);
        await sendAll(url, warmUp, count);
        const after = await measure(gateway, metrics);

        const growth = after.residentMb / before.residentMb;
        const figure = (name: keyof Memory): string =>
          `${before[name].toFixed(0)} -> ${after[name].toFixed(0)}`;
        printFigure(
          `resident memory, ${warmUp} -> ${count} short requests`,
          `${figure('residentMb')} MB (${percent(growth)}), heap in use ${figure('heapMb')} MB, open files ${figure('files')}`,
          `<= ${percent(BAR)}`,
        );
        expect(growth).toBeLessThanOrEqual(strict ? BAR : GUARD);
        expect(after.files).toBeLessThanOrEqual(before.files + SPARE_FILES);
        expect(gateway.stderr).toBe('');
      },
      120_000 + count * 60,
    );

    async function sendAll(url: string, from: number, to: number): Promise<void> {
      let next = from;
      const work = async (): Promise<void> => {
        while (next < to) {
          const kind = KINDS[next++ % KINDS.length]!;
          const status = await send(url, kind);
          if (status !== kind.status) throw new Error(`${JSON.stringify(kind)} was answered ${status}`);
        }
      };
      await Promise.all(Array.from({ length: AT_ONCE }, work));
    }

    /** @returns the status; of one that leaves what it would have been */
    function send(url: string, { body, key = 'right', status, leaves = false }: Kind): Promise<number> {
      const headers = { 'content-type': 'application/json', authorization: `Bearer ${key}` };
      return new Promise((resolve, reject) => {
        const request: ClientRequest = openRequest(url, { method: 'POST', agent, headers }, (response) => {
          response.on('error', reject).on('end', () => {
            resolve(response.statusCode ?? 0);
          });
          response.resume();
          if (leaves) leave(response.statusCode ?? 0);
        });
        const leave = (answered: number): void => {
          request.destroy();
          resolve(answered);
        };
        request.on('error', reject);
        request.end(JSON.stringify(body));
        // One that is answered at once has not begun by then.
        if (leaves && !('stream' in body)) setTimeout(leave, 10, status);
      });
    }

    async function measure(gateway: GatewayProcess, metrics: string): Promise<Memory> {
      agent.destroy();
      const inFlight = async (): Promise<number | undefined> =>
        (await Scrape.of(metrics)).value('gateway_requests_in_flight');
      await until(async () => (await inFlight()) === 0);
      for (let round = 0; round < 2; round++) {
        gateway.signal('SIGUSR2');
        await pause(SETTLE_MS);
      }
      const { pid } = gateway;
      const heap = (await Scrape.of(metrics)).value('nodejs_heap_size_used_bytes') ?? NaN;
      return {
        residentMb: memoryOf(pid) / MB,
        heapMb: heap / MB,
        files: readdirSync(`/proc/${pid}/fd`).length,
      };
    }
  });
}

function percent(growth: number): string {
  return `${growth < 1 ? '' : '+'}${((growth - 1) * 100).toFixed(1)} %`;
}
