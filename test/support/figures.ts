/** Prints what a test has measured, in the form that docs/operations.md quotes. */
export function printFigure(name: string, value: string, bar: string): void {
  console.info(`figure: ${name} = ${value} (bar ${bar})`);
}

/** The value below which so large a part of them is, e.g. 0.5 for the median. */
export function quantile(values: readonly number[], part: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(part * sorted.length))] ?? Number.NaN;
}
