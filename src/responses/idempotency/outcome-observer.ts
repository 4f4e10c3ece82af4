import type { ResponseEvent } from '../../contracts/response-events.js';
import type { ResponseObject } from '../../contracts/responses-api.js';
import type { EventObserver } from '../run/event-observers.js';

/** What is to be done with an answer that may be asked for once more. */
export interface OutcomeHandlers {
  next?: (event: ResponseEvent) => void;
  /** It has ended, and not failed. */
  finish: (response: ResponseObject) => void;
  /** It has come to nothing that could be given once more. */
  release: () => void;
}

/** Sees an answer to its end. */
export class OutcomeObserver implements EventObserver {
  private response: ResponseObject | null = null;

  constructor(private readonly handlers: OutcomeHandlers) {}

  next(event: ResponseEvent): void {
    if (event.type === 'response.completed' || event.type === 'response.incomplete')
      this.response = event.response;
    if (event.type === 'response.failed') this.response = null;
    this.handlers.next?.(event);
  }

  finalize(): void {
    if (this.response) this.handlers.finish(this.response);
    else this.handlers.release();
  }
}
