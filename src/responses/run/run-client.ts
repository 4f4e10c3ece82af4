import type { ResponseEvent } from '../../contracts/response-events.js';
import type { ResponseObject } from '../../contracts/responses-api.js';

/** Somebody who is answered: an HTTP stream, one JSON object, a turn of a WebSocket. */
export interface RunClient {
  /** Whether something was said, so that the answer can no longer become an error of the request. */
  readonly hasBegun: boolean;
  /** There will be events, but none is there yet: a stream gives its sign of life. */
  begin?(): void;
  next(event: ResponseEvent): void;
  /** The terminal event was the last. @param response that of this event */
  end(response: ResponseObject | null): void;
  /** There is more to be said, and nobody here to say it: the connection is to be closed so that the client notices. */
  breakOff?(): void;
  /** Nothing was said, and nothing will be. */
  refuse(error: unknown): void;
}
