import type { ResponseUsage } from '../contracts/responses-api.js';

/** What is known of a request when it is over: the fields of its log line. */
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
  /** For the log only: why it failed, in the words of whoever failed. */
  cause?: unknown;
}
