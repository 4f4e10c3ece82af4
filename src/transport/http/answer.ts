import type { ResponseEvent } from '../../contracts/response-events.js';
import type { GatewayError } from '../../errors/gateway-error.js';

/** One way of answering with events. */
export interface Answer {
  /** Whether the status line is out, so that an error can no longer become an HTTP error. */
  readonly hasBegun: boolean;
  next(event: ResponseEvent): void;
  /** Ends an answer that has begun with a failed response. */
  fail(error: GatewayError): void;
  complete(): void;
  /** Lets go of timers; the client may be gone. */
  dispose(): void;
}
