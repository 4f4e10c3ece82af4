import { GatewayError } from '../errors/gateway-error.js';

/** Of a log that has lost what stands before: whoever reads it would miss that without a word. */
export function logGap(name: string, sequence: number): GatewayError {
  return new GatewayError('internal_error', {
    cause: new Error(`the log ${name} lacks what stands before event ${sequence}`),
  });
}
