/** What the rounds say about one figure. */
export interface Summary {
  median: number;
  /** Quartiles: half of the rounds lie between them. */
  lower: number;
  upper: number;
  /** One value a round, in the order of the rounds. */
  values: number[];
}

/**
 * The value below which a share of the values lies, interpolated between neighbours.
 *
 * @param share 0 to 1
 * @throws RangeError for an empty list
 */
export function quantile(values: readonly number[], share: number): number {
  if (values.length === 0) throw new RangeError('There is no quantile of nothing.');
  const sorted = [...values].sort((a, b) => a - b);
  const position = share * (sorted.length - 1);
  const below = sorted[Math.floor(position)] ?? 0;
  const above = sorted[Math.ceil(position)] ?? 0;
  return below + (above - below) * (position - Math.floor(position));
}

/** @throws RangeError for an empty list */
export function median(values: readonly number[]): number {
  return quantile(values, 0.5);
}

/** Values that are no numbers (nothing was measured in that round) are left out; null when none is left. */
export function summarize(values: readonly number[]): Summary | null {
  const measured = values.filter((value) => Number.isFinite(value));
  if (measured.length === 0) return null;
  return {
    median: median(measured),
    lower: quantile(measured, 0.25),
    upper: quantile(measured, 0.75),
    values: [...values],
  };
}

/** Who is measured in which order: every second round backwards, so that nobody always comes first. */
export function orderOf<T>(contestants: readonly T[], round: number): readonly T[] {
  return round % 2 === 0 ? contestants : [...contestants].reverse();
}

/** Each value by the one that was measured next to it, in the same round. */
export function ratios(values: readonly number[], units: readonly number[]): number[] {
  return values.map((value, round) => value / (units[round] ?? NaN));
}

/** Each value less the one that was measured next to it, in the same round. */
export function differences(values: readonly number[], bases: readonly number[]): number[] {
  return values.map((value, round) => value - (bases[round] ?? NaN));
}
