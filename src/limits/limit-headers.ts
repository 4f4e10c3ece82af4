import type { Counted } from '../coordination/rate-counter.js';
import type { RequestContext } from '../request/request-context.js';
import { formatSpan } from './format-span.js';

/** Tells the client what is left, as OpenAI does. */
export function noteLimit(
  { limitHeaders }: RequestContext,
  kind: 'requests' | 'tokens',
  limit: number,
  { used, resetMs }: Counted,
): void {
  limitHeaders[`x-ratelimit-limit-${kind}`] = String(limit);
  limitHeaders[`x-ratelimit-remaining-${kind}`] = String(Math.max(0, limit - used));
  limitHeaders[`x-ratelimit-reset-${kind}`] = formatSpan(resetMs);
}
