import { statSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Benchmark } from './benchmark.js';
import type { Gateway } from './gateway.js';
import type { LoadResult, LoadShape } from './load.js';
import { writeBody } from './request-body.js';
import { type CaseResult, type Row, type Series, toRow } from './results.js';
import type { Subject } from './subjects.js';

/** Rising: what a process has once taken it rarely gives back. */
const STREAMS = [500, 1000];
const QUICK_STREAMS = [500];
/** So many long requests are answered at once. */
const LONG_REQUESTS = 50;
const RUNS = 2;
const SETTLE_MS = 1_000;
const RAMP_MS = 1_000;
/** Slow, and long enough that all are open, and have had some deltas, when memory is read. */
const TOKENS_PER_SECOND = 2;
const TOKENS = 12;
const READ_AFTER_MS = RAMP_MS + 2_000;
const READ_BEFORE_MS = (TOKENS * 1_000) / TOKENS_PER_SECOND;
const BYTES_IN_KB = 1024;
const KB_IN_MB = 1024;

/** What a process holds. */
interface Held {
  /** On its heap and in buffers, once garbage is collected; NaN where it cannot be told. */
  liveBytes: number;
  residentMb: number;
}

interface Sample {
  idle: Held;
  open: Held;
  load: LoadResult;
}

/** What open streams hold: what lives in a fresh, warmed process while they are open, above what lived when it was idle. */
export async function measureMemory(benchmark: Benchmark): Promise<CaseResult> {
  const shapes = (benchmark.options.quick ? QUICK_STREAMS : STREAMS).map((count) => slowStreams(count));
  const rows = await measureSubjects(benchmark, shapes, (name, shape, samples) =>
    toRow(
      `${name}, ${shape.connections} streams`,
      {
        ...describeHeld(samples),
        residentKbEach: samples.map(
          ({ idle, open }) => ((open.residentMb - idle.residentMb) * KB_IN_MB) / shape.connections,
        ),
        kbPerStream: samples.map((sample) => liveBytesEach(sample, shape) / BYTES_IN_KB),
      },
      samples.map(({ load }) => load),
    ),
  );
  return { id: 'memory', title: 'memory: what open streams hold above the idle process', rows };
}

/** What requests of 300 KB hold while they are answered. */
export async function measureLongRequests(benchmark: Benchmark): Promise<CaseResult> {
  const shape: LoadShape = { ...slowStreams(LONG_REQUESTS), input: 'long' };
  const bodyBytes = statSync(writeBody(shape, 'responses')).size;
  const rows = await measureSubjects(benchmark, [shape], (name, _shape, samples) =>
    toRow(
      name,
      {
        ...describeHeld(samples),
        toBody: samples.map((sample) => liveBytesEach(sample, shape) / bodyBytes),
      },
      samples.map(({ load }) => load),
    ),
  );
  return {
    id: 'longheld',
    title: `longheld: what ${LONG_REQUESTS} requests of 400 items, 300 KB, hold while they are answered`,
    rows,
  };
}

function slowStreams(connections: number): LoadShape {
  return {
    script: { kind: 'text', chunks: TOKENS, rate: TOKENS_PER_SECOND, group: 1, stamps: true },
    stream: true,
    connections,
    seconds: RAMP_MS / 1000 + 1,
    rampMs: RAMP_MS,
    once: true,
  };
}

async function measureSubjects(
  benchmark: Benchmark,
  shapes: readonly LoadShape[],
  summarize: (name: string, shape: LoadShape, samples: readonly Sample[]) => Row,
): Promise<Row[]> {
  const rows: Row[] = [];
  for (const subject of [...benchmark.unitAndProducts, ...benchmark.options.peers]) {
    const runs = benchmark.options.quick || subject.role !== 'product' ? 1 : RUNS;
    const samples = shapes.map((): Sample[] => []);
    for (let run = 0; run < runs; run++) {
      const measured = await measureFresh(benchmark, subject, shapes);
      measured.forEach((sample, index) => samples[index]?.push(sample));
    }
    rows.push(...shapes.map((shape, index) => summarize(subject.name, shape, samples[index] ?? [])));
    benchmark.tell(`memory ${subject.name}: ${runs} processes measured`);
  }
  return rows;
}

async function measureFresh(
  benchmark: Benchmark,
  subject: Subject,
  shapes: readonly LoadShape[],
): Promise<Sample[]> {
  const gateway = await benchmark.startFresh(subject, { tellsMemory: subject.role !== 'peer' });
  // Compiled code is not to be taken for streams.
  for (const shape of shapes.slice(0, 1)) await benchmark.warm(gateway, shape);
  await sleep(SETTLE_MS);
  const idle = await readHeld(gateway);
  const samples: Sample[] = [];
  for (const shape of shapes) samples.push({ idle, ...(await readWhileOpen(benchmark, gateway, shape)) });
  await gateway.stop();
  return samples;
}

/** @throws Error when streams may have ended before memory was read */
async function readWhileOpen(
  benchmark: Benchmark,
  gateway: Gateway,
  shape: LoadShape,
): Promise<Pick<Sample, 'open' | 'load'>> {
  const startedAt = performance.now();
  const loading = benchmark.load(gateway, shape);
  const reading = sleep(READ_AFTER_MS).then(() => readHeld(gateway));
  const timed = reading.then((open) => ({ open, ms: performance.now() - startedAt }));
  const [{ open, ms }, load] = await Promise.all([timed, loading]);
  if (ms > READ_BEFORE_MS)
    throw new Error(`The memory of ${gateway.name} was read after ${ms} ms: too late.`);
  return { open, load };
}

async function readHeld(gateway: Gateway): Promise<Held> {
  const liveBytes = gateway.subject.role === 'peer' ? NaN : await gateway.readLiveBytes();
  return { liveBytes, residentMb: gateway.residentMb };
}

function liveBytesEach({ idle, open }: Sample, { connections }: LoadShape): number {
  return (open.liveBytes - idle.liveBytes) / connections;
}

function describeHeld(samples: readonly Sample[]): Series {
  return {
    idleMb: samples.map(({ idle }) => idle.residentMb),
    openMb: samples.map(({ open }) => open.residentMb),
    idleHeapMb: samples.map(({ idle }) => idle.liveBytes / BYTES_IN_KB / KB_IN_MB),
  };
}
