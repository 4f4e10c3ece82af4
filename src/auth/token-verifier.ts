import type { JWTPayload, JWTVerifyGetKey } from 'jose';
import type { Environment } from '../config/environment.js';
import { GatewayError } from '../errors/gateway-error.js';
import { type WatchedFile, WatchedFiles } from '../reload/watched-files.service.js';

type Jose = typeof import('jose');

/** Signatures that are made with a private key: one that anybody can make from the public keys (HS256, none) is not among them. */
const ALGORITHMS = [
  ...['RS256', 'RS384', 'RS512', 'PS256', 'PS384', 'PS512'],
  ...['ES256', 'ES384', 'ES512', 'EdDSA', 'Ed25519'],
];
/** By how much the clocks of the issuer and of the gateway may differ. */
const CLOCK_TOLERANCE_S = 30;
/** How long the issuer's keys are used without being asked for again, and how soon they may be because of an unknown one. */
const KEYS_KEPT_MS = 600_000;
const KEYS_COOLDOWN_MS = 30_000;
const KEYS_TIMEOUT_MS = 5_000;
/** Of an ID after OpenID Connect. */
const MAX_SUBJECT = 255;

/** A token that was found to be right. */
export interface VerifiedToken extends JWTPayload {
  sub: string;
}

/** Checks the tokens of one issuer. */
export class TokenVerifier {
  private constructor(
    private readonly jose: Jose,
    private readonly keys: JWTVerifyGetKey,
    readonly issuer: string,
    private readonly audience: string[],
  ) {}

  /** @throws Error when the file of the keys is wrong */
  static async open(
    { JWT_ISSUER = '', JWT_AUDIENCE = '', JWT_JWKS_URL, JWT_JWKS_FILE }: Environment,
    files: WatchedFiles,
  ): Promise<TokenVerifier> {
    // Loaded where tokens are taken.
    const jose = await import('jose');
    const keys =
      JWT_JWKS_URL === undefined
        ? keysOfFile(jose, files, JWT_JWKS_FILE ?? '')
        : jose.createRemoteJWKSet(new URL(JWT_JWKS_URL), {
            cacheMaxAge: KEYS_KEPT_MS,
            cooldownDuration: KEYS_COOLDOWN_MS,
            timeoutDuration: KEYS_TIMEOUT_MS,
          });
    const audience = JWT_AUDIENCE.split(',').map((name) => name.trim());
    return new TokenVerifier(jose, keys, JWT_ISSUER, audience);
  }

  /** @throws GatewayError `invalid_api_key`, whose cause says more than its caller is told; `auth_unavailable` */
  async verify(token: string): Promise<VerifiedToken> {
    try {
      const { payload } = await this.jose.jwtVerify(token, this.keys, {
        issuer: this.issuer,
        audience: this.audience,
        algorithms: ALGORITHMS,
        clockTolerance: CLOCK_TOLERANCE_S,
        requiredClaims: ['exp', 'sub'],
      });
      // Which jose does not look into.
      const sub: unknown = payload.sub;
      if (typeof sub !== 'string' || sub === '' || sub.length > MAX_SUBJECT)
        throw refused('sub is of no use');
      return { ...payload, sub };
    } catch (cause) {
      throw cause instanceof GatewayError ? cause : this.explain(cause);
    }
  }

  private explain(cause: unknown): GatewayError {
    const { code } = cause as { code?: unknown };
    if (code === this.jose.errors.JWTExpired.code) {
      return new GatewayError('invalid_api_key', { message: 'The token has expired.', cause });
    }
    return typeof code === 'string' && this.codesOfTokens().has(code)
      ? refused(cause)
      : new GatewayError('auth_unavailable', { cause });
  }

  /** What can be wrong with a token; everything else is wrong with the keys. */
  private codesOfTokens(): Set<string> {
    const { errors } = this.jose;
    return new Set([
      errors.JOSEAlgNotAllowed.code,
      errors.JOSENotSupported.code,
      errors.JWKSMultipleMatchingKeys.code,
      errors.JWKSNoMatchingKey.code,
      errors.JWSInvalid.code,
      errors.JWSSignatureVerificationFailed.code,
      errors.JWTClaimValidationFailed.code,
      errors.JWTInvalid.code,
    ]);
  }
}

/** Tells an attacker nothing of what a better token would be. */
export function refused(cause: unknown): GatewayError {
  return new GatewayError('invalid_api_key', { message: 'The token is invalid.', cause });
}

function keysOfFile(jose: Jose, files: WatchedFiles, path: string): JWTVerifyGetKey {
  const file: WatchedFile<JWTVerifyGetKey> = files.open('JWT_JWKS_FILE', path, (text, label) => {
    try {
      return jose.createLocalJWKSet(JSON.parse(text) as Parameters<Jose['createLocalJWKSet']>[0]);
    } catch (cause) {
      throw new Error(`${label}: is no JSON Web Key Set`, { cause });
    }
  });
  return (header, token) => file.current(header, token);
}
