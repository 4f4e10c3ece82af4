import type { ResponseEvent } from '../../contracts/response-events.js';
import { reportUnhandled } from '../../request/guarded.js';

/** Hears of the single events of an answer. What it throws in `next` fails the answer. @public */
export interface EventObserver {
  /** Called with each event before the client gets it. The event is to be looked at, not changed. */
  next?: (event: ResponseEvent) => void;
  /** Nothing was answered, since another observer has thrown at the first event. */
  error?: (error: unknown) => void;
  /** The terminal event was the last, also where it is `response.failed`. */
  complete?: () => void;
  /** The answer is over, whatever ended it: its end, an error, or a client that has left. */
  finalize?: () => void;
}

/** The observers of one answer. */
export class EventObservers {
  private observers: EventObserver[] = [];

  add(observer: EventObserver): void {
    this.observers.push(observer);
  }

  /** Its `finalize` is called with it. */
  remove(observer: EventObserver): void {
    if (!this.observers.includes(observer)) return;
    this.observers = this.observers.filter((other) => other !== observer);
    finalize(observer);
  }

  /** @throws what an observer throws, which hears of nothing more */
  next(event: ResponseEvent): void {
    for (const observer of this.observers) {
      try {
        observer.next?.(event);
      } catch (error) {
        this.remove(observer);
        throw error;
      }
    }
  }

  /** @throws what an observer throws */
  complete(): void {
    for (const observer of this.observers) observer.complete?.();
  }

  /** Whatever ended the answer: nobody hears of anything more. @param error set where nothing was answered */
  close(error?: unknown): void {
    const { observers } = this;
    this.observers = [];
    for (const observer of observers) {
      try {
        if (error !== undefined) observer.error?.(error);
      } catch (thrown) {
        reportUnhandled(thrown);
      }
      finalize(observer);
    }
  }
}

function finalize(observer: EventObserver): void {
  try {
    observer.finalize?.();
  } catch (error) {
    reportUnhandled(error);
  }
}
