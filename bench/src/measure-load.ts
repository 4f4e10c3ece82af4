import { ask } from './ask.js';
import type { Benchmark } from './benchmark.js';
import type { LoadCase } from './cases.js';
import type { Gateway } from './gateway.js';
import type { LoadResult, LoadShape, LoadTarget } from './load.js';
import { type CaseResult, type Metric, METRICS, type Row, type Series, toRow } from './results.js';
import { differences, orderOf, ratios } from './statistics.js';
import { DIRECT, PIPE, type Subject, UNIT } from './subjects.js';

/** What one slice gave. */
interface Slice {
  load: LoadResult;
  cpuSeconds: number;
  waitSeconds: number;
  residentMb: number;
  /** Deltas the mock has sent for the answers that came. */
  sentDeltas: number;
}

interface Contestant {
  name: string;
  gateway: Gateway;
  target: Partial<LoadTarget>;
  shape: LoadShape;
  slices: Slice[];
  /** The same gateway without a store. */
  storeless?: Contestant;
}

/** Runs a case: warms every subject, then gives each a short slice of load in turns, every second round backwards. */
export async function measureLoad(benchmark: Benchmark, loadCase: LoadCase): Promise<CaseResult> {
  const { options } = benchmark;
  const contestants = await enter(benchmark, {
    ...loadCase,
    shape: shorten(loadCase.shape, options.sliceShare),
  });
  for (const { gateway, target, shape } of contestants) await benchmark.warm(gateway, shape, target);
  const rounds = Math.ceil(options.rounds * (loadCase.roundsShare ?? 1));
  for (let round = 0; round < rounds; round++) {
    for (const contestant of orderOf(contestants, round)) {
      contestant.slices.push(await takeSlice(benchmark, contestant));
    }
    benchmark.tell(describeRound(loadCase, contestants, round, rounds));
  }
  for (const contestant of contestants) await checkKept(contestant);
  return { id: loadCase.id, title: loadCase.title, rows: buildRows(loadCase, contestants) };
}

async function enter(benchmark: Benchmark, loadCase: LoadCase): Promise<Contestant[]> {
  const { subjects, environment, parsesCalls, isPassed, isStored, shape } = loadCase;
  const contestants: Contestant[] = [];
  for (const subject of [...benchmark.pick(subjects), ...choosePeers(benchmark, loadCase)]) {
    const isProduct = subject.role === 'product';
    if (isStored && isProduct) {
      contestants.push(...(await enterWithStores(benchmark, subject, shape)));
      continue;
    }
    const gateway = await benchmark.gateway(subject, isProduct ? environment : undefined);
    contestants.push({
      name: subject.name,
      gateway,
      target: { parsesCalls: isProduct && parsesCalls, ...(isPassed && { api: 'chat' as const }) },
      shape,
      slices: [],
    });
  }
  return contestants;
}

function choosePeers(
  { options }: Benchmark,
  { parsesCalls, isPassed, isStored }: LoadCase,
): readonly Subject[] {
  if (parsesCalls || isStored) return [];
  return isPassed ? options.peers.filter(({ api }) => api === 'chat') : options.peers;
}

/** The first is without a store: the others are compared with it. */
async function enterWithStores(
  benchmark: Benchmark,
  subject: Subject,
  shape: LoadShape,
): Promise<Contestant[]> {
  const contestants: Contestant[] = [];
  for (const store of benchmark.stores.available) {
    contestants.push({
      name: `${subject.name}, ${store}`,
      gateway: await benchmark.storing(subject, store),
      target: {},
      shape: { ...shape, store: store !== 'none' },
      slices: [],
      storeless: contestants[0],
    });
  }
  return contestants;
}

/** A wave takes as long as its answers do. */
function shorten(shape: LoadShape, share: number): LoadShape {
  return shape.once ? shape : { ...shape, seconds: shape.seconds * share };
}

async function takeSlice(benchmark: Benchmark, { gateway, target, shape }: Contestant): Promise<Slice> {
  const before = gateway.times;
  const load = await benchmark.load(gateway, shape, target);
  const after = gateway.times;
  return {
    load,
    cpuSeconds: after.cpu - before.cpu,
    waitSeconds: after.wait - before.wait,
    residentMb: gateway.residentMb,
    sentDeltas: load.answers * shape.script.chunks,
  };
}

