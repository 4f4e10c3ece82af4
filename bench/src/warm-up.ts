/** Slices that must have come before the last ones: the first hold the start of everything. */
const EARLIER = 2;
/** Slices that must not be cheaper than those before them: one alone may have been disturbed. */
const LAST = 2;
/** A fall of less than this share cannot be told from noise. */
const TOLERANCE = 0.02;

/**
 * Whether a cost no longer falls, so that what runs is compiled.
 *
 * @param costs of one slice of load after the other
 */
export function hasSettled(costs: readonly number[]): boolean {
  const earlier = costs.slice(0, -LAST);
  if (earlier.length < EARLIER) return false;
  return Math.min(...costs.slice(-LAST)) >= Math.min(...earlier) * (1 - TOLERANCE);
}
