import { GatewayError } from '../errors/gateway-error.js';
import type { RequestContext } from '../request/request-context.js';
import type { RequestReport } from '../request/request-report.js';
import { formatSpan } from './format-span.js';

export type LimitKind = NonNullable<RequestReport['limit']>;

const NAMES: Record<LimitKind, string> = {
  requests: 'requests per min (RPM)',
  tokens: 'tokens per min (TPM)',
  concurrent: 'concurrent requests',
};

export interface Reached {
  /** Whose limit it is. */
  of: string;
  kind: LimitKind;
  limit: number;
  used: number;
  requested: number;
  /** After which another try may succeed. */
  retryMs: number;
}

/** The refusal in OpenAI's words; its kind is noted for the log and the metrics. */
export function limitReached(
  { report }: RequestContext,
  { of, kind, limit, used, requested, retryMs }: Reached,
): GatewayError {
  report.limit = kind;
  const message =
    `Rate limit reached for ${of} on ${NAMES[kind]}: ` +
    `Limit ${limit}, Used ${used}, Requested ${requested}. Please try again in ${formatSpan(retryMs)}.`;
  return new GatewayError('rate_limit_exceeded', {
    message,
    retryAfter: Math.max(1, Math.ceil(retryMs / 1_000)),
  });
}
