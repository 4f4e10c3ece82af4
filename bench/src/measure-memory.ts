import { setTimeout as sleep } from 'node:timers/promises';
import type { Benchmark } from './benchmark.js';
import { openStreamsShape } from './cases.js';
import type { Gateway } from './gateway.js';
import type { LoadResult } from './load.js';
import { type CaseResult, type Row, toRow } from './results.js';
import { type Subject, UNIT } from './subjects.js';

const SMALLEST = 100;
/** Rising: what a process has once taken it rarely gives back. */
const STREAMS = [SMALLEST, 500, 1000];
const QUICK_STREAMS = [500];
const RUNS = 3;
const SETTLE_MS = 1_000;
const SAMPLE_MS = 50;
const KB_IN_MB = 1024;

interface Sample {
  idleMb: number;
  peakMb: number;
  load: LoadResult;
}

/** What open streams take: the most a fresh, warmed process holds while they are open, above what it held idle. */
export async function measureMemory(benchmark: Benchmark): Promise<CaseResult> {
  const { quick } = benchmark.options;
  const counts = quick ? QUICK_STREAMS : STREAMS;
  const rows: Row[] = [];
  for (const subject of benchmark.unitAndProducts) {
    const runs = quick || subject.name === UNIT ? 1 : RUNS;
    const samples: Sample[][] = [];
    for (let run = 0; run < runs; run++) samples.push(await measureFresh(benchmark, subject, counts));
    rows.push(
      ...counts.map((count, index) =>
        summarizeCount(
          subject.name,
          count,
          samples.map((run) => run[index]),
        ),
      ),
    );
    benchmark.tell(`memory ${subject.name}: ${runs} processes measured`);
  }
  return { id: 'memory', title: 'memory: what open streams hold above the idle process', rows };
}

async function measureFresh(
  benchmark: Benchmark,
  subject: Subject,
  counts: readonly number[],
): Promise<Sample[]> {
  const gateway = await benchmark.startFresh(subject);
  // Compiled code and a grown heap are not to be taken for streams.
  await benchmark.warm(gateway, openStreamsShape(SMALLEST));
  await sleep(SETTLE_MS);
  const idleMb = gateway.residentMb;
  const samples: Sample[] = [];
  for (const count of counts) samples.push({ idleMb, ...(await watchPeak(benchmark, gateway, count)) });
  await gateway.stop();
  return samples;
}

async function watchPeak(
  benchmark: Benchmark,
  gateway: Gateway,
  count: number,
): Promise<Omit<Sample, 'idleMb'>> {
  let peakMb = 0;
  const timer = setInterval(() => {
    peakMb = Math.max(peakMb, gateway.residentMb);
  }, SAMPLE_MS);
  try {
    return { load: await benchmark.load(gateway, openStreamsShape(count)), peakMb };
  } finally {
    clearInterval(timer);
  }
}

function summarizeCount(name: string, count: number, runs: readonly (Sample | undefined)[]): Row {
  const samples = runs.filter((sample) => sample !== undefined);
  return toRow(
    `${name}, ${count} streams`,
    {
      idleMb: samples.map(({ idleMb }) => idleMb),
      peakMb: samples.map(({ peakMb }) => peakMb),
      kbPerStream: samples.map(({ idleMb, peakMb }) => ((peakMb - idleMb) * KB_IN_MB) / count),
    },
    samples.map(({ load }) => load),
  );
}
