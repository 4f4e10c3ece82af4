import type { PinoLogger } from 'nestjs-pino';
import type { Environment } from '../config/environment.js';
import { GatewayError } from '../errors/gateway-error.js';
import type { Caller } from '../request/request-context.js';
import type { ApiKeyStrategy } from './api-key.strategy.js';
import { type AuthRequest, AuthStrategy } from './auth-strategy.js';
import { modelsOf, sharedLimits } from './known-keys.js';
import { readBearer } from './read-bearer.js';
import { refused, type TokenVerifier, type VerifiedToken } from './token-verifier.js';

/** Three parts in base64url: a key may be anything else. */
const TOKEN = /^[\w-]+\.[\w-]+\.[\w-]+$/;
const MAX_TENANT = 128;

/** Tokens of an identity provider beside the keys: who has either may call. */
export class KeysAndTokensStrategy extends AuthStrategy {
  constructor(
    readonly keys: ApiKeyStrategy,
    readonly tokens: TokenVerifier,
    private readonly claims: Pick<Environment, 'JWT_TENANT_CLAIM' | 'JWT_MODELS_CLAIM'>,
    private readonly logger: PinoLogger,
  ) {
    super();
    logger.setContext(KeysAndTokensStrategy.name);
  }

  override async authenticate(request: AuthRequest): Promise<Caller> {
    const bearer = readBearer(request.authorization);
    if (TOKEN.test(bearer)) return this.authenticateToken(bearer);
    // Without keys it would let everyone in.
    if (this.keys.isOpen()) throw new GatewayError('invalid_api_key');
    return this.keys.authenticate(request);
  }

  private async authenticateToken(token: string): Promise<Caller> {
    try {
      return this.callerOf(await this.tokens.verify(token));
    } catch (error) {
      const { errorName, cause } = error as GatewayError;
      if (errorName === 'invalid_api_key') this.logger.debug({ err: cause }, 'a token was refused');
      throw error;
    }
  }

  private callerOf(token: VerifiedToken): Caller {
    const { JWT_TENANT_CLAIM, JWT_MODELS_CLAIM } = this.claims;
    // No key has such an id, and no tenant of a file such a name by chance: a subject may be what its owner likes.
    const id = `sub:${token.sub}`;
    const tenant = JWT_TENANT_CLAIM === undefined ? id : readTenant(token[JWT_TENANT_CLAIM]);
    const entry = this.keys.tenantNamed(tenant);
    return {
      id,
      tenant,
      ...sharedLimits(tenant, entry),
      ...modelsOf(JWT_MODELS_CLAIM === undefined ? entry?.models : readModels(token[JWT_MODELS_CLAIM])),
    };
  }
}

function readTenant(claim: unknown): string {
  if (typeof claim === 'string' && claim !== '' && claim.length <= MAX_TENANT) return claim;
  throw refused('the claim of the tenant is missing, or is no text');
}

/** A token that does not say may use none. */
function readModels(claim: unknown): string[] {
  if (typeof claim === 'string') return claim.split(' ').filter((name) => name !== '');
  return Array.isArray(claim) ? claim.filter((name): name is string => typeof name === 'string') : [];
}
