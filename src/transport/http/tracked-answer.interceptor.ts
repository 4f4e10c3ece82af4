import { type CallHandler, type ExecutionContext, Injectable, type NestInterceptor } from '@nestjs/common';
import type { Response } from 'express';
import { Observable, of, tap } from 'rxjs';
import { noticeHeaders } from './answer-headers.js';
import { requestContextOf } from '../../request/current-request.decorator.js';
import { DrainService } from '../../request/drain.service.js';

/**
 * For handlers that return an Observable of one JSON answer and have the model server work for it: the process waits for it when
 * it is told to stop, it can be cancelled, and its headers tell what was left out. (That it is unsubscribed when the client
 * leaves is Nest's own doing.)
 */
@Injectable()
export class TrackedAnswer implements NestInterceptor {
  constructor(private readonly drain: DrainService) {}

  intercept(execution: ExecutionContext, next: CallHandler): Observable<unknown> {
    const response = execution.switchToHttp().getResponse<Response>();
    const context = requestContextOf(execution);
    // The client may have left while the guards were at work: its 'close' would not come again.
    if (response.destroyed) return of(undefined);
    return new Observable((subscriber) => {
      this.drain.enter(context);
      response.once('close', () => {
        this.drain.leave(context);
      });
      context.onCancel((error) => {
        subscriber.error(error);
      });
      return next
        .handle()
        .pipe(tap(() => response.set(noticeHeaders(context))))
        .subscribe(subscriber);
    });
  }
}
