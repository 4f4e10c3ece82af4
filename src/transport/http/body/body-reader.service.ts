import { type ExecutionContext, Injectable, RequestMethod } from '@nestjs/common';
import { METHOD_METADATA } from '@nestjs/common/internal';
import { Reflector } from '@nestjs/core';
import type { Request, Response } from 'express';
import { Observable } from 'rxjs';
import { Environment } from '../../../config/environment.js';
import type { BodyLimits } from './read-body.js';
import { isRawBody } from './raw-body.decorator.js';
import { hasBody, parseJson, readJson } from './read-json.js';

const WITH_BODY = new Set<RequestMethod | undefined>([
  RequestMethod.POST,
  RequestMethod.PUT,
  RequestMethod.PATCH,
]);

const NOTHING = Buffer.alloc(0);

/** Reads the body, of routes that take one. */
@Injectable()
export class BodyReader {
  private readonly limits: BodyLimits;

  constructor(
    private readonly reflector: Reflector,
    { BODY_LIMIT_BYTES: bytes, BODY_LIMIT_VALUES: values, CLIENT_STALL_TIMEOUT_MS: stallMs }: Environment,
  ) {
    this.limits = { bytes, values, stallMs };
  }

  /** @returns what `answer` makes of the request, once its body is in place */
  before(context: ExecutionContext, answer: () => Observable<unknown>): Observable<unknown> {
    const method = this.reflector.get<RequestMethod | undefined>(METHOD_METADATA, context.getHandler());
    if (!WITH_BODY.has(method)) return answer();
    const http = context.switchToHttp();
    const request = http.getRequest<Request>();
    const isRaw = isRawBody(this.reflector, context);
    if (!hasBody(request)) {
      if (isRaw) request.body = NOTHING;
      else if (request.headers['content-length'] !== undefined) request.body = {};
      return answer();
    }
    const limits = isRaw ? { ...this.limits, values: null } : this.limits;
    const read = isRaw ? asItIs : parseJson;
    return new Observable((subscriber) =>
      readJson(request, http.getResponse<Response>(), limits, read, (error, body) => {
        if (error) {
          subscriber.error(error);
          return;
        }
        request.body = body;
        subscriber.add(answer().subscribe(subscriber));
      }),
    );
  }
}

function asItIs(bytes: Buffer): Buffer {
  return bytes;
}
