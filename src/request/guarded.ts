import { config, type Observer, type Subscription } from 'rxjs';

/**
 * An observer whose handlers do not throw: what one throws goes to `fail`, which ends the answer. RxJS would rethrow it
 * from a timer, which ends the process.
 */
export function guarded<T>(observer: Observer<T>, fail: (error: unknown) => void): Observer<T> {
  return {
    next: (value) => {
      try {
        observer.next(value);
      } catch (error) {
        fail(error);
      }
    },
    error: (reason) => {
      try {
        observer.error(reason);
      } catch (error) {
        fail(error);
      }
    },
    complete: () => {
      try {
        observer.complete();
      } catch (error) {
        fail(error);
      }
    },
  };
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
