import { Milliseconds, WholeNumber } from './variable.decorators.js';

/** How much one process takes on at a time. */
export class LimitsEnvironment {
  /** Answers that run at the same time, turns of WebSockets included; 0 is no limit. */
  @WholeNumber(0)
  MAX_IN_FLIGHT: number = 1_000;

  /** Requests that wait for one of the running answers to end; beyond it they are refused at once; 0: none waits. */
  @WholeNumber(0)
  QUEUE_LIMIT: number = 100;

  /** How long a request waits at most, ms; then it is refused. */
  @Milliseconds(1)
  QUEUE_TIMEOUT_MS: number = 5_000;

  /** Output that is reserved of a caller's tokens per minute for a request that does not say `max_output_tokens`, tokens. */
  @WholeNumber(0)
  RESERVED_OUTPUT_TOKENS: number = 1_024;

  /** Open WebSocket connections, whether a turn is running or not; 0 is no limit. */
  @WholeNumber(0)
  WEBSOCKET_MAX_CONNECTIONS: number = 1_000;

  /** A client that takes no byte of what waits for it, or sends none of its body, for so long is dropped, ms; 0: never. */
  @Milliseconds(0)
  CLIENT_STALL_TIMEOUT_MS: number = 60_000;
}
