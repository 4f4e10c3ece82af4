import { type ExecutionContext, Injectable, RequestMethod } from '@nestjs/common';
import { METHOD_METADATA } from '@nestjs/common/internal';
import { Reflector } from '@nestjs/core';
import type { Request, Response } from 'express';
import type { GatewayError } from '../../../errors/gateway-error.js';
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

  /**
   * Puts the body in place.
   *
   * @param done called once, or not at all when the client leaves before
   * @returns a function that stops reading; undefined where it was called already
   */
  read(context: ExecutionContext, done: (error: GatewayError | null) => void): (() => void) | undefined {
    const method = this.reflector.get<RequestMethod | undefined>(METHOD_METADATA, context.getHandler());
    if (!WITH_BODY.has(method)) {
      done(null);
      return undefined;
    }
    const http = context.switchToHttp();
    const request = http.getRequest<Request>();
    const isRaw = isRawBody(this.reflector, context);
    if (!hasBody(request)) {
      if (isRaw) request.body = NOTHING;
      else if (request.headers['content-length'] !== undefined) request.body = {};
      done(null);
      return undefined;
    }
    const limits = isRaw ? { ...this.limits, values: null } : this.limits;
    const read = isRaw ? asItIs : parseJson;
    return readJson(request, http.getResponse<Response>(), limits, read, (error, body) => {
      if (!error) request.body = body;
      done(error);
    });
  }
}

function asItIs(bytes: Buffer): Buffer {
  return bytes;
}
