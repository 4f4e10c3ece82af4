import { goalLines } from './goals.js';
import { type CaseResult, type Metric, METRICS, type Row, type Run } from './results.js';

/** Figures whose spread over the rounds is shown: those that goals are about. */
const WITH_SPREAD: ReadonlySet<Metric> = new Set<Metric>([
  'ratio',
  'toNone',
  'toOneProcess',
  'addedLagP99',
  'addedFirstByteP50',
  'addedTotalP99',
  'toEarlyTurn',
  'kbPerStream',
  'toBody',
  'toParse',
  'startSeconds',
  'startCpuSeconds',
]);

/** The whole run as a Markdown page. */
export function renderRun(run: Run): string {
  const blocks = [
    `# Benchmark of ${run.startedAt}`,
    [`- command: \`${run.command}\``, `- commit: ${run.commit}`, `- machine: ${run.machine}`].join('\n'),
    `Medians of ${run.rounds} rounds, fewer for paced streams; in parentheses the quartiles.`,
    ...run.cases.map(renderCase),
    '## Goals',
    renderTable([['goal', 'measured', ''], ...goalLines(run)]),
  ];
  return `${blocks.join('\n\n')}\n`;
}

export function renderCase({ title, rows, skipped }: CaseResult): string {
  if (skipped !== undefined) return `## ${title}\n\nSkipped: ${skipped}`;
  const measured = new Set(rows.flatMap(({ figures }) => Object.keys(figures)));
  const metrics = (Object.keys(METRICS) as Metric[]).filter((metric) => measured.has(metric));
  const table = renderTable([
    ['', ...metrics.map((metric) => METRICS[metric].label), 'errors'],
    ...rows.map((row) => [
      row.name,
      ...metrics.map((metric) => renderFigure(row, metric)),
      String(row.errors),
    ]),
  ]);
  const problems = rows.flatMap(({ name, problem }) => (problem === null ? [] : [`${name}: ${problem}`]));
  return [`## ${title}`, table, ...problems].join('\n\n');
}

function renderFigure({ figures }: Row, metric: Metric): string {
  const summary = figures[metric];
  if (!summary) return '–';
  const { digits } = METRICS[metric];
  const text = summary.median.toFixed(digits);
  if (!WITH_SPREAD.has(metric) || summary.values.length < 2) return text;
  return `${text} (${summary.lower.toFixed(digits)}–${summary.upper.toFixed(digits)})`;
}

function renderTable([head = [], ...lines]: readonly (readonly string[])[]): string {
  const rule = head.map((_, column) => (column === 0 ? '---' : '--:'));
  return [head, rule, ...lines].map((cells) => `| ${cells.join(' | ')} |`).join('\n');
}
