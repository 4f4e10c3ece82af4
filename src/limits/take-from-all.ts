import type { Counted, RateCounter } from '../coordination/rate-counter.js';
import type { RequestContext } from '../request/request-context.js';
import { noteLimit } from './limit-headers.js';
import { limitReached } from './limit-reached.js';

/** Something of a minute's budget. */
export interface Share {
  /** Whose budget. */
  of: string;
  amount: number;
  limit: number;
}

/** Name of what is counted for a budget. */
export function counterOf(kind: 'requests' | 'tokens', of: string): string {
  return `${kind}:${of}`;
}

/**
 * Takes all shares, or none where one of them is not left. The client is told of the budget that has the least left.
 *
 * @throws GatewayError `rate_limit_exceeded`
 */
export async function takeFromAll(
  counter: RateCounter,
  context: RequestContext,
  kind: 'requests' | 'tokens',
  shares: readonly Share[],
): Promise<Counted[]> {
  const taken: Counted[] = [];
  let least: { limit: number; counted: Counted } | null = null;
  for (const [index, { of, amount, limit }] of shares.entries()) {
    const counted = await counter.take(counterOf(kind, of), amount, limit);
    if (!counted.isTaken) {
      await giveBack(counter, kind, shares.slice(0, index));
      noteLimit(context, kind, limit, counted);
      const { used, resetMs: retryMs } = counted;
      throw limitReached(context, { of, kind, limit, used, requested: amount, retryMs });
    }
    taken.push(counted);
    if (!least || limit - counted.used < least.limit - least.counted.used) least = { limit, counted };
  }
  if (least) noteLimit(context, kind, least.limit, least.counted);
  return taken;
}

/** What cannot be given back is there again with the next minute. */
async function giveBack(
  counter: RateCounter,
  kind: 'requests' | 'tokens',
  shares: readonly Share[],
): Promise<void> {
  await Promise.allSettled(shares.map(({ of, amount }) => counter.correct(counterOf(kind, of), -amount)));
}
