import { setTimeout as sleep } from 'node:timers/promises';
import type { Benchmark } from './benchmark.js';
import { type CaseResult, type Row, toRow } from './results.js';
import type { Subject } from './subjects.js';

const STARTS = 5;
const QUICK_STARTS = 3;
/** Until what the start has left behind is cleared up. */
const SETTLE_MS = 1_000;

/** How long a process takes to its first answer, and what it holds afterwards. */
export async function measureStart(benchmark: Benchmark): Promise<CaseResult> {
  const rows: Row[] = [];
  for (const subject of benchmark.unitAndProducts) {
    rows.push(await startAgainAndAgain(benchmark, subject));
  }
  return { id: 'start', title: 'start: from the start of the process to its first answer', rows };
}

async function startAgainAndAgain(benchmark: Benchmark, subject: Subject): Promise<Row> {
  const startSeconds: number[] = [];
  const startCpuSeconds: number[] = [];
  const idleMb: number[] = [];
  const starts = benchmark.options.quick ? QUICK_STARTS : STARTS;
  for (let start = 0; start < starts; start++) {
    const gateway = await benchmark.startFresh(subject);
    await sleep(SETTLE_MS);
    startSeconds.push(gateway.start.seconds);
    startCpuSeconds.push(gateway.start.cpuSeconds);
    idleMb.push(gateway.residentMb);
    await gateway.stop();
  }
  benchmark.tell(`start ${subject.name}: ${startSeconds.map((seconds) => seconds.toFixed(2)).join(', ')} s`);
  return toRow(subject.name, { startSeconds, startCpuSeconds, idleMb });
}
