import type { LoadShape } from './load.js';
import type { Metric } from './results.js';
import { modelName, SHORT_ANSWER } from './script.js';
import { DIRECT, GATEWAY, INTERCEPTOR, METRICS, PIPE, UNIT } from './subjects.js';

/** A load that all its subjects get in turns, in short slices. */
export interface LoadCase {
  id: string;
  title: string;
  shape: LoadShape;
  /**
   * In the order they are measured: node-min beside the gateway, whose ratio it is. `gateway` stands for other builds of it too; peers come last.
   */
  subjects: readonly string[];
  metrics: readonly Metric[];
  /** Variables for the gateway. */
  environment?: Record<string, string>;
  /** How many of the usual rounds; 1 when absent. Waves last longer than other slices. */
  roundsShare?: number;
  /** Each product once for each store, with answers that are kept. */
  isStored?: boolean;
  /** The gateway reads calls out of raw text, node-min passes the same bytes on; peers cannot take part. */
  parsesCalls?: boolean;
  /** The gateway passes chat completions on; it is compared with the pipe, as peers that pass them on are. */
  isPassed?: boolean;
}

const STREAM_COST: readonly Metric[] = ['cpuPerDelta', 'ratio', 'deltasPerSecond', 'residentMb', 'waitShare'];
const REQUEST_COST: readonly Metric[] = [
  'cpuPerRequest',
  'ratio',
  'requestsPerSecond',
  'residentMb',
  'waitShare',
];
const PIPED = [PIPE, GATEWAY];
const STORED_STREAM_COST: readonly Metric[] = [
  'cpuPerDelta',
  'toNone',
  'deltasPerSecond',
  'residentMb',
  'waitShare',
];
const EVERYBODY = [PIPE, UNIT, GATEWAY, INTERCEPTOR];
const SLICE_SECONDS = 0.8;
/** Until a gateway has got over the last of the requests that open a wave. */
const SETTLE_MS = 200;

