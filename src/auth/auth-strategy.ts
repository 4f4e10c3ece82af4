import type { Caller } from '../request/request-context.js';

/** What a strategy gets to see of a request. @public */
export interface AuthRequest {
  /** The Authorization header as sent; where there is none, `Bearer` and the key of an `api-key` or `x-api-key` header. */
  authorization: string | undefined;
  /** @param name in lower case */
  header(name: string): string | undefined;
}

/**
 * Extension point: who may call. Provide it in an extension module to replace API keys by tokens of your own.
 *
 * @public
 * @example
 * @Injectable()
 * class JwtStrategy extends AuthStrategy {
 *   async authenticate({ authorization }: AuthRequest) {
 *     const { sub } = await verify(authorization?.slice('Bearer '.length));
 *     return { id: sub };
 *   }
 * }
 */
export abstract class AuthStrategy {
  /** Whether everyone may call: then web pages of other origins are refused, which a key would keep out otherwise. */
  isOpen(): boolean {
    return false;
  }

  /**
   * @returns the caller
   * @throws GatewayError `missing_api_key`, `invalid_api_key` or `permission_denied`
   */
  abstract authenticate(request: AuthRequest): Caller | Promise<Caller>;
}
