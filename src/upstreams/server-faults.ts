import type { ErrorName } from '../errors/error-table.js';
import { GatewayError } from '../errors/gateway-error.js';
import { UpstreamRefusal } from './upstream.errors.js';

/** Statuses of a server that cannot work, or of a proxy that does not reach it. */
const OUT_OF_ORDER: readonly number[] = [502, 503, 504];
const CONNECTION_FAULTS: readonly ErrorName[] = [
  'upstream_unreachable',
  'upstream_timeout',
  'upstream_incomplete',
  'upstream_protocol_error',
];

/** Whether a failure counts against its server. What the request was refused for does not, nor does a server that is busy. */
export function isServerFault(error: unknown): boolean {
  if (error instanceof UpstreamRefusal) return isOutOfOrder(error);
  return error instanceof GatewayError && CONNECTION_FAULTS.includes(error.errorName);
}

/**
 * Whether a request that has failed before its answer began may be sent to another server. A connection that was lost without a byte
 * counts as one that was never made: its server has died, or gives up what it does for a client that has left.
 */
export function isRetried(error: unknown): boolean {
  if (error instanceof UpstreamRefusal) return error.upstreamStatus === 429 || isOutOfOrder(error);
  if (!(error instanceof GatewayError)) return false;
  const { code } = (error.cause ?? {}) as NodeJS.ErrnoException;
  return error.errorName === 'upstream_unreachable' || code === 'UND_ERR_CONNECT_TIMEOUT';
}

/** A server that does not take the gateway's own key takes no request, as one that cannot work. */
function isOutOfOrder({ upstreamStatus, errorName }: UpstreamRefusal): boolean {
  return OUT_OF_ORDER.includes(upstreamStatus) || errorName === 'upstream_unauthorized';
}