export const LOAD_CASES: readonly LoadCase[] = [
  {
    id: 'firehose',
    title: 'firehose: whole answers of 256 deltas in big reads, 16 connections',
    shape: { script: { kind: 'text', chunks: 256 }, stream: true, connections: 16, seconds: SLICE_SECONDS },
    subjects: EVERYBODY,
    metrics: STREAM_COST,
  },
  {
    id: 'metrics',
    title: 'metrics: the load of firehose, with METRICS_PORT and without',
    shape: { script: { kind: 'text', chunks: 256 }, stream: true, connections: 16, seconds: SLICE_SECONDS },
    subjects: [UNIT, GATEWAY, METRICS],
    metrics: STREAM_COST,
  },
  {
    id: 'steps',
    title: 'steps: one delta a write, as fast as they are taken, 64 connections',
    shape: {
      script: { kind: 'text', chunks: 256, group: 1 },
      stream: true,
      connections: 64,
      seconds: SLICE_SECONDS,
    },
    subjects: [PIPE, UNIT, GATEWAY],
    metrics: STREAM_COST,
  },
  {
    id: 'paced',
    title: 'paced: 100 streams at 50 tokens/s',
    shape: wave(100, { chunks: 100, rate: 50, rampMs: 400 }),
    subjects: [PIPE, UNIT, GATEWAY],
    metrics: ['cpuPerDelta', 'ratio', 'lagP50', 'lagP99', 'residentMb', 'waitShare'],
    roundsShare: 0.6,
  },
  {
    id: 'tools',
    title: 'tools: a call whose arguments come in 128 fragments, 16 connections',
    shape: { script: { kind: 'tool', chunks: 128 }, stream: true, connections: 16, seconds: SLICE_SECONDS },
    subjects: [UNIT, GATEWAY],
    metrics: STREAM_COST,
  },
  {
    id: 'reasoning',
    title: 'reasoning: 128 deltas of reasoning, then 128 of text, 16 connections',
    shape: {
      script: { kind: 'reasoning', chunks: 256 },
      stream: true,
      connections: 16,
      seconds: SLICE_SECONDS,
    },
    subjects: [UNIT, GATEWAY],
    metrics: STREAM_COST,
  },
  {
    id: 'raw',
    title: 'raw: a call in the text of a Hermes model, read by the gateway, 256 deltas, 16 connections',
    shape: { script: { kind: 'raw', chunks: 256 }, stream: true, connections: 16, seconds: SLICE_SECONDS },
    subjects: [UNIT, GATEWAY],
    metrics: STREAM_COST,
    environment: { TOOL_CALLS: 'raw', TOOL_CALL_PARSER: 'hermes' },
    parsesCalls: true,
  },
  {
    id: 'nonstream',
    title: 'nonstream: whole answers of 200 tokens, 16 connections',
    shape: { script: { kind: 'text', chunks: 200 }, stream: false, connections: 16, seconds: SLICE_SECONDS },
    subjects: EVERYBODY,
    metrics: REQUEST_COST,
  },
  {
    id: 'longinput',
    title: 'longinput: 400 items, 300 KB, a short answer, 8 connections',
    shape: {
      script: { kind: 'text', chunks: 20 },
      stream: false,
      input: 'long',
      connections: 8,
      seconds: SLICE_SECONDS,
    },
    subjects: [UNIT, GATEWAY],
    metrics: REQUEST_COST,
  },
  {
    id: 'passthrough',
    title:
      'passthrough: chat completions as they are, one delta a write, as fast as they are taken, 64 connections',
    shape: {
      script: { kind: 'text', chunks: 256, group: 1 },
      stream: true,
      connections: 64,
      seconds: SLICE_SECONDS,
    },
    subjects: PIPED,
    metrics: ['cpuPerDelta', 'toPipe', 'deltasPerSecond', 'residentMb', 'waitShare'],
    isPassed: true,
  },
  {
    id: 'passthroughwhole',
    title: 'passthroughwhole: whole chat completions of 200 tokens as they are, 16 connections',
    shape: { script: { kind: 'text', chunks: 200 }, stream: false, connections: 16, seconds: SLICE_SECONDS },
    subjects: PIPED,
    metrics: ['cpuPerRequest', 'toPipe', 'requestsPerSecond', 'residentMb', 'waitShare'],
    isPassed: true,
  },
  openStreams(100),
  openStreams(500),
  openStreams(1000),
  {
    id: 'firstbyte',
    title: 'firstbyte: 100 requests/s, whatever the answers do',
    shape: {
      script: { kind: 'text', chunks: 16, group: 1 },
      stream: true,
      connections: 64,
      seconds: 1.2,
      rate: 100,
    },
    subjects: [DIRECT, UNIT, GATEWAY],
    roundsShare: 0.6,
    metrics: [
      'firstByteP50',
      'firstByteP99',
      'addedFirstByteP50',
      'addedFirstByteP99',
      'addedFirstDeltaP50',
      'waitShare',
    ],
  },
  {
    id: 'stored',
    title: 'stored: whole answers of 200 tokens that are kept, 16 connections',
    shape: {
      script: { kind: 'text', chunks: 200 },
      stream: false,
      store: true,
      connections: 16,
      seconds: SLICE_SECONDS,
    },
    subjects: [GATEWAY],
    metrics: ['cpuPerRequest', 'toNone', 'requestsPerSecond', 'residentMb', 'waitShare'],
    isStored: true,
  },
  {
    id: 'storedsteps',
    title: 'storedsteps: streams of 256 deltas that are kept, one delta a write, 64 connections',
    shape: {
      script: { kind: 'text', chunks: 256, group: 1 },
      stream: true,
      store: true,
      connections: 64,
      seconds: SLICE_SECONDS,
    },
    subjects: [GATEWAY],
    metrics: STORED_STREAM_COST,
    isStored: true,
  },
  {
    id: 'storedfirehose',
    title: 'storedfirehose: streams of 256 deltas that are kept, in big reads, 16 connections',
    shape: {
      script: { kind: 'text', chunks: 256 },
      stream: true,
      store: true,
      connections: 16,
      seconds: SLICE_SECONDS,
    },
    subjects: [GATEWAY],
    metrics: STORED_STREAM_COST,
    isStored: true,
  },
  {
    id: 'storedlatency',
    title: 'storedlatency: whole answers of 200 tokens that are kept, 100 requests/s',
    shape: {
      script: { kind: 'text', chunks: 200 },
      stream: false,
      store: true,
      connections: 64,
      seconds: 2.4,
      rate: 100,
    },
    subjects: [DIRECT, GATEWAY],
    roundsShare: 0.6,
    metrics: ['totalP50', 'totalP99', 'addedTotalP50', 'addedTotalP99', 'waitShare'],
    isStored: true,
  },
];

/** The models that load cases ask for, with the unpaced ones of their warm-up. */
export function listModels(): string[] {
  const scripts = LOAD_CASES.flatMap(({ shape: { script } }) => [script, { ...script, rate: 0 }]);
  return [...new Set([SHORT_ANSWER, ...scripts].map(modelName))];
}

function openStreams(connections: number): LoadCase {
  return {
    id: `open${connections}`,
    title: `open${connections}: ${connections} open streams at 20 tokens/s`,
    shape: openStreamsShape(connections),
    subjects: [DIRECT, UNIT, GATEWAY],
    metrics: [
      'lagP50',
      'lagP99',
      'addedLagP50',
      'addedLagP99',
      'gapP99',
      'cpuPerDelta',
      'ratio',
      'waitShare',
    ],
    roundsShare: 0.35,
  };
}

/** So many streams, open at the same time. */
export function openStreamsShape(connections: number): LoadShape {
  return wave(connections, { chunks: 45, rate: 20, rampMs: 900 });
}

/** One paced answer for each connection. */
function wave(
  connections: number,
  { chunks, rate, rampMs }: { chunks: number; rate: number; rampMs: number },
): LoadShape {
  return {
    script: { kind: 'text', chunks, rate, group: 1, stamps: true },
    stream: true,
    connections,
    seconds: rampMs / 1000 + 1,
    rampMs,
    settleMs: rampMs + SETTLE_MS,
    once: true,
  };
}
