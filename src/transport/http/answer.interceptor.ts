import { type CallHandler, type ExecutionContext, Injectable, type NestInterceptor } from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import type { Request, Response } from 'express';
import { Observable, type Subscriber, tap } from 'rxjs';
import { Environment } from '../../config/environment.js';
import { requestContextOf } from '../../request/current-request.decorator.js';
import { DrainService } from '../../request/drain.service.js';
import { unsubscribeSafely } from '../../request/guarded.js';
import { isInFlight } from '../../request/in-flight.decorator.js';
import type { RequestContext } from '../../request/request-context.js';
import type { Running } from '../../request/running-list.js';
import type { AnswerSource } from '../../responses/run/answer-source.js';
import { noticeHeaders } from './answer-headers.js';
import { attachedClient, type TransportClient } from './attached-client.js';
import { BodyReader } from './body/body-reader.service.js';
import { isEventStream } from './event-stream.decorator.js';
import { HandOver } from './hand-over.js';
import { JsonAnswer } from './json-answer.js';
import { PipedAnswer } from './piped-answer.js';
import { releaseRequest } from './release-request.js';
import { StreamAnswer } from './stream-answer.js';

/**
 * The outermost interceptor, behind all guards: has the body read, so that whoever has no key, no place or no such route costs no more
 * than the headers; has the process wait for the requests that the model server works for; and attaches the client to the run, or
 * to the bytes, that the handler hands over. With that Nest has done its part. An error before goes on to the exception filter and becomes an HTTP error.
 */
@Injectable()
export class AnswerInterceptor implements NestInterceptor {
  constructor(
    private readonly reflector: Reflector,
    private readonly bodies: BodyReader,
    private readonly drain: DrainService,
    private readonly environment: Environment,
  ) {}

  intercept(execution: ExecutionContext, next: CallHandler): Observable<unknown> {
    const isAnswer = isInFlight(this.reflector, execution) || isEventStream(this.reflector, execution);
    return new Observable((subscriber) =>
      this.bodies.read(execution, (error) => {
        if (error) subscriber.error(error);
        else if (isAnswer) this.answer(execution, next, subscriber);
        else this.reply(execution, next, subscriber);
      }),
    );
  }

  /** What the model server has no part in, Nest answers by itself. */
  private reply(execution: ExecutionContext, next: CallHandler, subscriber: Subscriber<unknown>): void {
    const response = execution.switchToHttp().getResponse<Response>();
    const replies = next.handle().pipe(
      tap(() => {
        if (!response.headersSent) response.set(noticeHeaders(requestContextOf(execution)));
      }),
    );
    subscriber.add(replies.subscribe(subscriber));
  }

  private answer(execution: ExecutionContext, next: CallHandler, subscriber: Subscriber<unknown>): void {
    const http = execution.switchToHttp();
    const response = http.getResponse<Response>();
    const context = requestContextOf(execution);
    try {
      attachedClient(http.getRequest<Request>())?.prepare(context);
    } catch (error) {
      subscriber.error(error);
      return;
    }
    // The client may have left while the guards were at work: its 'close' would not come again.
    if (response.destroyed) {
      subscriber.next(undefined);
      subscriber.complete();
      return;
    }
    const handOver: HandOver = new HandOver(
      subscriber,
      (answer) => {
        if (answer instanceof PipedAnswer) this.pipe(answer, response, context);
        else this.attach(answer, response, context, handOver.refuse);
      },
      (value) => {
        response.set(noticeHeaders(context));
        // An interceptor's own answer, where Nest was told that it need not reply.
        if (isEventStream(this.reflector, execution)) response.json(value);
      },
    );
    this.track(handOver, context);
    const chain = next.handle().subscribe(handOver);
    subscriber.add(() => {
      unsubscribeSafely(chain);
    });
  }

  /** In functions of their own: what these listeners hold on to lives as long as the client reads. */
  private track(running: Running, context: RequestContext): void {
    this.drain.enter(running);
    context.onClose(() => {
      this.drain.leave(running);
    });
  }

  private attach(
    run: AnswerSource,
    response: Response,
    context: RequestContext,
    refuse: (error: unknown) => void,
  ): void {
    releaseRequest(response.req);
    const client = this.openClient(run, response, context, refuse);
    context.onClose(() => {
      client.dispose();
      run.detach(client);
    });
    run.attach(client);
  }

  private pipe(answer: PipedAnswer, response: Response, context: RequestContext): void {
    releaseRequest(response.req);
    answer.sendTo(response, noticeHeaders(context));
  }

  private openClient(
    run: AnswerSource,
    response: Response,
    context: RequestContext,
    refuse: (error: unknown) => void,
  ): TransportClient {
    const attached = attachedClient(response.req);
    if (attached) return attached.open(run, refuse);
    return run.streamed
      ? new StreamAnswer(response, run, context, this.environment.KEEP_ALIVE_INTERVAL_MS, refuse)
      : new JsonAnswer(response, context, refuse);
  }
}
