import type { Benchmark } from './benchmark.js';
import type { LoadResult, LoadShape } from './load.js';
import { type CaseResult, type Metric, type Row, toRow } from './results.js';
import type { Subject } from './subjects.js';

/** By which number of stored responses which figure is read. */
const MARKS = [
  [10_000, 'firstMb'],
  [50_000, 'middleMb'],
  [100_000, 'lastMb'],
] as const satisfies readonly (readonly [number, Metric])[];
/** A gateway that is slower than this has not kept them in time; the others take a fraction of it. */
const LIMIT_SECONDS = 600;
const SHAPE = {
  script: { kind: 'text', chunks: 200 },
  stream: false,
  store: true,
  connections: 16,
} as const satisfies Partial<LoadShape>;

/** What a process holds that stores one response after the other. */
export async function measureStoredMemory(benchmark: Benchmark): Promise<CaseResult> {
  const rows: Row[] = [];
  for (const product of benchmark.products) rows.push(await measureProduct(benchmark, product));
  return { id: 'storedmemory', title: 'storedmemory: RSS while 100,000 responses are stored, file', rows };
}

async function measureProduct(benchmark: Benchmark, product: Subject): Promise<Row> {
  const gateway = await benchmark.startFresh(product, {
    environment: await benchmark.stores.open('file'),
  });
  const loads: LoadResult[] = [];
  const held: Partial<Record<Metric, number[]>> = {};
  let stored = 0;
  for (const [mark, metric] of MARKS) {
    const load = await benchmark.load(gateway, { ...SHAPE, seconds: LIMIT_SECONDS, requests: mark - stored });
    stored = mark;
    loads.push(load);
    held[metric] = [gateway.residentMb];
    benchmark.tell(`storedmemory ${product.name}: ${gateway.residentMb.toFixed(0)} MB after ${mark}`);
  }
  await gateway.stop();
  const [first = NaN, last = NaN] = [held.firstMb?.[0], held.lastMb?.[0]];
  return toRow(
    `${product.name}, file`,
    { ...held, growth: [last / first], requestsPerSecond: loads.map((load) => load.answersPerSecond) },
    loads,
  );
}
