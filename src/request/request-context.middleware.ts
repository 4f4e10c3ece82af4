import type { NextFunction, Request, Response } from 'express';
import { RequestContext } from './request-context.js';
import { readAuthorization } from './read-authorization.js';
import { invalidRequest } from '../errors/gateway-error.js';
import type { IdGenerator } from '../ids/id-generator.js';
import { attachContext, hasContext } from './current-request.decorator.js';
import { areHeadersCut, MAX_HEADER_LINES } from './header-limits.js';
import { CLIENT_CLOSED_REQUEST, UNMATCHED } from './call-observer.js';
import type { CallObservers } from './call-observers.service.js';

const USABLE_REQUEST_ID = /^[\w.:/+=@-]{1,128}$/;

/** The first middleware: creates the request id and the request context, and tells the observers of the request. */
export function requestContext(ids: IdGenerator, observers: CallObservers) {
  return (request: Request, response: Response, next: NextFunction): void => {
    if (hasContext(request)) {
      next();
      return;
    }
    const given = request.headers['x-request-id'];
    const id = typeof given === 'string' && USABLE_REQUEST_ID.test(given) ? given : ids.next('req');
    const context = new RequestContext(id, readAuthorization(request.headers), request.headers);
    // Asked for now: a connection that is gone does not tell it any more.
    context.clientAddress = request.socket.remoteAddress;
    attachContext(request, context);
    response.setHeader('x-request-id', id);
    response.setHeader('x-content-type-options', 'nosniff');
    response.once('close', () => {
      context.close();
      const { method, path } = request;
      observers.ended(context, { method, path, route: routeOf(request), status: statusOf(response) });
    });
    observers.began(context);
    if (areHeadersCut(request))
      next(invalidRequest(null, `The request has ${MAX_HEADER_LINES} header lines or more.`));
    else next();
  };
}

function statusOf({ writableFinished, statusCode }: Response): number {
  return writableFinished ? statusCode : CLIENT_CLOSED_REQUEST;
}

function routeOf({ route }: Request): string {
  const path = (route as { path?: unknown } | undefined)?.path;
  return typeof path === 'string' ? path : UNMATCHED;
}
