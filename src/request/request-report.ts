import type { ResponseUsage } from '../contracts/responses-api.js';

/** Tool calls that an answer was found to hold. @public */
export interface ToolCallReport {
  /** The gateway's parser that reads the model's text; `upstream`: the model server reads it. */
  parser: string;
  /** Whole ones. */
  parsed: number;
  /** Those that the model broke off, or was cut off in. */
  broken: number;
}

/** What is known of a request and its answer, for the log, the metrics and whoever else observes calls. @public */
export interface RequestReport {
  /** `websocket` for a turn of a WebSocket. */
  transport?: string;
  model?: string;
  upstream?: string;
  stream?: boolean;
  /** `completed`, `incomplete`, `failed` or the code of the error it was refused with. */
  outcome?: string;
  /** The limit of its caller that it was refused for. */
  limit?: 'requests' | 'tokens' | 'concurrent';
  /** performance.now() when the model's first output reached the gateway. */
  firstOutputAt?: number;
  usage?: ResponseUsage;
  toolCalls?: ToolCallReport;
  warnings?: readonly string[];
  /** For the log only: the original error. */
  cause?: unknown;
}
