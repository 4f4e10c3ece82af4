import type { Gauge, Registry } from 'prom-client';
import { Counter, type Description, Histogram } from './series.js';

type Prometheus = typeof import('prom-client');

/** Named like counters, which they are not: Prometheus' own check of metrics refuses them. */
const MISNAMED = [
  'nodejs_active_resources_total',
  'nodejs_active_handles_total',
  'nodejs_active_requests_total',
];

/** Makes the metrics of one gateway. */
export class Meter {
  readonly registry: Registry;

  private constructor(private readonly prometheus: Prometheus) {
    this.registry = new prometheus.Registry();
  }

  /** Loads what counts: only a gateway that is measured pays for it. */
  static async open(): Promise<Meter> {
    return new Meter(await import('prom-client'));
  }

  counter<Label extends string>(description: Description<Label>): Counter<Label> {
    const counter = new Counter(description);
    this.registry.registerMetric(counter.asMetric);
    return counter;
  }

  histogram<Label extends string>({
    buckets,
    ...description
  }: Description<Label> & { buckets: readonly number[] }): Histogram<Label> {
    const histogram = new Histogram(description, buckets);
    this.registry.registerMetric(histogram.asMetric);
    return histogram;
  }

  /** @param read called with each scrape; without, it is set by hand */
  gauge<Label extends string>(
    description: Omit<Description<Label>, 'labelNames'> & Partial<Description<Label>>,
    read?: (gauge: Gauge<Label>) => void | Promise<void>,
  ): Gauge<Label> {
    const gauge: Gauge<Label> = new this.prometheus.Gauge({
      ...description,
      registers: [this.registry],
      ...(read && { collect: () => read(gauge) }),
    });
    return gauge;
  }

  /** What Node.js and the operating system tell of this process. */
  observeProcess(): void {
    this.prometheus.collectDefaultMetrics({ register: this.registry });
    for (const name of MISNAMED) this.registry.removeSingleMetric(name);
  }
}
