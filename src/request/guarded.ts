import { config, type Observer, type Subscription } from 'rxjs';

/**
 * An observer whose handlers do not throw: what one throws goes to `fail`, which ends the answer. RxJS would rethrow it
 * from a timer, which ends the process.
 */
export class Guarded<T> implements Observer<T> {
  constructor(
    private readonly observer: Observer<T>,
    private readonly fail: (error: unknown) => void,
  ) {}

  next(value: T): void {
    try {
      this.observer.next(value);
    } catch (error) {
      this.fail(error);
    }
  }

  error(reason: unknown): void {
    try {
      this.observer.error(reason);
    } catch (error) {
      this.fail(error);
    }
  }

  complete(): void {
    try {
      this.observer.complete();
    } catch (error) {
      this.fail(error);
    }
  }
}

/** Unsubscribes. What a teardown throws, such as an extension's `finalize`, is reported and not rethrown. */
export function unsubscribeSafely(subscription: Subscription): void {
  try {
    subscription.unsubscribe();
  } catch (error) {
    reportUnhandled(error);
  }
}

/** Reports an error that nobody can handle where RxJS reports its own. */
export function reportUnhandled(error: unknown): void {
  config.onUnhandledError?.(error);
}
