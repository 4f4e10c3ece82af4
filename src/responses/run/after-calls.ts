import { GatewayError } from '../../errors/gateway-error.js';

/** The failure of an answer whose tools were run already: clients must not repeat the request on their own. */
export function afterCalls({ message, param, cause }: GatewayError): GatewayError {
  return new GatewayError('failed_after_calls', {
    message: `${message} Tools were called before: the same request would call them again.`,
    param,
    cause,
    headers: { 'x-should-retry': 'false' },
  });
}
