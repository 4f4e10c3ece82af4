import type { NextFunction, Request, Response } from 'express';
import { CallContext } from '../call/call-context.js';
import type { IdGenerator } from '../ids/id-generator.js';
import { attachCall } from './current-call.decorator.js';
import type { RequestLog } from './request-log.js';

const USABLE_REQUEST_ID = /^[\w.:/+=@-]{1,128}$/;

/** First of all: gives the request its id and its call context, and has it logged when it is over. */
export function requestContext(ids: IdGenerator, log: RequestLog) {
  return (request: Request, response: Response, next: NextFunction): void => {
    const given = request.headers['x-request-id'];
    const id = typeof given === 'string' && USABLE_REQUEST_ID.test(given) ? given : ids.next('req');
    const call = new CallContext(id, request.headers.authorization, request.headers);
    attachCall(request, call);
    response.setHeader('x-request-id', id);
    log.watch(request, response, call);
    next();
  };
}
