import type { Benchmark } from './benchmark.js';
import { Gateway } from './gateway.js';
import { type LoadResult, type LoadShape, runLoad } from './load.js';
import { MockUpstream } from './mock-upstream.js';
import { schedulerTimes } from './process-usage.js';
import { type CaseResult, type Row, toRow } from './results.js';
import { orderOf, ratios } from './statistics.js';
import type { Subject } from './subjects.js';

const WORKERS = 2;
const TITLE = `workers: firehose with WORKERS=${WORKERS} against one process, nothing pinned, 32 connections`;
const SHAPE: LoadShape = {
  script: { kind: 'text', chunks: 256 },
  stream: true,
  connections: 32,
  seconds: 0.8,
};

interface Contestant {
  name: string;
  gateway: Gateway;
  cpuPerDelta: number[];
  deltasPerSecond: number[];
  evenness: number[];
  loads: LoadResult[];
}

/** One process against several: what a delta costs, how much more is done, how evenly the work is spread. */
export async function measureWorkers(benchmark: Benchmark): Promise<CaseResult> {
  const upstream = await MockUpstream.start(benchmark.processes, 'anywhere');
  const rows: Row[] = [];
  const skipped: string[] = [];
  for (const product of benchmark.products) {
    const productRows = await measureProduct(benchmark, product, upstream);
    if (productRows === null) skipped.push(`${product.name} does not know WORKERS.`);
    else rows.push(...productRows);
  }
  await upstream.stop();
  return { id: 'workers', title: TITLE, rows, ...(rows.length === 0 && { skipped: skipped.join(' ') }) };
}

async function measureProduct(
  benchmark: Benchmark,
  product: Subject,
  { port: upstreamPort }: MockUpstream,
): Promise<Row[] | null> {
  const start = async (name: string, workers: number): Promise<Contestant> => {
    const gateway = await Gateway.start(benchmark.processes, product, {
      upstreamPort,
      place: 'anywhere',
      environment: { WORKERS: String(workers) },
    });
    return { name, gateway, cpuPerDelta: [], deltasPerSecond: [], evenness: [], loads: [] };
  };
  const many = await start(`${product.name}, ${WORKERS} workers`, WORKERS);
  if (many.gateway.pids.length <= WORKERS) {
    await many.gateway.stop();
    return null;
  }
  const one = await start(`${product.name}, 1 process`, 1);
  const contestants = [one, many];
  for (const contestant of contestants) await benchmark.warm(contestant.gateway, SHAPE);
  for (let round = 0; round < benchmark.options.rounds; round++) {
    for (const contestant of orderOf(contestants, round)) await takeSlice(benchmark, contestant);
  }
  for (const { gateway } of contestants) await gateway.stop();
  return contestants.map((contestant) => summarizeContestant(contestant, one));
}

async function takeSlice({ processes, tell }: Benchmark, contestant: Contestant): Promise<void> {
  const { gateway } = contestant;
  const { pids } = gateway;
  const before = pids.map((pid) => schedulerTimes([pid]).cpu);
  const load = await runLoad(processes, gateway.target, SHAPE, 'anywhere');
  const used = pids.map((pid, index) => schedulerTimes([pid]).cpu - (before[index] ?? 0));
  const total = used.reduce((sum, seconds) => sum + seconds, 0);
  contestant.loads.push(load);
  contestant.cpuPerDelta.push((total * 1e6) / (load.answers * SHAPE.script.chunks));
  contestant.deltasPerSecond.push(load.answersPerSecond * SHAPE.script.chunks);
  contestant.evenness.push(leastShare(used));
  tell(`workers ${contestant.name}: ${Math.round(load.deltasPerSecond)} deltas/s`);
}

/** The share of the least loaded worker, 1 where all have the same. The primary process only hands connections out. */
function leastShare(used: readonly number[]): number {
  const workers = used.slice(1);
  const total = workers.reduce((sum, seconds) => sum + seconds, 0);
  return workers.length === 0 ? NaN : (Math.min(...workers) * workers.length) / total;
}

function summarizeContestant(
  { name, cpuPerDelta, deltasPerSecond, evenness, loads }: Contestant,
  one: Contestant,
): Row {
  const figures = {
    cpuPerDelta,
    toOneProcess: ratios(cpuPerDelta, one.cpuPerDelta),
    deltasPerSecond,
    speedup: ratios(deltasPerSecond, one.deltasPerSecond),
    evenness,
  };
  return toRow(name, figures, loads);
}
