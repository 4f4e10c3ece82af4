import type { IncomingMessage } from 'node:http';
import { type CallHandler, type ExecutionContext, Injectable, type NestInterceptor } from '@nestjs/common';
import type { Observable } from 'rxjs';
import type { ResponseEvent } from '../contracts/responses-api.js';
import { turnOf } from './turn-request.js';

/**
 * Like the event writer of HTTP the outermost interceptor, for turns of a WebSocket: deployers' guards and interceptors sit
 * inside it and see single events.
 */
@Injectable()
export class TurnWriter implements NestInterceptor {
  intercept(context: ExecutionContext, next: CallHandler<ResponseEvent>): Observable<unknown> {
    const turn = turnOf(context.switchToHttp().getRequest<IncomingMessage>());
    return turn ? turn.relay(next.handle()) : next.handle();
  }
}
