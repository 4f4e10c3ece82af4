import type { ServerResponse } from 'node:http';
import type { GatewayError } from '../errors/gateway-error.js';

/** Answers with an error in OpenAI's format. */
export function writeError(response: ServerResponse, error: GatewayError): void {
  if (error.status === 401) response.setHeader('www-authenticate', 'Bearer realm="responses-gateway"');
  for (const [name, value] of Object.entries(error.headers)) response.setHeader(name, value);
  if (error.retryAfter !== undefined) response.setHeader('retry-after', String(error.retryAfter));
  response.statusCode = error.status;
  response.setHeader('content-type', 'application/json; charset=utf-8');
  const body = Buffer.from(JSON.stringify(error.toBody()));
  response.setHeader('content-length', body.length);
  response.end(body);
}
