import { type CallHandler, type ExecutionContext, Injectable, type NestInterceptor } from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import type { Request, Response } from 'express';
import { Observable, of, type Subscriber, Subscription } from 'rxjs';
import type { RequestContext } from '../../request/request-context.js';
import { guarded, unsubscribeSafely } from '../../request/guarded.js';
import { Environment } from '../../config/environment.js';
import type { ResponseEvent } from '../../contracts/response-events.js';
import { toGatewayError } from '../../errors/gateway-error.js';
import { type Answer, attachedAnswer } from './answer.js';
import { BodyReader } from './body/body-reader.service.js';
import { requestContextOf } from '../../request/current-request.decorator.js';
import { DrainService } from '../../request/drain.service.js';
import { EVENT_STREAM } from './event-stream.decorator.js';
import { JsonAnswer } from './json-answer.js';
import { StreamAnswer } from './stream-answer.js';

/**
 * The outermost interceptor, behind all guards: has the body read, so that whoever has no key, no place or no such route costs no more
 * than the headers, and turns the Observable of events into the HTTP answer, streamed or as one object, or hands it to
 * the answer attached to the request. Deployers' guards and interceptors sit inside it and see single events. An error before the first
 * event goes on to the exception filter and becomes an HTTP error; one after it ends the stream with a failed response.
 */
@Injectable()
export class EventStreamWriter implements NestInterceptor {
  constructor(
    private readonly reflector: Reflector,
    private readonly bodies: BodyReader,
    private readonly drain: DrainService,
    private readonly environment: Environment,
  ) {}

  intercept(context: ExecutionContext, next: CallHandler<ResponseEvent>): Observable<unknown> {
    return this.bodies.before(context, () => this.answer(context, next));
  }

  private answer(execution: ExecutionContext, next: CallHandler<ResponseEvent>): Observable<unknown> {
    const http = execution.switchToHttp();
    const request = http.getRequest<Request>();
    if (!this.reflector.get<boolean | undefined>(EVENT_STREAM, execution.getHandler())) return next.handle();
    const response = http.getResponse<Response>();
    const context = requestContextOf(execution);
    const answer = this.open(request, response, context);
    // The client may have left while the guards were at work: its 'close' would not come again.
    if (response.destroyed) return of(undefined);
    return new Observable<undefined>((subscriber) => {
      this.run(next.handle(), answer, response, context, subscriber);
    });
  }

  private open(request: Request, response: Response, context: RequestContext): Answer {
    const open = attachedAnswer(request);
    if (open) return open(response, context);
    return wantsStream(request)
      ? new StreamAnswer(response, context, this.environment.KEEP_ALIVE_INTERVAL_MS)
      : new JsonAnswer(response, context);
  }

  /** Everything that ends an answer comes through here: done, failed, cancelled, or the client has left. */
  private run(
    events: Observable<ResponseEvent>,
    answer: Answer,
    response: Response,
    context: RequestContext,
    subscriber: Subscriber<undefined>,
  ): void {
    const fail = (error: unknown): void => {
      try {
        if (answer.hasBegun) answer.fail(toGatewayError(error));
        else subscriber.error(error);
      } catch {
        response.destroy();
      }
    };
    const subscription = new Subscription();
    const cancel = (error: unknown): void => {
      // It waits for a slow reader only.
      if (response.writableEnded) return;
      unsubscribeSafely(subscription);
      fail(error);
    };
    this.drain.enter(context);
    context.onCancel(cancel);
    const observer = {
      next: (event: ResponseEvent) => {
        answer.next(event);
      },
      error: fail,
      complete: () => {
        answer.complete();
      },
    };
    // What an interceptor has broken is thrown here: an event that cannot be written, an end without a terminal event.
    subscription.add(events.subscribe(guarded(observer, cancel)));
    response.once('close', () => {
      answer.dispose();
      unsubscribeSafely(subscription);
      this.drain.leave(context);
      // Nest waits for a last value, and takes an empty Observable for an error.
      subscriber.next(undefined);
      subscriber.complete();
    });
  }
}

function wantsStream(request: Request): boolean {
  return (request.body as { stream?: unknown } | undefined)?.stream === true;
}
