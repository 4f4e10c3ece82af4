import { All, Controller } from '@nestjs/common';
import { GatewayError } from '../errors/gateway-error.js';

/** Registered after the real handlers: a known path with the wrong method is a 405, not a 404. */
@Controller('v1')
export class MethodGuardController {
  @All('responses')
  responses(): never {
    throw notAllowed('POST', 'Use POST /v1/responses.');
  }

  @All('responses/:id')
  response(): never {
    throw notAllowed('GET, DELETE', 'Use GET or DELETE /v1/responses/{id}.');
  }

  @All('responses/:id/cancel')
  cancel(): never {
    throw notAllowed('POST', 'Use POST /v1/responses/{id}/cancel.');
  }

  @All('responses/:id/input_items')
  inputItems(): never {
    throw notAllowed('GET', 'Use GET /v1/responses/{id}/input_items.');
  }

  @All('conversations')
  conversations(): never {
    throw notAllowed('POST', 'Use POST /v1/conversations.');
  }

  @All('conversations/:id')
  conversation(): never {
    throw notAllowed('GET, POST, DELETE', 'Use GET, POST or DELETE /v1/conversations/{id}.');
  }

  @All('conversations/:id/items')
  conversationItems(): never {
    throw notAllowed('GET, POST', 'Use GET or POST /v1/conversations/{id}/items.');
  }

  @All('conversations/:id/items/:item_id')
  conversationItem(): never {
    throw notAllowed('GET, DELETE', 'Use GET or DELETE /v1/conversations/{id}/items/{item_id}.');
  }

  @All(['models', 'models/*id'])
  models(): never {
    throw notAllowed('GET', 'Use GET /v1/models.');
  }
}

export function notAllowed(allow: string, message: string): GatewayError {
  return new GatewayError('method_not_allowed', { message, headers: { allow } });
}
