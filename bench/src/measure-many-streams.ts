import { setTimeout as sleep } from 'node:timers/promises';
import type { Benchmark } from './benchmark.js';
import { Gateway } from './gateway.js';
import { type LoadResult, type LoadShape, runLoad } from './load.js';
import { MockUpstream } from './mock-upstream.js';
import { type SchedulerTimes } from './process-usage.js';
import { type CaseResult, type Row, toRow } from './results.js';
import type { Subject } from './subjects.js';

const STREAMS = 10_000;
/** One for each processor; a process may open 20,000 files on many systems, and a stream takes two. */
const GATEWAYS = 2;
/** Each stream's; together more than two processors can do. */
const TOKENS_PER_SECOND = [1, 2, 4];
const RAMP_MS = 15_000;
const READ_MEMORY_MS = RAMP_MS + 1_000;
/** Lags and processor time count from here on: the collection of garbage for the reading is over by then. */
const SETTLED_MS = RAMP_MS + 3_000;
const COUNTED_MS = 6_000;
const LASTS_SECONDS = (SETTLED_MS + COUNTED_MS) / 1000 + 1;
const MS_IN_SECOND = 1000;
const US_IN_MS = 1000;
const BYTES_IN_KB = 1024;

interface Counted {
  loads: LoadResult[];
  liveBytes: number;
  residentMb: number;
  cores: number;
  waitShare: number;
}

/** Ten thousand slow streams at two gateways: first let in by all limits, then with the limits as they are set by default. */
export async function measureManyStreams(benchmark: Benchmark): Promise<CaseResult> {
  const upstream = await MockUpstream.start(benchmark.processes, { place: 'anywhere' });
  const rows: Row[] = [];
  for (const product of benchmark.products) {
    const unlimited = await startGateways(benchmark, product, upstream, { MAX_IN_FLIGHT: '0' });
    for (const gateway of unlimited) await benchmark.warm(gateway, { ...toShape(1), connections: STREAMS });
    const idleBytes = await readLiveBytes(unlimited);
    for (const rate of TOKENS_PER_SECOND) {
      const counted = await countWhileOpen(benchmark, unlimited, toShape(rate));
      rows.push(summarize(`${product.name}, ${rate} tokens/s`, counted, idleBytes));
    }
    for (const gateway of unlimited) await gateway.stop();
    const limited = await startGateways(benchmark, product, upstream, {});
    const counted = await countWhileOpen(benchmark, limited, { ...toShape(2), mayRefuse: true });
    rows.push(summarize(`${product.name}, 2 tokens/s, default limits`, counted, null));
    for (const gateway of limited) await gateway.stop();
  }
  await upstream.stop();
  return {
    id: 'open10000',
    title: `open10000: ${STREAMS} streams that begin within ${RAMP_MS / 1000} s at ${GATEWAYS} gateways; nothing pinned`,
    rows,
  };
}

async function startGateways(
  { processes }: Benchmark,
  product: Subject,
  { port: upstreamPort }: MockUpstream,
  environment: Record<string, string>,
): Promise<Gateway[]> {
  const gateways: Gateway[] = [];
  for (let index = 0; index < GATEWAYS; index++) {
    const options = { upstreamPort, environment, place: 'anywhere', tellsMemory: true } as const;
    gateways.push(await Gateway.start(processes, product, options));
  }
  return gateways;
}

function toShape(rate: number): LoadShape {
  return {
    script: { kind: 'text', chunks: LASTS_SECONDS * rate, rate, group: 1, stamps: true },
    stream: true,
    connections: STREAMS / GATEWAYS,
    seconds: RAMP_MS / MS_IN_SECOND + 1,
    rampMs: RAMP_MS,
    scattered: true,
    settleMs: SETTLED_MS,
    once: true,
  };
}

async function countWhileOpen(
  { processes, tell }: Benchmark,
  gateways: readonly Gateway[],
  shape: LoadShape,
): Promise<Counted> {
  const loading = Promise.all(
    gateways.map((gateway) => runLoad(processes, gateway.target, shape, 'anywhere')),
  );
  const reading = async (): Promise<Omit<Counted, 'loads'>> => {
    await sleep(READ_MEMORY_MS);
    const residentMb = gateways.reduce((sum, gateway) => sum + gateway.residentMb, 0);
    const liveBytes = await readLiveBytes(gateways);
    await sleep(SETTLED_MS - READ_MEMORY_MS);
    const before = addTimes(gateways);
    await sleep(COUNTED_MS);
    const after = addTimes(gateways);
    const [cpu, wait] = [after.cpu - before.cpu, after.wait - before.wait];
    return {
      liveBytes,
      residentMb,
      cores: cpu / (COUNTED_MS / MS_IN_SECOND),
      waitShare: (100 * wait) / (cpu + wait),
    };
  };
  const [loads, read] = await Promise.all([loading, reading()]);
  const answers = loads.reduce((sum, load) => sum + load.answers, 0);
  tell(`open10000: ${answers} of ${STREAMS} streams were answered`);
  return { loads, ...read };
}

async function readLiveBytes(gateways: readonly Gateway[]): Promise<number> {
  const each = await Promise.all(gateways.map((gateway) => gateway.readLiveBytes()));
  return each.reduce((sum, bytes) => sum + bytes, 0);
}

function addTimes(gateways: readonly Gateway[]): SchedulerTimes {
  return gateways.reduce(({ cpu, wait }, { times }) => ({ cpu: cpu + times.cpu, wait: wait + times.wait }), {
    cpu: 0,
    wait: 0,
  });
}

/** Of what is not a sum, the worse of the two gateways. @param idleBytes null where not all streams were let in */
function summarize(name: string, counted: Counted, idleBytes: number | null): Row {
  const { loads, liveBytes, residentMb, cores, waitShare } = counted;
  const worst = (read: (load: LoadResult) => number | null): number =>
    Math.max(...loads.map((load) => read(load) ?? NaN));
  return toRow(
    name,
    {
      lagP50: [worst(({ lag }) => lag.p50)],
      lagP99: [worst(({ lag }) => lag.p99)],
      gapP99: [worst(({ gap }) => gap.p99) / US_IN_MS],
      firstByteP50: [worst(({ firstByte }) => firstByte.p50)],
      firstByteP99: [worst(({ firstByte }) => firstByte.p99)],
      residentMb: [residentMb],
      cores: [cores],
      waitShare: [waitShare],
      refused: [loads.reduce((sum, { refusals }) => sum + refusals, 0)],
      refusalP50: [worst(({ refusal }) => refusal.p50) / US_IN_MS],
      refusalP99: [worst(({ refusal }) => refusal.p99) / US_IN_MS],
      kbPerStream: [idleBytes === null ? NaN : (liveBytes - idleBytes) / STREAMS / BYTES_IN_KB],
    },
    loads,
  );
}
