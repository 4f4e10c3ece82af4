import type { NestExpressApplication } from '@nestjs/platform-express';
import { MetricsServer } from '../../src/observability/metrics/metrics-server.service.js';
import { getJson } from './http-client.js';

/** Where the metrics of a gateway are that has METRICS_PORT=0: http://127.0.0.1:<port> */
export function metricsUrl(app: NestExpressApplication): string {
  return `http://127.0.0.1:${app.get(MetricsServer).address.port}`;
}

/** What /metrics tells, to be asked for single samples. */
export class Scrape {
  private constructor(readonly text: string) {}

  static async of(url: string): Promise<Scrape> {
    const { raw } = await getJson(`${url}/metrics`);
    return new Scrape(raw);
  }

  /** The sum of the samples of that name that have these labels; undefined where there is none. */
  value(name: string, labels: Record<string, string> = {}): number | undefined {
    const found = this.text
      .split('\n')
      .filter((line) => line.startsWith(`${name}{`) || line.startsWith(`${name} `))
      .filter((line) => Object.entries(labels).every(([key, value]) => isLabelled(line, key, value)))
      .map((line) => Number(line.slice(line.lastIndexOf(' '))));
    return found.length === 0 ? undefined : found.reduce((sum, value) => sum + value);
  }

  /** The values that a label has in the samples of that name. */
  valuesOf(name: string, label: string): string[] {
    const pattern = new RegExp(`^${name}\\{(?:.*,)?${label}="([^"]*)"`, 'gm');
    return [...new Set([...this.text.matchAll(pattern)].map(([, value = '']) => value))].sort();
  }
}

/** A label that is empty is one that is not there. */
function isLabelled(line: string, key: string, value: string): boolean {
  if (line.includes(`{${key}="${value}"`) || line.includes(`,${key}="${value}"`)) return true;
  return value === '' && !line.includes(`${key}="`);
}
