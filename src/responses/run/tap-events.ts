import { type MonoTypeOperatorFunction, tap } from 'rxjs';
import type { EventObserver } from './event-observers.js';
import { AnswerSource } from './answer-source.js';

/**
 * Has the single events of an answer observed, in an interceptor. What is no answer of `POST /v1/responses` passes by.
 *
 * @public
 * @example
 * intercept(_context: ExecutionContext, next: CallHandler): Observable<unknown> {
 *   return next.handle().pipe(tapEvents({ next: ({ type }) => this.count(type) }));
 * }
 */
export function tapEvents<T>(observer: EventObserver): MonoTypeOperatorFunction<T> {
  return tap((value) => {
    if (value instanceof AnswerSource) value.observe(observer);
  });
}
