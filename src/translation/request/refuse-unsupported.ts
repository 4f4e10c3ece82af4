import type { CreateResponseBody } from '../../contracts/responses-request.js';
import { GatewayError } from '../../errors/gateway-error.js';

const NEED_STORED_RESPONSES = ['previous_response_id', 'conversation'] as const;

/**
 * Refuses what would change the answer's meaning if it were ignored.
 *
 * @throws GatewayError `unsupported_parameter` naming the field
 */
export function refuseUnsupported(body: CreateResponseBody): void {
  if (body.background === true) refuse('background', 'Background responses are not supported.');
  for (const field of NEED_STORED_RESPONSES) {
    if (isGiven(body[field])) {
      refuse(field, 'Responses are not stored here: send the whole conversation in input.');
    }
  }
  if (isGiven(body.prompt))
    refuse('prompt', 'Stored prompts are not supported: send instructions and input.');
}

function isGiven(value: unknown): boolean {
  return value !== undefined && value !== null && value !== '';
}

function refuse(param: string, message: string): never {
  throw new GatewayError('unsupported_parameter', { param, message });
}
