import type { LoadResult } from './load.js';
import { summarize, type Summary } from './statistics.js';

/** What is measured, and how it is shown. */
export const METRICS = {
  cpuPerDelta: { label: 'CPU s / 1M deltas', digits: 2 },
  cpuPerRequest: { label: 'CPU ms / 1k requests', digits: 0 },
  ratio: { label: 'to node-min', digits: 2 },
  toPipe: { label: 'CPU to pipe', digits: 2 },
  toNone: { label: 'CPU to none', digits: 2 },
  toOneProcess: { label: 'to 1 process', digits: 2 },
  deltasPerSecond: { label: 'deltas/s', digits: 0 },
  requestsPerSecond: { label: 'requests/s', digits: 0 },
  speedup: { label: 'throughput to 1 process', digits: 2 },
  evenness: { label: 'least loaded gateway (1 = even)', digits: 2 },
  lagP50: { label: 'lag p50 µs', digits: 0 },
  lagP99: { label: 'lag p99 µs', digits: 0 },
  addedLagP50: { label: 'added lag p50 ms', digits: 2 },
  addedLagP99: { label: 'added lag p99 ms', digits: 2 },
  gapP99: { label: 'gap p99 ms', digits: 1 },
  firstByteP50: { label: 'first byte p50 µs', digits: 0 },
  firstByteP99: { label: 'first byte p99 µs', digits: 0 },
  addedFirstByteP50: { label: 'added first byte p50 ms', digits: 2 },
  addedFirstByteP99: { label: 'added first byte p99 ms', digits: 2 },
  addedFirstDeltaP50: { label: 'added first delta p50 ms', digits: 2 },
  totalP50: { label: 'whole answer p50 µs', digits: 0 },
  totalP99: { label: 'whole answer p99 µs', digits: 0 },
  addedTotalP50: { label: 'added p50 ms', digits: 2 },
  addedTotalP99: { label: 'added p99 ms', digits: 2 },
  earlyTurnMs: { label: 'added in turn 2 ms', digits: 2 },
  lateTurnMs: { label: 'added in turn 200 ms', digits: 2 },
  toEarlyTurn: { label: 'turn 200 to turn 2', digits: 2 },
  residentMb: { label: 'RSS MB', digits: 0 },
  cores: { label: 'cores used', digits: 2 },
  refused: { label: 'refused', digits: 0 },
  refusalP50: { label: 'refused after p50 ms', digits: 1 },
  refusalP99: { label: 'refused after p99 ms', digits: 1 },
  waitShare: { label: 'waited for CPU %', digits: 0 },
  idleMb: { label: 'idle RSS MB', digits: 0 },
  openMb: { label: 'open RSS MB', digits: 0 },
  residentKbEach: { label: 'RSS KB / open stream', digits: 1 },
  idleHeapMb: { label: 'idle live MB', digits: 1 },
  firstMb: { label: 'RSS MB after 10,000', digits: 0 },
  middleMb: { label: 'after 50,000', digits: 0 },
  lastMb: { label: 'after 100,000', digits: 0 },
  growth: { label: '100,000 to 10,000', digits: 2 },
  kbPerStream: { label: 'live KB / open stream', digits: 1 },
  toBody: { label: 'live to its body', digits: 2 },
  startSeconds: { label: 'start to first answer s', digits: 2 },
  startCpuSeconds: { label: 'CPU s to first answer', digits: 2 },
  parseMs: { label: 'JSON.parse ms', digits: 2 },
  translateMs: { label: 'check + translate ms', digits: 2 },
  toParse: { label: 'to JSON.parse', digits: 2 },
} as const;

export type Metric = keyof typeof METRICS;

/** One subject in one case. */
export interface Row {
  name: string;
  figures: Partial<Record<Metric, Summary>>;
  /** Answers that were wrong, in all rounds. */
  errors: number;
  /** The first thing that was wrong. */
  problem: string | null;
}

/** One value a round, by metric. */
export type Series = Partial<Record<Metric, readonly number[]>>;

export interface CaseResult {
  id: string;
  title: string;
  rows: Row[];
  /** Why there are no rows. */
  skipped?: string;
}

export interface Run {
  startedAt: string;
  commit: string;
  machine: string;
  command: string;
  rounds: number;
  seconds: number;
  cases: CaseResult[];
}

/** The row of a subject. @param loads of all its rounds, for the errors */
export function toRow(
  name: string,
  series: Series,
  loads: readonly Pick<LoadResult, 'errors' | 'problem'>[] = [],
): Row {
  const figures = Object.entries(series).flatMap(([metric, values]) => {
    const summary = summarize(values);
    return summary ? [[metric, summary] as const] : [];
  });
  return {
    name,
    figures: Object.fromEntries(figures),
    errors: loads.reduce((sum, { errors }) => sum + errors, 0),
    problem: loads.find(({ problem }) => problem !== null)?.problem ?? null,
  };
}
