// node scripts/make-dashboard.mjs [--print]: makes deploy/grafana/gateway-dashboard.json, or prints it.
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import process from 'node:process';
import { fileURLToPath, URL } from 'node:url';
import {
  DashboardBuilder,
  DatasourceVariableBuilder,
  QueryVariableBuilder,
  RowBuilder,
} from '@grafana/grafana-foundation-sdk/dashboard';
import { DataqueryBuilder } from '@grafana/grafana-foundation-sdk/prometheus';
import { PanelBuilder as StatPanel } from '@grafana/grafana-foundation-sdk/stat';
import { PanelBuilder as TimeSeriesPanel } from '@grafana/grafana-foundation-sdk/timeseries';

const TARGET = fileURLToPath(new URL('../deploy/grafana/gateway-dashboard.json', import.meta.url));
const DATASOURCE = { type: 'prometheus', uid: '${datasource}' };
/** Of all metrics; of those of requests also the other two. */
const ON = 'job="$job", instance=~"$instance"';
const REQUESTS = `${ON}, model=~"$model", tenant=~"$tenant"`;
const MODELS = `${ON}, gen_ai_request_model=~"$model"`;

const RATE = '[$__rate_interval]';
const FAILED = `(rate(gateway_requests_total{${REQUESTS}, status_class="5xx"}${RATE}) or rate(gateway_requests_total{${REQUESTS}, outcome="failed", status_class!="5xx"}${RATE}))`;

const rateBy = (labels, metric, selector = ON) => `sum by (${labels}) (rate(${metric}{${selector}}${RATE}))`;
const quantile = (share, metric, selector, by = '') =>
  `histogram_quantile(${share}, sum by (${by}le) (rate(${metric}_bucket{${selector}}${RATE})))`;
/** The median, and those that have to wait. */
const quantiles = (metric, selector) =>
  [0.5, 0.95, 0.99].map((share) => [quantile(share, metric, selector), `p${share * 100}`]);

/** @param targets pairs of a query and what its lines are called */
function graph(title, unit, targets, description = '') {
  return withTargets(new TimeSeriesPanel().title(title).description(description).unit(unit).min(0), targets)
    .fillOpacity(8)
    .span(8)
    .height(8);
}

function figure(title, unit, query) {
  return withTargets(new StatPanel().title(title).unit(unit), [[query, '']])
    .span(4)
    .height(4);
}

function withTargets(panel, targets) {
  panel.datasource(DATASOURCE);
  for (const [query, legend] of targets)
    panel.withTarget(new DataqueryBuilder().expr(query).legendFormat(legend));
  return panel;
}

const variable = (name, label, query) =>
  new QueryVariableBuilder(name)
    .label(label)
    .datasource(DATASOURCE)
    .query(query)
    .refresh(2)
    .multi(name !== 'job')
    .includeAll(name !== 'job')
    .allValue('.*');

