import { spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Benchmark } from './benchmark.js';
import { findFreePort, Gateway } from './gateway.js';
import { type LoadResult, type LoadShape, runLoad } from './load.js';
import { MockUpstream } from './mock-upstream.js';
import { ROOT } from './paths.js';
import { processTree, schedulerTimes } from './process-usage.js';
import { type CaseResult, type Row, toRow } from './results.js';
import { orderOf, ratios } from './statistics.js';
import type { Subject } from './subjects.js';

const TITLE =
  'replicas: firehose, one gateway without nginx, one, two and four behind it; nothing pinned, 32 connections';
const BEHIND_NGINX = [1, 2, 4];
const MOST = Math.max(...BEHIND_NGINX);
const POLL_MS = 5;
const SHAPE: LoadShape = {
  script: { kind: 'text', chunks: 256 },
  stream: true,
  connections: 32,
  seconds: 0.8,
};

type Gateways = readonly [Gateway, ...Gateway[]];

interface Contestant {
  name: string;
  gateways: Gateways;
  /** Where the load goes. */
  port: number;
  pids: readonly number[];
  stop: () => Promise<void>;
  cpuPerDelta: number[];
  deltasPerSecond: number[];
  evenness: number[];
  loads: LoadResult[];
}

/** What nginx costs, how much more two gateways behind it do than one, how evenly the work is spread. */
export async function measureReplicas(benchmark: Benchmark): Promise<CaseResult> {
  if (spawnSync('nginx', ['-v']).error) {
    return { id: 'replicas', title: TITLE, rows: [], skipped: 'There is no nginx.' };
  }
  const upstream = await MockUpstream.start(benchmark.processes, { place: 'anywhere' });
  const rows: Row[] = [];
  for (const product of benchmark.products)
    rows.push(...(await measureProduct(benchmark, product, upstream)));
  await upstream.stop();
  return { id: 'replicas', title: TITLE, rows };
}

async function measureProduct(
  benchmark: Benchmark,
  product: Subject,
  upstream: MockUpstream,
): Promise<Row[]> {
  const gateways: Gateway[] = [];
  for (let index = 0; index < MOST; index++) {
    const gateway = await Gateway.start(benchmark.processes, product, {
      upstreamPort: upstream.port,
      place: 'anywhere',
    });
    await benchmark.warm(gateway, SHAPE);
    gateways.push(gateway);
  }
  const [first] = gateways as [Gateway];
  const bare = toContestant(`${product.name}, without nginx`, [first], first.port, []);
  const contestants = [bare];
  for (const count of BEHIND_NGINX) {
    const some = gateways.slice(0, count) as [Gateway];
    contestants.push(await putBehindNginx(benchmark, `${product.name}, ${count} behind nginx`, some));
  }
  for (let round = 0; round < benchmark.options.rounds; round++) {
    for (const contestant of orderOf(contestants, round)) await takeSlice(benchmark, contestant);
  }
  for (const { stop } of contestants) await stop();
  for (const gateway of gateways) await gateway.stop();
  return contestants.map((contestant) => summarizeContestant(contestant, bare));
}

async function putBehindNginx(
  { processes }: Benchmark,
  name: string,
  gateways: Gateways,
): Promise<Contestant> {
  const port = await findFreePort();
  const addresses = gateways.map((gateway) => `127.0.0.1:${gateway.port}`);
  const command = [process.execPath, join(ROOT, 'scripts/nginx.mjs'), String(port), ...addresses];
  const child = processes.start(command, { place: 'anywhere', logName: name });
  await waitForAnswer(`http://127.0.0.1:${port}/health/live`);
  return toContestant(name, gateways, port, processTree(child.pid ?? 0), async () => {
    const exited = once(child, 'exit');
    child.kill('SIGTERM');
    await exited;
  });
}

function toContestant(
  name: string,
  gateways: Gateways,
  port: number,
  nginxPids: readonly number[],
  stop = (): Promise<void> => Promise.resolve(),
): Contestant {
  const pids = [...gateways.flatMap((gateway) => gateway.pids), ...nginxPids];
  return { name, gateways, port, pids, stop, cpuPerDelta: [], deltasPerSecond: [], evenness: [], loads: [] };
}

/** @throws Error when there is none within 10 s */
async function waitForAnswer(url: string): Promise<void> {
  const signal = AbortSignal.timeout(10_000);
  while (!(await fetch(url, { signal }).catch(() => undefined))?.ok) {
    signal.throwIfAborted();
    await sleep(POLL_MS);
  }
}

async function takeSlice({ processes, tell }: Benchmark, contestant: Contestant): Promise<void> {
  const { name, gateways, port, pids } = contestant;
  const cpuOf = (gateway: Gateway): number => gateway.times.cpu;
  const before = { all: schedulerTimes(pids).cpu, gateways: gateways.map(cpuOf) };
  const target = { ...gateways[0].target, port };
  const load = await runLoad(processes, target, SHAPE, 'anywhere');
  const used = gateways.map((gateway, index) => cpuOf(gateway) - (before.gateways[index] ?? 0));
  contestant.loads.push(load);
  contestant.cpuPerDelta.push(
    ((schedulerTimes(pids).cpu - before.all) * 1e6) / (load.answers * SHAPE.script.chunks),
  );
  contestant.deltasPerSecond.push(load.answersPerSecond * SHAPE.script.chunks);
  contestant.evenness.push(leastShare(used));
  tell(`replicas ${name}: ${Math.round(load.deltasPerSecond)} deltas/s`);
}

/** The share of the least loaded gateway, 1 where all have the same. */
function leastShare(used: readonly number[]): number {
  return (Math.min(...used) * used.length) / used.reduce((sum, seconds) => sum + seconds, 0);
}

function summarizeContestant(
  { name, cpuPerDelta, deltasPerSecond, evenness, loads }: Contestant,
  bare: Contestant,
): Row {
  const figures = {
    cpuPerDelta,
    toOneProcess: ratios(cpuPerDelta, bare.cpuPerDelta),
    deltasPerSecond,
    speedup: ratios(deltasPerSecond, bare.deltasPerSecond),
    evenness,
  };
  return toRow(name, figures, loads);
}
