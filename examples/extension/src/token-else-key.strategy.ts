import { createHmac, timingSafeEqual } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { ApiKeyStrategy, type AuthRequest, AuthStrategy, type Caller, GatewayError } from 'responses-gateway';
import { AcmeEnvironment } from './acme.environment.js';

const TOKEN = /^Bearer acme\.([a-z]+)\.([\w-]{43})$/;

/** `acme.<employee>.<signature>`; whatever else comes is a key of API_KEYS. */
@Injectable()
export class TokenElseKeyStrategy extends AuthStrategy {
  constructor(
    private readonly keys: ApiKeyStrategy,
    private readonly environment: AcmeEnvironment,
  ) {
    super();
  }

  override authenticate(request: AuthRequest): Caller | Promise<Caller> {
    const [, employee, signature] = TOKEN.exec(request.authorization ?? '') ?? [];
    if (employee === undefined || signature === undefined) return this.keys.authenticate(request);
    const expected = createHmac('sha256', this.environment.ACME_TOKEN_SECRET).update(employee).digest();
    if (timingSafeEqual(expected, Buffer.from(signature, 'base64url'))) return { id: `acme-${employee}` };
    throw new GatewayError('invalid_api_key', { message: 'This token was not signed by us.' });
  }
}
