import type { IncomingMessage, ServerResponse } from 'node:http';
import type { ResponseEvent } from '../../contracts/response-events.js';
import type { GatewayError } from '../../errors/gateway-error.js';
import type { RequestContext } from '../../request/request-context.js';

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

/** @throws GatewayError when the request is not to be answered */
export type OpenAnswer = (response: ServerResponse, context: RequestContext) => Answer;

const OPEN_ANSWER = Symbol('open answer');

type RequestWithAnswer = IncomingMessage & { [OPEN_ANSWER]?: OpenAnswer };

/** Has the events of a request go to a client that is not at the end of its HTTP response: a turn of a WebSocket. */
export function attachAnswer(request: IncomingMessage, open: OpenAnswer): void {
  (request as RequestWithAnswer)[OPEN_ANSWER] = open;
}

export function attachedAnswer(request: IncomingMessage): OpenAnswer | undefined {
  return (request as RequestWithAnswer)[OPEN_ANSWER];
}
