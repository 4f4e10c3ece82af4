import { All, Controller, Req } from '@nestjs/common';
import type { Request } from 'express';
import { GatewayError } from '../errors/gateway-error.js';

/** Registered behind the real handlers: a known path with the wrong method is a 405, not a 404. */
@Controller('v1')
export class MethodGuardController {
  @All('responses')
  responses(): never {
    throw notAllowed('POST', 'Use POST /v1/responses.');
  }

  @All(['responses/compact', 'responses/input_tokens'])
  postOnly(@Req() { path }: Request): never {
    throw notAllowed('POST', `Use POST ${path}.`);
  }

  @All(['models', 'models/*id'])
  models(): never {
    throw notAllowed('GET', 'Use GET /v1/models.');
  }
}

export function notAllowed(allow: string, message: string): GatewayError {
  return new GatewayError('method_not_allowed', { message, headers: { allow } });
}
