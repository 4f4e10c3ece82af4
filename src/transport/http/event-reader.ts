import type { IncomingMessage } from 'node:http';
import type { Observable } from 'rxjs';
import type { ResponseRun } from '../../responses/run/response-run.js';

/** Takes the answer of a request that is not answered over its HTTP response, as a turn of a WebSocket is. */
export interface EventReader {
  /** @returns emits once and completes when the answer is over; errors when nothing was answered */
  relay(runs: Observable<ResponseRun>): Observable<unknown>;
}

const READER = Symbol('event reader');

type RequestWithReader = IncomingMessage & { [READER]?: EventReader };

export function attachEventReader(request: IncomingMessage, reader: EventReader): void {
  (request as RequestWithReader)[READER] = reader;
}

export function eventReaderOf(request: IncomingMessage): EventReader | undefined {
  return (request as RequestWithReader)[READER];
}
