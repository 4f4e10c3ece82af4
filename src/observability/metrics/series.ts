import type { Counter as PrometheusCounter, Histogram as PrometheusHistogram } from 'prom-client';

export interface Description<Label extends string> {
  name: string;
  help: string;
  labelNames: readonly [Label, ...Label[]];
}

type Labels<Label extends string> = Readonly<Record<Label, string>>;

/** What prom-client writes out as a line. */
interface Line {
  metricName: string;
  labels: Readonly<Record<string, string | number>>;
  value: number;
}

type Branch<T> = Map<string, Branch<T> | T>;

/**
 * What is counted, apart by the values of its labels. prom-client finds these by a text that it makes of all of them: for a call with
 * seven updates that took as long as the translation of a dozen chunks.
 */
abstract class Series<Label extends string, T> {
  readonly name: string;
  readonly help: string;
  readonly aggregator = 'sum';
  readonly labelNames: readonly Label[];
  abstract readonly type: string;
  /** All labels but the last one lead from branch to branch. */
  private readonly forks: readonly Label[];
  private readonly last: Label;
  private readonly root: Branch<T> = new Map();

  constructor({ name, help, labelNames }: Description<Label>) {
    this.name = name;
    this.help = help;
    this.labelNames = labelNames;
    this.forks = labelNames.slice(0, -1);
    this.last = labelNames.at(-1) ?? labelNames[0];
  }

  /** Called by prom-client with each scrape. */
  get(): object {
    const { name, help, type, aggregator } = this;
    return { name, help, type, aggregator, values: this.linesBelow(this.root, this.forks, {}) };
  }

  protected abstract create(): T;
  protected abstract write(counted: T, labels: Line['labels']): Line[];

  protected at(labels: Labels<Label>): T {
    let branch = this.root;
    for (const name of this.forks) {
      const value = labels[name];
      let next = branch.get(value) as Branch<T> | undefined;
      if (!next) branch.set(value, (next = new Map() as Branch<T>));
      branch = next;
    }
    const value = labels[this.last];
    let counted = branch.get(value) as T | undefined;
    if (counted === undefined) branch.set(value, (counted = this.create()));
    return counted;
  }

  private linesBelow(
    branch: Branch<T>,
    [fork, ...forks]: readonly Label[],
    labels: Record<string, string>,
  ): Line[] {
    return [...branch].flatMap(([value, below]) =>
      fork === undefined
        ? this.write(below as T, { ...labels, [this.last]: value })
        : this.linesBelow(below as Branch<T>, forks, { ...labels, [fork]: value }),
    );
  }
}

export class Counter<Label extends string> extends Series<Label, { count: number }> {
  readonly type = 'counter';

  inc(labels: Labels<Label>, by = 1): void {
    this.at(labels).count += by;
  }

  protected override create(): { count: number } {
    return { count: 0 };
  }

  protected override write({ count }: { count: number }, labels: Line['labels']): Line[] {
    return [{ metricName: this.name, labels, value: count }];
  }

  /** As what a registry takes. */
  get asMetric(): PrometheusCounter {
    return this as unknown as PrometheusCounter;
  }
}

interface Distribution {
  /** How many were in each bucket, and in none but the one without a bound. */
  counts: number[];
  sum: number;
}

export class Histogram<Label extends string> extends Series<Label, Distribution> {
  readonly type = 'histogram';

  /** @param bounds of the buckets, rising */
  constructor(
    description: Description<Label>,
    private readonly bounds: readonly number[],
  ) {
    super(description);
  }

  observe(labels: Labels<Label>, value: number): void {
    const distribution = this.at(labels);
    const { counts } = distribution;
    let bucket = 0;
    for (const bound of this.bounds) {
      if (value <= bound) break;
      bucket++;
    }
    counts[bucket] = (counts[bucket] ?? 0) + 1;
    distribution.sum += value;
  }

  protected override create(): Distribution {
    return { counts: Array.from({ length: this.bounds.length + 1 }, () => 0), sum: 0 };
  }

  protected override write({ counts, sum }: Distribution, labels: Line['labels']): Line[] {
    let count = 0;
    const buckets = counts.map((inBucket, index) => ({
      metricName: `${this.name}_bucket`,
      labels: { le: this.bounds[index] ?? '+Inf', ...labels },
      value: (count += inBucket),
    }));
    return [
      ...buckets,
      { metricName: `${this.name}_sum`, labels, value: sum },
      { metricName: `${this.name}_count`, labels, value: count },
    ];
  }

  /** As what a registry takes. */
  get asMetric(): PrometheusHistogram {
    return this as unknown as PrometheusHistogram;
  }
}
