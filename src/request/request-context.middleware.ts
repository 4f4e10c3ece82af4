import type { NextFunction, Request, Response } from 'express';
import { RequestContext } from './request-context.js';
import { readAuthorization } from './read-authorization.js';
import { invalidRequest } from '../errors/gateway-error.js';
import type { IdGenerator } from '../ids/id-generator.js';
import { attachContext, hasContext } from './current-request.decorator.js';
import { areHeadersCut, MAX_HEADER_LINES } from './header-limits.js';
import type { RequestLog } from './request-log.js';

const CLIENT_CLOSED_REQUEST = 499;
const USABLE_REQUEST_ID = /^[\w.:/+=@-]{1,128}$/;

/** The first middleware: creates the request id and the request context, and logs the request when it is over. */
export function requestContext(ids: IdGenerator, log: RequestLog) {
  return (request: Request, response: Response, next: NextFunction): void => {
    if (hasContext(request)) {
      next();
      return;
    }
    const given = request.headers['x-request-id'];
    const id = typeof given === 'string' && USABLE_REQUEST_ID.test(given) ? given : ids.next('req');
    const context = new RequestContext(id, readAuthorization(request.headers), request.headers);
    attachContext(request, context);
    response.setHeader('x-request-id', id);
    response.once('close', () => {
      context.close();
      log.write(request, statusOf(response), context);
    });
    if (areHeadersCut(request))
      next(invalidRequest(null, `The request has ${MAX_HEADER_LINES} header lines or more.`));
    else next();
  };
}

function statusOf({ writableFinished, statusCode }: Response): number {
  return writableFinished ? statusCode : CLIENT_CLOSED_REQUEST;
}
