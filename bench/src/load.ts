import type { ChildProcesses, Place } from './child-processes.js';
import { LOAD_GENERATOR } from './native-programs.js';
import { type Api, type RequestShape, writeBody } from './request-body.js';
import { modelName } from './script.js';

/** Times of one kind in a run, in µs; null when there were none. */
export interface Latency {
  count: number;
  p50: number | null;
  p90: number | null;
  p99: number | null;
  max: number | null;
}

/** What the load generator prints. */
export interface LoadResult {
  answers: number;
  errors: number;
  deltas: number;
  answersPerSecond: number;
  deltasPerSecond: number;
  /** The first thing that was wrong. */
  problem: string | null;
  firstByte: Latency;
  firstDelta: Latency;
  /** From delta to delta of a stream. */
  gap: Latency;
  /** From the mock's write to the load generator's read. */
  lag: Latency;
  total: Latency;
  /** Requests that were refused with 503, and how soon. */
  refusals: number;
  refusal: Latency;
  /** The response that came last; empty where it has no id. */
  lastId: string;
}

/** How requests are sent. */
export interface LoadShape extends RequestShape {
  connections: number;
  /** How long new requests begin, in seconds. */
  seconds: number;
  /** Every connection sends one request only. */
  once?: boolean;
  /** Over which time the connections begin, in ms. */
  rampMs?: number;
  /** They begin at random times of the ramp, not evenly; the same in each run. */
  scattered?: boolean;
  /** 503 is an answer too. */
  mayRefuse?: boolean;
  /** From when on gaps and lags count, in ms; with `once` until the first answer has ended. */
  settleMs?: number;
  /** So many and no more. */
  requests?: number;
  /** Requests a second, whatever the answers do; absent: the next one when an answer has ended. */
  rate?: number;
}

/** Whom they are sent to, and how it answers. */
export interface LoadTarget {
  port: number;
  api: Api;
  bearer?: string;
  /** It reads calls out of raw text. */
  parsesCalls?: boolean;
  /** Its streams may end without [DONE]. */
  isDoneOptional?: boolean;
}

const PATHS: Record<Api, string> = { responses: '/v1/responses', chat: '/v1/chat/completions' };

/** Runs the load generator against a gateway, or against the mock itself. */
export async function runLoad(
  processes: ChildProcesses,
  target: LoadTarget,
  shape: LoadShape,
  place: Place = 'load',
): Promise<LoadResult> {
  const { fault: _, ...expected } = shape.script;
  const options: Record<string, string | number | undefined> = {
    port: target.port,
    path: PATHS[target.api],
    api: target.api,
    script: modelName(expected),
    body: writeBody(shape, target.api),
    connections: shape.connections,
    seconds: shape.seconds,
    bearer: target.bearer,
    'ramp-ms': shape.rampMs,
    'settle-ms': shape.settleMs,
    rate: shape.rate,
    requests: shape.requests,
  };
  const flags = {
    stream: shape.stream,
    stored: shape.store,
    parsed: target.parsesCalls,
    'done-optional': target.isDoneOptional,
    once: shape.once,
    scattered: shape.scattered,
    'may-refuse': shape.mayRefuse,
  };
  const command = [
    LOAD_GENERATOR,
    ...Object.entries(options).flatMap(([name, value]) =>
      value === undefined ? [] : [`--${name}`, String(value)],
    ),
    ...Object.entries(flags).flatMap(([name, isSet]) => (isSet ? [`--${name}`] : [])),
  ];
  return JSON.parse(await processes.run(command, place)) as LoadResult;
}
