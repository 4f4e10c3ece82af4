import type { CreateResponseBody } from '../../contracts/responses-request.js';
import { GatewayError } from '../../errors/gateway-error.js';

/**
 * Refuses what would change the answer's meaning if it were ignored.
 *
 * @throws GatewayError (400) naming the field
 */
export function refuseUnsupported(body: CreateResponseBody): void {
  if (body.background === true) refuse('background', 'Background responses are not supported.');
  const { previous_response_id: previousId, conversation } = body;
  // In the words of OpenAI, which clients look for: they send the whole conversation then.
  if (isGiven(previousId)) {
    throw new GatewayError('previous_response_not_found', {
      param: 'previous_response_id',
      message: `Previous response with id '${previousId}' not found.`,
    });
  }
  if (isGiven(conversation)) {
    refuse('conversation', 'Conversations are not stored: send the whole conversation in input.');
  }
}

function isGiven<T>(value: T): value is NonNullable<T> {
  return value !== undefined && value !== null && value !== '';
}

function refuse(param: string, message: string): never {
  throw new GatewayError('unsupported_parameter', { param, message });
}
