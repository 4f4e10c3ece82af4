import type { Caller, CallerLimits } from '../request/request-context.js';

/** What several callers may use together, or one alone. */
export interface Budget {
  /** Whose it is: who has the same name counts to the same budget. */
  name: string;
  limits: CallerLimits;
}

/** All that a caller's requests count to, its own budget first. */
export function budgetsOf(caller: Caller | null): Budget[] {
  if (!caller) return [];
  const { id, limits, limitedAs = id, furtherLimits } = caller;
  return [
    ...(limits ? [{ name: limitedAs, limits }] : []),
    ...(furtherLimits ? [{ name: furtherLimits.limitedAs, limits: furtherLimits.limits }] : []),
  ];
}