const ROWS = {
  'At a glance': [
    figure('Requests a second', 'reqps', `sum(rate(gateway_requests_total{${REQUESTS}}${RATE}))`),
    figure('Failed', 'percentunit', `sum(${FAILED}) / sum(rate(gateway_requests_total{${REQUESTS}}${RATE}))`),
    figure('First token, p95', 's', quantile(0.95, 'gen_ai_server_time_to_first_token_seconds', MODELS)),
    figure('Answers in progress', 'short', `sum(gateway_requests_in_flight{${ON}})`),
    figure('Model servers in use', 'short', `count(sum by (upstream) (gateway_upstream_up{${ON}}) > 0)`),
    figure('Gateways', 'short', 'sum(up{job="$job"})'),
  ],
  Requests: [
    graph('By outcome', 'reqps', [[rateBy('outcome', 'gateway_requests_total', REQUESTS), '{{outcome}}']]),
    graph('By route', 'reqps', [
      [rateBy('method, route', 'gateway_requests_total', REQUESTS), '{{method}} {{route}}'],
    ]),
    graph('By tenant', 'reqps', [[rateBy('tenant', 'gateway_requests_total', REQUESTS), '{{tenant}}']]),
    graph('In progress', 'short', [
      [`sum by (instance) (gateway_requests_in_flight{${ON}})`, '{{instance}}'],
      [`sum by (instance) (gateway_requests_in_flight_limit{${ON}})`, 'limit of {{instance}}'],
    ]),
    graph('Waiting for their turn', 'short', [
      [`sum by (instance) (gateway_requests_queued{${ON}})`, '{{instance}}'],
    ]),
    graph('Refused by a limit', 'reqps', [[rateBy('limit', 'gateway_rate_limited_total'), '{{limit}}']]),
  ],
  Models: [
    graph('Time to the first token', 's', quantiles('gen_ai_server_time_to_first_token_seconds', MODELS)),
    graph('Time per output token', 's', quantiles('gen_ai_server_time_per_output_token_seconds', MODELS)),
    graph('Duration', 's', quantiles('gen_ai_server_request_duration_seconds', MODELS)),
    graph('Tokens a second', 'short', [
      [
        rateBy('gen_ai_request_model, gen_ai_token_type', 'gen_ai_client_token_usage_sum', MODELS),
        '{{gen_ai_request_model}} {{gen_ai_token_type}}',
      ],
      [
        rateBy('gen_ai_request_model', 'gateway_cached_input_tokens_total', MODELS),
        '{{gen_ai_request_model}} cached input',
      ],
      [
        rateBy('gen_ai_request_model', 'gateway_reasoning_tokens_total', MODELS),
        '{{gen_ai_request_model}} reasoning',
      ],
    ]),
    graph('Tool calls', 'cps', [
      [rateBy('parser, outcome', 'gateway_tool_calls_total'), '{{parser}} {{outcome}}'],
    ]),
    graph('Ignored fields', 'cps', [[rateBy('field', 'gateway_ignored_fields_total'), '{{field}}']]),
  ],
  'Model servers': [
    graph('Up', 'short', [[`min by (upstream) (gateway_upstream_up{${ON}})`, '{{upstream}}']]),
    graph('In progress, each', 'short', [
      [`sum by (upstream) (gateway_upstream_in_flight{${ON}})`, '{{upstream}}'],
    ]),
    graph('Until they answer, p95', 's', [
      [quantile(0.95, 'gateway_upstream_response_seconds', ON, 'upstream, '), '{{upstream}}'],
    ]),
    graph('Requests', 'reqps', [
      [rateBy('upstream, outcome', 'gateway_upstream_attempts_total'), '{{upstream}} {{outcome}}'],
    ]),
    graph('Tried again on another', 'reqps', [
      [rateBy('upstream', 'gateway_upstream_attempts_total', `${ON}, retry="true"`), '{{upstream}}'],
    ]),
    graph('Taken out', 'short', [
      [
        `sum by (upstream, reason) (increase(gateway_upstream_ejections_total{${ON}}${RATE}))`,
        '{{upstream}} {{reason}}',
      ],
    ]),
  ],
  'Store and background': [
    graph('Store', 'short', [[`min by (part) (gateway_store_up{${ON}})`, '{{part}}']]),
    graph('Jobs', 'short', [
      [`sum(gateway_jobs_running{${ON}})`, 'running'],
      [`max(gateway_jobs_waiting{${ON}})`, 'waiting'],
    ]),
    graph('Jobs that have ended', 'cps', [[rateBy('outcome', 'gateway_jobs_total'), '{{outcome}}']]),
  ],
  Process: [
    graph('Event-loop lag, p99', 's', [[`nodejs_eventloop_lag_p99_seconds{${ON}}`, '{{instance}}']]),
    graph('CPU', 'percentunit', [[`rate(process_cpu_seconds_total{${ON}}${RATE})`, '{{instance}}']]),
    graph('Memory', 'bytes', [
      [`process_resident_memory_bytes{${ON}}`, '{{instance}} resident'],
      [`nodejs_heap_size_used_bytes{${ON}}`, '{{instance}} heap'],
    ]),
    graph('Garbage collection', 'percentunit', [
      [rateBy('instance', 'nodejs_gc_duration_seconds_sum'), '{{instance}}'],
    ]),
    graph('Open files', 'short', [[`process_open_fds{${ON}}`, '{{instance}}']]),
    graph('Versions', 'short', [[`count by (version) (gateway_build_info{${ON}})`, '{{version}}']]),
  ],
};

function makeDashboard() {
  const dashboard = new DashboardBuilder('Responses gateway')
    .uid('responses-gateway')
    .tags(['responses-gateway'])
    .time({ from: 'now-1h', to: 'now' })
    .refresh('30s')
    .timezone('browser')
    .editable()
    .withVariable(new DatasourceVariableBuilder('datasource').label('Data source').type('prometheus'))
    .withVariable(variable('job', 'Job', 'label_values(gateway_build_info, job)'))
    .withVariable(variable('instance', 'Gateway', 'label_values(gateway_build_info{job="$job"}, instance)'))
    .withVariable(variable('model', 'Model', 'label_values(gateway_requests_total{job="$job"}, model)'))
    .withVariable(variable('tenant', 'Tenant', 'label_values(gateway_requests_total{job="$job"}, tenant)'));
  for (const [title, panels] of Object.entries(ROWS)) {
    dashboard.withRow(new RowBuilder(title));
    for (const panel of panels) dashboard.withPanel(panel);
  }
  return `${JSON.stringify(dashboard.build(), null, 2)}\n`;
}

const text = makeDashboard();
if (process.argv.includes('--print')) process.stdout.write(text);
else {
  mkdirSync(dirname(TARGET), { recursive: true });
  writeFileSync(TARGET, text);
}
