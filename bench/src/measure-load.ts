import type { Benchmark } from './benchmark.js';
import type { LoadCase } from './cases.js';
import type { Gateway } from './gateway.js';
import type { LoadResult, LoadShape, LoadTarget } from './load.js';
import { type CaseResult, type Metric, METRICS, type Row, type Series, toRow } from './results.js';
import { differences, orderOf, ratios } from './statistics.js';
import { DIRECT, UNIT } from './subjects.js';

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
  gateway: Gateway;
  target: Partial<LoadTarget>;
  slices: Slice[];
}

/** Runs a case: warms every subject, then gives each a short slice of load in turns, every second round backwards. */
export async function measureLoad(benchmark: Benchmark, loadCase: LoadCase): Promise<CaseResult> {
  const { options } = benchmark;
  const shape = shorten(loadCase.shape, options.sliceShare);
  const contestants = await enter(benchmark, loadCase);
  for (const { gateway, target } of contestants) await benchmark.warm(gateway, shape, target);
  const rounds = Math.ceil(options.rounds * (loadCase.roundsShare ?? 1));
  for (let round = 0; round < rounds; round++) {
    for (const contestant of orderOf(contestants, round)) {
      contestant.slices.push(await takeSlice(benchmark, contestant, shape));
    }
    benchmark.tell(describeRound(loadCase, contestants, round, rounds));
  }
  return { id: loadCase.id, title: loadCase.title, rows: buildRows(loadCase, contestants) };
}

async function enter(
  benchmark: Benchmark,
  { subjects, environment, parsesCalls }: LoadCase,
): Promise<Contestant[]> {
  const peers = parsesCalls ? [] : benchmark.options.peers;
  const contestants: Contestant[] = [];
  for (const subject of [...benchmark.pick(subjects), ...peers]) {
    const isProduct = subject.role === 'product';
    const gateway = await benchmark.gateway(subject, isProduct ? environment : undefined);
    contestants.push({ gateway, target: { parsesCalls: isProduct && parsesCalls }, slices: [] });
  }
  return contestants;
}

/** A wave takes as long as its answers do. */
function shorten(shape: LoadShape, share: number): LoadShape {
  return shape.once ? shape : { ...shape, seconds: shape.seconds * share };
}

async function takeSlice(
  benchmark: Benchmark,
  { gateway, target }: Contestant,
  shape: LoadShape,
): Promise<Slice> {
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
};

function buildRows({ metrics, shape }: LoadCase, contestants: readonly Contestant[]): Row[] {
  const slicesOf = (name: string): Slice[] =>
    contestants.find(({ gateway }) => gateway.name === name)?.slices ?? [];
  const costs = (slices: readonly Slice[]): number[] =>
    slices.map(({ cpuSeconds, load }) => cpuSeconds / load.answers);
  return contestants.map(({ gateway, slices }) => {
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
      }
    }
    return toRow(
      gateway.name,
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
  const values = contestants.map(({ gateway, slices }) => {
    const last = slices.at(-1);
    const value = last && read ? read(last, shape.script.chunks) : null;
    const errors = last && last.load.errors > 0 ? ` (${last.load.errors} errors)` : '';
    return `${gateway.name} ${value?.toFixed(METRICS[metric].digits) ?? '-'}${errors}`;
  });
  return `${id} ${round + 1}/${rounds}  ${METRICS[metric].label}: ${values.join(', ')}`;
}
