import type { GatewayError } from '../../errors/gateway-error.js';
import type { ErrorEvent } from '../../contracts/response-events.js';

const FAILURE_CODES = new Set(['rate_limit_exceeded', 'context_length_exceeded', 'insufficient_quota']);

/**
 * The code of a failed response, out of the closed set that clients know. Most failures are `server_error`, also an
 * overload: clients retry that one, while Codex gives up on `server_is_overloaded`.
 */
export function failureCode(error: GatewayError): string {
  if (FAILURE_CODES.has(error.code)) return error.code;
  return error.status >= 500 || error.status === 401 ? 'server_error' : 'invalid_prompt';
}

/** The event before `response.failed`: clients that read only one of the two learn of the failure too. */
export function errorEvent(error: GatewayError, sequenceNumber: number): ErrorEvent {
  const code = failureCode(error);
  const { type, message, param } = error;
  return {
    type: 'error',
    sequence_number: sequenceNumber,
    code,
    message,
    param,
    error: { type, code, message, param },
  };
}
