import { type ArgumentsHost, Catch, type ExceptionFilter, HttpException } from '@nestjs/common';
import type { Request, Response } from 'express';
import type { ErrorName } from '../errors/error-table.js';
import { GatewayError, toGatewayError } from '../errors/gateway-error.js';
import { contextOfRequest } from './current-request.decorator.js';
import { writeError } from './write-error.js';

const NAME_BY_STATUS: Record<number, ErrorName> = {
  400: 'invalid_request',
  401: 'invalid_api_key',
  403: 'permission_denied',
  404: 'not_found',
  405: 'method_not_allowed',
  409: 'conflict',
  413: 'request_too_large',
  415: 'unsupported_media_type',
  429: 'rate_limit_exceeded',
  503: 'upstream_overloaded',
};

/** Answers every error in OpenAI's format: thrown by guards, pipes, handlers, Nest, Express or the body parser. */
@Catch()
export class GatewayExceptionFilter implements ExceptionFilter {
  catch(exception: unknown, host: ArgumentsHost): void {
    const http = host.switchToHttp();
    const response = http.getResponse<Response>();
    const error = asGatewayError(exception);
    const { report, limitHeaders } = contextOfRequest(http.getRequest<Request>());
    report.outcome = error.code;
    if (error.status >= 500) report.cause = error.cause ?? error;
    if (response.headersSent) {
      response.destroy();
      return;
    }
    response.set(limitHeaders);
    writeError(response, error);
  }
}

/** Any thrown value as a GatewayError; Nest's exceptions are mapped by status. */
export function asGatewayError(exception: unknown): GatewayError {
  if (exception instanceof GatewayError) return exception;
  if (exception instanceof HttpException) return ofHttpException(exception);
  return toGatewayError(exception);
}

function ofHttpException(exception: HttpException): GatewayError {
  const status = exception.getStatus();
  const name = NAME_BY_STATUS[status] ?? (status < 500 ? 'invalid_request' : 'internal_error');
  return new GatewayError(name, {
    status,
    message: status < 500 ? exception.message : undefined,
    cause: exception,
  });
}
