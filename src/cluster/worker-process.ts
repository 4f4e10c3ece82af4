import type { GatewayFacts } from '../banner.js';

/** How a worker ended. */
export interface WorkerEnd {
  code: number | null;
  signal: string | null;
  /** What it said of its failure to start. */
  message?: string;
}

/** A process that serves, seen from its primary. */
export interface WorkerProcess {
  /** Counted up from 1 over the life of the primary. */
  readonly id: number;
  /** undefined where the system did not give a process. */
  readonly pid: number | undefined;
  /** Rejects with the reason when it ends before. */
  readonly listening: Promise<GatewayFacts>;
  /** Never rejects. */
  readonly ended: Promise<WorkerEnd>;
  /** Has it end as soon as nobody needs it any more: it takes no new connections, and cuts and refuses nothing. */
  retire(): void;
  /** Has it end within SHUTDOWN_GRACE_MS: new requests are refused. */
  stop(): void;
  /** Ends it at once. */
  kill(): void;
}

export type ForkWorker = () => WorkerProcess;

/** What the log says of an end. */
export function describeEnd({ code, signal, message }: WorkerEnd): string {
  if (message !== undefined) return message;
  return signal === null ? `exit code ${String(code)}` : `signal ${signal}`;
}
