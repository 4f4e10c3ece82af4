import type { ResponseUsage } from '../contracts/responses-api.js';

/** The fields of a request's log line. @public */
export interface RequestReport {
  /** `websocket` for a turn of a WebSocket. */
  transport?: string;
  model?: string;
  upstream?: string;
  stream?: boolean;
  /** `completed`, `incomplete`, `failed` or the code of the error it was refused with. */
  outcome?: string;
  /** performance.now() when the model's first output reached the gateway. */
  firstOutputAt?: number;
  usage?: ResponseUsage;
  warnings?: readonly string[];
  /** For the log only: the original error. */
  cause?: unknown;
}
