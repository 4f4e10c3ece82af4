import { type CallHandler, type ExecutionContext, Injectable, type NestInterceptor } from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import type { Request, Response } from 'express';
import { Observable, of, type Subscriber } from 'rxjs';
import { Environment } from '../../config/environment.js';
import { requestContextOf } from '../../request/current-request.decorator.js';
import { DrainService } from '../../request/drain.service.js';
import { unsubscribeSafely } from '../../request/guarded.js';
import { isInFlight } from '../../request/in-flight.decorator.js';
import type { RequestContext } from '../../request/request-context.js';
import type { Running } from '../../request/running-list.js';
import { ResponseRun } from '../../responses/run/response-run.js';
import { noticeHeaders } from './answer-headers.js';
import { BodyReader } from './body/body-reader.service.js';
import { isEventStream } from './event-stream.decorator.js';
import { eventReaderOf } from './event-reader.js';
import { JsonAnswer } from './json-answer.js';
import { StreamAnswer } from './stream-answer.js';

/**
 * The outermost interceptor, behind all guards: has the body read, so that whoever has no key, no place or no such route costs no more
 * than the headers; has the process wait for the requests that the model server works for; and attaches the client to the run that
 * the handler hands over. With that Nest has done its part. An error before goes on to the exception filter and becomes an HTTP error.
 */
@Injectable()
export class EventStreamWriter implements NestInterceptor {
  constructor(
    private readonly reflector: Reflector,
    private readonly bodies: BodyReader,
    private readonly drain: DrainService,
    private readonly environment: Environment,
  ) {}

  intercept(execution: ExecutionContext, next: CallHandler): Observable<unknown> {
    const request = execution.switchToHttp().getRequest<Request>();
    const reader = eventReaderOf(request);
    // A turn of a WebSocket brings its body with it.
    if (reader) return reader.relay(next.handle() as Observable<ResponseRun>);
    return this.bodies.before(execution, () =>
      isInFlight(this.reflector, execution) ? this.answer(execution, next) : next.handle(),
    );
  }

  private answer(execution: ExecutionContext, next: CallHandler): Observable<unknown> {
    const response = execution.switchToHttp().getResponse<Response>();
    const context = requestContextOf(execution);
    // The client may have left while the guards were at work: its 'close' would not come again.
    if (response.destroyed) return of(undefined);
    return new Observable((subscriber) => {
      let run: ResponseRun | null = null;
      const running: Running = {
        slot: -1,
        cancel: (error) => {
          subscriber.error(error);
        },
      };
      this.drain.enter(running);
      context.onClose(() => {
        this.drain.leave(running);
      });
      const chain = next.handle().subscribe({
        next: (value) => {
          if (!(value instanceof ResponseRun)) {
            response.set(noticeHeaders(context));
            // An interceptor's own answer, where Nest was told that it need not reply.
            if (isEventStream(this.reflector, execution)) response.json(value);
            subscriber.next(value);
            return;
          }
          run = value;
          running.cancel = (error) => {
            value.cancel(error);
          };
          // In a moment, when the interceptors on the way have heard of the end too.
          queueMicrotask(() => {
            this.handOver(value, response, context, subscriber);
          });
        },
        error: (error) => {
          subscriber.error(error);
        },
        complete: () => {
          if (!run) subscriber.complete();
        },
      });
      return () => {
        unsubscribeSafely(chain);
      };
    });
  }

  /** @param subscriber Nest's: it gets an error where nothing was answered, else nothing worth a reply */
  private handOver(
    run: ResponseRun,
    response: Response,
    context: RequestContext,
    subscriber: Subscriber<unknown>,
  ): void {
    if (subscriber.closed) {
      run.abandon();
      return;
    }
    const refuse = (error: unknown): void => {
      subscriber.error(error);
    };
    const client = run.streamed
      ? new StreamAnswer(response, run, context, this.environment.KEEP_ALIVE_INTERVAL_MS, refuse)
      : new JsonAnswer(response, context, refuse);
    context.onClose(() => {
      client.dispose();
      run.detach(client);
    });
    run.attach(client);
    if (subscriber.closed) return;
    subscriber.next(undefined);
    subscriber.complete();
  }
}
