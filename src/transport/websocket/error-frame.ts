import type { GatewayError } from '../../errors/gateway-error.js';

/**
 * The frame for what went wrong outside of an answer: the body of an HTTP error, its status, and those of its headers
 * that mean something to a client.
 */
export function errorFrame(error: GatewayError, requestId: string): string {
  const headers: Record<string, string> = { 'x-request-id': requestId };
  if (error.retryAfter !== undefined) headers['retry-after'] = String(error.retryAfter);
  return JSON.stringify({ type: 'error', status: error.status, ...error.toBody(), headers });
}
