import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { MetricObjectWithValues, MetricValue } from 'prom-client';
import { parse, stringify } from 'yaml';
import { Meter } from '../../src/observability/metrics/meter.js';
import { completion } from '../support/fake-upstream.js';
import { postJson } from '../support/http-client.js';
import { HAS_PROMTOOL, promtool } from '../support/promtool.js';
import { metricsUrl, Scrape } from '../support/scrape.js';
import { useGateway } from '../support/use-gateway.js';

interface Panel {
  title: string;
  targets?: { expr: string }[];
}

interface Rule {
  alert: string;
  expr: string;
  labels: { severity: string };
  annotations: { summary: string; runbook_url: string };
}

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const read = (name: string): string => readFileSync(join(ROOT, name), 'utf8');
const DASHBOARD = 'deploy/grafana/gateway-dashboard.json';
const ALERTS = 'deploy/prometheus/alerts.yaml';
const NAME = /\b(?:gateway|gen_ai|nodejs|process)_[a-z0-9_]+/g;
/** A sample of Prometheus' own. */
const SUFFIX = /_(?:bucket|sum|count)$/;

const { rules } = (parse(read(ALERTS)) as { groups: { rules: Rule[] }[] }).groups[0]!;
const panels = (JSON.parse(read(DASHBOARD)) as { panels: Panel[] }).panels;
const queries = panels.flatMap(({ targets = [] }) => targets.map(({ expr }) => expr));

const { upstream, gateway } = useGateway({ environment: { METRICS_PORT: '0', METRICS_HOST: '127.0.0.1' } });

/** The metrics there are, by name. */
async function exported(): Promise<
  Map<string, MetricObjectWithValues<MetricValue<string>> & { labels: string[] }>
> {
  const { registry } = gateway.app.get(Meter);
  const described = await registry.getMetricsAsJSON();
  return new Map(
    described.map((metric) => {
      const { labelNames = [] } = registry.getSingleMetric(metric.name) as unknown as {
        labelNames?: string[];
      };
      return [metric.name, { ...metric, labels: [...labelNames] }];
    }),
  );
}

/** Names of metrics and of labels in a query that no metric has. */
async function strangersIn(query: string): Promise<string[]> {
  const metrics = await exported();
  const labels = new Set([...metrics.values()].flatMap((metric) => metric.labels));
  const names = [...query.replaceAll(/"[^"]*"/g, '').matchAll(NAME)].map(([name]) => name);
  return names.filter(
    (name) => !metrics.has(name) && !metrics.has(name.replace(SUFFIX, '')) && !labels.has(name),
  );
}

describe('the dashboard', () => {
  it('should be what its script makes', () => {
    const made = execFileSync(process.execPath, ['scripts/make-dashboard.mjs', '--print'], {
      cwd: ROOT,
      encoding: 'utf8',
    });
    // Else: node scripts/make-dashboard.mjs
    expect(made).toBe(read(DASHBOARD));
  });

  it('should ask for nothing that the gateway does not tell', async () => {
    expect(queries.length).toBeGreaterThan(30);
    for (const query of queries) expect([query, await strangersIn(query)]).toEqual([query, []]);
  });

  it('should show every metric of the gateway', async () => {
    const own = [...(await exported()).keys()].filter((name) => /^(?:gateway|gen_ai)_/.test(name));
    const shown = queries.join('\n');
    expect(own.filter((name) => !shown.includes(name))).toEqual([]);
  });
});

describe('the alerts', () => {
  it('should ask for nothing that the gateway does not tell', async () => {
    for (const { expr } of rules) expect([expr, await strangersIn(expr)]).toEqual([expr, []]);
  });

  it('should each lead to a paragraph that says what to do', () => {
    const severities = new Set(rules.map(({ labels }) => labels.severity));
    expect([...severities].sort()).toEqual(['critical', 'info', 'warning']);
    for (const { alert, annotations } of rules) {
      const [page = '', anchor] = annotations.runbook_url.split('#');
      expect(anchor).toBe(alert.toLowerCase());
      expect(existsSync(join(ROOT, page))).toBe(true);
      expect(read(page)).toMatch(new RegExp(`^#+ ${alert}\\n\\n\\S`, 'm'));
      expect(annotations.summary).not.toBe('');
    }
  });
});

describe('docs/metrics.md', () => {
  it('should tell of every metric: its type and labels', async () => {
    const rows = read('docs/metrics.md')
      .split('\n')
      .map((line) => line.split('|').map((cell) => cell.trim()))
      .filter(([, name = '']) => /^`[a-z_0-9]+`$/.test(name))
      .map(([, name = '', type = '', labels = '', meaning = '']) => ({
        name: name.replaceAll('`', ''),
        type,
        labels: [...labels.matchAll(/`([a-z_]+)`/g)].map(([, label = '']) => label),
        isTold: meaning !== '',
      }));
    const there = [...(await exported()).values()].map(({ name, type, labels }) => ({
      name,
      type: String(type),
      labels,
      isTold: true,
    }));
    const byName = (one: { name: string }, other: { name: string }): number =>
      one.name.localeCompare(other.name);
    expect(rows.sort(byName)).toEqual(there.sort(byName));
  });
});

if (!HAS_PROMTOOL && process.env.CI) throw new Error('promtool is missing: apt-get install prometheus');
if (!HAS_PROMTOOL)
  console.info('No promtool here (apt-get install prometheus): rules and metrics are not checked by it.');

(HAS_PROMTOOL ? describe : describe.skip)('promtool', () => {
  it('should take the alerts, and see each of them fire on its fault', async () => {
    expect(await promtool(['check', 'rules', join(ROOT, ALERTS)])).toContain(
      `SUCCESS: ${rules.length} rules`,
    );
    expect(await promtool(['test', 'rules', join(ROOT, 'deploy/prometheus/alerts.test.yaml')])).toContain(
      'SUCCESS',
    );
    const tests = read('deploy/prometheus/alerts.test.yaml');
    expect(rules.filter(({ alert }) => !tests.includes(`"${alert}"`))).toEqual([]);
  });

  it('should be able to read every query of the dashboard', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'gateway-rules-'));
    const file = join(folder, 'queries.yaml');
    const named = queries.map((query, index) => ({
      record: `query:${index}`,
      expr: query.replaceAll('$__rate_interval', '5m'),
    }));
    writeFileSync(file, stringify({ groups: [{ name: 'queries', rules: named }] }));
    expect(await promtool(['check', 'rules', file])).toContain(`SUCCESS: ${queries.length} rules`);
    rmSync(folder, { recursive: true });
  });

  it('should find nothing wrong with what the gateway tells', async () => {
    upstream.reply(completion({ content: 'pong' }));
    await postJson(`${gateway.url}/v1/responses`, { model: 'test-model', input: 'ping' });
    const { text } = await Scrape.of(metricsUrl(gateway.app));
    expect(await promtool(['check', 'metrics'], text)).toBe('');
  });
});