/** @throws Error when what the gateway has said to keep is not there */
async function checkKept({ gateway, shape, slices, name }: Contestant): Promise<void> {
  if (!shape.store || gateway.subject.role === 'direct') return;
  const id = slices.at(-1)?.load.lastId;
  const { status, text } = await ask(gateway.port, `/v1/responses/${id}`);
  if (status !== 200 || !text.includes('"completed"')) {
    throw new Error(`${name} has not kept its last response: ${status} ${text.slice(0, 200)}`);
  }
}

const READERS: Partial<Record<Metric, (slice: Slice, chunks: number) => number | null>> = {
  cpuPerDelta: ({ cpuSeconds, sentDeltas }) => (cpuSeconds * 1e6) / sentDeltas,
  cpuPerRequest: ({ cpuSeconds, load }) => (cpuSeconds * 1e6) / load.answers,
  deltasPerSecond: ({ load }, chunks) => load.answersPerSecond * chunks,
  requestsPerSecond: ({ load }) => load.answersPerSecond,
  lagP50: ({ load }) => load.lag.p50,
  lagP99: ({ load }) => load.lag.p99,
  gapP99: ({ load }) => (load.gap.p99 ?? NaN) / 1000,
  firstByteP50: ({ load }) => load.firstByte.p50,
  firstByteP99: ({ load }) => load.firstByte.p99,
  totalP50: ({ load }) => load.total.p50,
  totalP99: ({ load }) => load.total.p99,
  residentMb: ({ residentMb }) => residentMb,
  waitShare: ({ cpuSeconds, waitSeconds }) => (100 * waitSeconds) / (cpuSeconds + waitSeconds),
};

/** What the mock, read directly, has not. */
const OF_A_PROCESS: ReadonlySet<Metric> = new Set<Metric>(['cpuPerDelta', 'residentMb', 'waitShare']);

/** In ms, above what reading the mock itself takes. */
const ADDED: Partial<Record<Metric, (load: LoadResult) => number | null>> = {
  addedLagP50: ({ lag }) => lag.p50,
  addedLagP99: ({ lag }) => lag.p99,
  addedFirstByteP50: ({ firstByte }) => firstByte.p50,
  addedFirstByteP99: ({ firstByte }) => firstByte.p99,
  addedFirstDeltaP50: ({ firstDelta }) => firstDelta.p50,
  addedTotalP50: ({ total }) => total.p50,
  addedTotalP99: ({ total }) => total.p99,
};

function buildRows({ metrics, shape }: LoadCase, contestants: readonly Contestant[]): Row[] {
  const slicesOf = (name: string): Slice[] =>
    contestants.find((contestant) => contestant.name === name)?.slices ?? [];
  const costs = (slices: readonly Slice[]): number[] =>
    slices.map(({ cpuSeconds, load }) => cpuSeconds / load.answers);
  return contestants.map(({ name, gateway, slices, storeless }) => {
    const isDirect = gateway.subject.role === 'direct';
    const series: Series = {};
    for (const metric of metrics) {
      const read = READERS[metric];
      const readAdded = ADDED[metric];
      if (read && !(isDirect && OF_A_PROCESS.has(metric))) {
        series[metric] = slices.map((slice) => read(slice, shape.script.chunks) ?? NaN);
      } else if (readAdded && !isDirect) {
        const values = (of: readonly Slice[]): number[] =>
          of.map(({ load }) => (readAdded(load) ?? NaN) / 1000);
        series[metric] = differences(values(slices), values(slicesOf(DIRECT)));
      } else if (metric === 'ratio' && !isDirect) {
        series[metric] = ratios(costs(slices), costs(slicesOf(UNIT)));
      } else if (metric === 'toPipe' && !isDirect) {
        series[metric] = ratios(costs(slices), costs(slicesOf(PIPE)));
      } else if (metric === 'toNone' && !isDirect) {
        series[metric] = ratios(costs(slices), costs(storeless?.slices ?? slices));
      }
    }
    return toRow(
      name,
      series,
      slices.map(({ load }) => load),
    );
  });
}

function describeRound(
  { id, metrics, shape }: LoadCase,
  contestants: readonly Contestant[],
  round: number,
  rounds: number,
): string {
  const [metric = 'cpuPerDelta'] = metrics;
  const read = READERS[metric];
  const values = contestants.map(({ name, slices }) => {
    const last = slices.at(-1);
    const value = last && read ? read(last, shape.script.chunks) : null;
    const errors = last && last.load.errors > 0 ? ` (${last.load.errors} errors)` : '';
    return `${name} ${value?.toFixed(METRICS[metric].digits) ?? '-'}${errors}`;
  });
  return `${id} ${round + 1}/${rounds}  ${METRICS[metric].label}: ${values.join(', ')}`;
}
