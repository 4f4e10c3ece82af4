import type { RequestContext } from './request-context.js';

/** The status of a request whose client left before it had the answer. */
export const CLIENT_CLOSED_REQUEST = 499;
/** The route of what fits none. */
export const UNMATCHED = 'unmatched';

/** A request that is over, or a background response that has ended. @public */
export interface Call {
  /** The HTTP method; `JOB` for work that no client waits for. */
  readonly method: string;
  readonly path: string;
  /** Pattern of the route, such as `/v1/responses/:response_id`: few enough to count by. `unmatched`: none. */
  readonly route: string;
  /** HTTP status; 499: the client left before it had the answer. */
  readonly status: number;
  readonly durationMs: number;
  /** Who called, and what is known of the answer (its `report`). */
  readonly context: RequestContext;
}

/**
 * Sees each request when it comes and when it is over, such as the request log does. Any provider of a class that extends this one is
 * found, in whichever module it stands; there may be several. What it throws is logged, and nothing else comes of it.
 *
 * @public
 * @example
 * @Injectable()
 * class CountCalls extends CallObserver {
 *   override ended({ route, status }: Call): void {
 *     counter.add(1, { route, status });
 *   }
 * }
 */
export abstract class CallObserver {
  /** A request has come: nothing is known of it but its headers. Not called for background responses. */
  began?(context: RequestContext): void;

  /** A background response is begun, long after the request that asked for it, or on another replica. */
  beganJob?(context: RequestContext): void;

  /** Called once, with or without an answer. It must not wait: the next request does. */
  abstract ended(call: Call): void;
}
