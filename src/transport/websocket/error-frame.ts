import { type ServerResponse, STATUS_CODES } from 'node:http';
import { HttpException } from '@nestjs/common';
import { GatewayError } from '../../errors/gateway-error.js';
import { asGatewayError } from '../../request/gateway-exception.filter.js';

type HeaderValue = ReturnType<ServerResponse['getHeader']>;
type ErrorFields = object;

/**
 * The frame for what went wrong outside of an answer: the body of an HTTP error, its status, and those of its headers
 * that mean something to a client.
 */
export function errorFrame(error: GatewayError, requestId: string): string {
  return stringify(error.status, error.toBody().error, requestId, error.retryAfter);
}

/**
 * The frame for a turn that was answered with an HTTP error.
 *
 * @param body of the response
 */
export function errorFrameOf(response: ServerResponse, body: string): string {
  const requestId = response.getHeader('x-request-id');
  const error = response.writableFinished ? readError(response.statusCode, body) : null;
  if (!error) return errorFrame(new GatewayError('internal_error'), String(requestId));
  return stringify(response.statusCode, error, requestId, response.getHeader('retry-after'));
}

/** @returns null when it is no error; what is not in OpenAI's form is put into it */
function readError(status: number, body: string): ErrorFields | null {
  if (status < 400) return null;
  let text: unknown = body;
  try {
    const { error, message } = JSON.parse(body) as { error?: unknown; message?: unknown };
    if (typeof error === 'object' && error !== null) return error;
    text = message;
  } catch {
    // Plain text, or nothing.
  }
  const message = typeof text === 'string' && text !== '' ? text : (STATUS_CODES[status] ?? 'Refused.');
  return asGatewayError(new HttpException(message, status)).toBody().error;
}

function stringify(
  status: number,
  error: ErrorFields,
  requestId: HeaderValue,
  retryAfter: HeaderValue,
): string {
  const headers = { 'x-request-id': requestId, 'retry-after': retryAfter?.toString() };
  return JSON.stringify({ type: 'error', status, error, headers });
}
