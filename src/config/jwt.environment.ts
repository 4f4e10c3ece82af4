import { IsOptional, IsString, IsUrl } from 'class-validator';
import { IsReadableFile } from './variable.decorators.js';

/** Tokens of an identity provider (OpenID Connect), which open /v1 beside the keys. */
export class JwtEnvironment {
  /** Who issues them, exactly as their claim `iss` says. Empty: no tokens are taken. */
  @IsOptional()
  @IsString()
  JWT_ISSUER?: string;

  /** Whom they are for, as their claim `aud` says; several separated by commas. */
  @IsOptional()
  @IsString()
  JWT_AUDIENCE?: string;

  /** Where the issuer's public keys (JWKS) are; read again every 10 minutes, and when a token names one that is not there. */
  @IsOptional()
  @IsUrl(
    { protocols: ['https', 'http'], require_protocol: true, require_tld: false },
    { message: 'must be a URL such as https://id.example.com/certs' },
  )
  JWT_JWKS_URL?: string;

  /** File with these keys, instead of JWT_JWKS_URL; changes are taken over. */
  @IsOptional()
  @IsReadableFile()
  JWT_JWKS_FILE?: string;

  /** Claim that names the tenant, as API_KEYS_FILE does. Empty: each subject is a tenant of its own. */
  @IsOptional()
  @IsString()
  JWT_TENANT_CLAIM?: string;

  /** Claim that lists the models a token may use, as an array or separated by spaces. Empty: those of its tenant. */
  @IsOptional()
  @IsString()
  JWT_MODELS_CLAIM?: string;
}

const OTHERS = [
  'JWT_AUDIENCE',
  'JWT_JWKS_URL',
  'JWT_JWKS_FILE',
  'JWT_TENANT_CLAIM',
  'JWT_MODELS_CLAIM',
] as const;

/** What is missing, or does nothing as it is. */
export function findTokenFaults(environment: JwtEnvironment): string[] {
  const { JWT_ISSUER, JWT_AUDIENCE, JWT_JWKS_URL, JWT_JWKS_FILE } = environment;
  if (JWT_ISSUER === undefined) {
    const set = OTHERS.filter((name) => environment[name] !== undefined);
    return set.map((name) => `${name}: has no effect without JWT_ISSUER`);
  }
  const faults: string[] = [];
  // Without it a token that was issued for any other service would open the gateway.
  if (JWT_AUDIENCE === undefined) faults.push('JWT_AUDIENCE: must be set together with JWT_ISSUER');
  if ((JWT_JWKS_URL === undefined) === (JWT_JWKS_FILE === undefined))
    faults.push('JWT_JWKS_URL: either it or JWT_JWKS_FILE must be set together with JWT_ISSUER');
  return faults;
}
