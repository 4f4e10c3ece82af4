import {
  type CallHandler,
  type ExecutionContext,
  Injectable,
  type NestInterceptor,
  RequestMethod,
} from '@nestjs/common';
import { METHOD_METADATA } from '@nestjs/common/internal';
import { Reflector } from '@nestjs/core';
import type { Request, Response } from 'express';
import { Observable } from 'rxjs';
import { Environment } from '../../config/environment.js';
import type { BodyLimits } from './read-body.js';
import { hasBody, readJson } from './read-json.js';

const WITH_BODY = new Set<RequestMethod | undefined>([
  RequestMethod.POST,
  RequestMethod.PUT,
  RequestMethod.PATCH,
]);

/**
 * Reads the body, of routes that take one: outside of all other interceptors, which find it in place, and behind all guards.
 * A request without a valid key, admission or route costs no more than its headers. Turns of a WebSocket bring their body with them.
 */
@Injectable()
export class BodyInterceptor implements NestInterceptor {
  private readonly limits: BodyLimits;

  constructor(
    private readonly reflector: Reflector,
    { BODY_LIMIT_BYTES: bytes, BODY_LIMIT_VALUES: values }: Environment,
  ) {
    this.limits = { bytes, values };
  }

  intercept(context: ExecutionContext, next: CallHandler): Observable<unknown> {
    const method = this.reflector.get<RequestMethod | undefined>(METHOD_METADATA, context.getHandler());
    if (!WITH_BODY.has(method)) return next.handle();
    const http = context.switchToHttp();
    const request = http.getRequest<Request>();
    if (!hasBody(request)) {
      if (request.headers['content-length'] !== undefined) request.body = {};
      return next.handle();
    }
    return new Observable((subscriber) =>
      readJson(request, http.getResponse<Response>(), this.limits, (error, body) => {
        if (error) {
          subscriber.error(error);
          return;
        }
        request.body = body;
        subscriber.add(next.handle().subscribe(subscriber));
      }),
    );
  }
}
