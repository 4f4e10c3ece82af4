import { GatewayError } from '../errors/gateway-error.js';

const BEARER = /^Bearer +([^\s]+) *$/i;

/**
 * The key or token of an Authorization header.
 *
 * @throws GatewayError `missing_api_key`, or `invalid_api_key` where the header holds something else
 */
export function readBearer(authorization: string | undefined): string {
  if (!authorization) throw new GatewayError('missing_api_key');
  const credentials = BEARER.exec(authorization)?.[1];
  if (credentials !== undefined) return credentials;
  throw new GatewayError('invalid_api_key', {
    message: 'Malformed Authorization header: expected Bearer YOUR_KEY.',
  });
}
