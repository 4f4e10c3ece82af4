import { type CaseResult, type Metric, METRICS, type Run } from './results.js';
import { GATEWAY } from './subjects.js';

/** What the gateway must reach. */
export interface Goal {
  caseId: string;
  /** The row it is about. */
  row: string;
  metric: Metric;
  /** The largest value that is good enough. */
  limit: number;
}

export interface Verdict {
  goal: Goal;
  /** Median of the rounds; null when it was not measured. */
  value: number | null;
  isMet: boolean | null;
}

const goal = (caseId: string, metric: Metric, limit: number, row: string = GATEWAY): Goal => ({
  caseId,
  row,
  metric,
  limit,
});

export const GOALS: readonly Goal[] = [
  goal('firehose', 'ratio', 1),
  goal('steps', 'ratio', 1),
  goal('paced', 'ratio', 1.05),
  goal('tools', 'ratio', 1.2),
  goal('reasoning', 'ratio', 1.2),
  goal('raw', 'ratio', 2),
  goal('nonstream', 'ratio', 1.4),
  goal('open500', 'addedLagP99', 2),
  goal('memory', 'kbPerStream', 25, `${GATEWAY}, 500 streams`),
  goal('firstbyte', 'addedFirstByteP50', 1.5),
  goal('translation', 'toParse', 2),
  goal('start', 'idleMb', 120),
  goal('start', 'startSeconds', 1.5),
];

/** Whether each goal is met by the median of the rounds. */
export function judge(cases: readonly CaseResult[], goals: readonly Goal[] = GOALS): Verdict[] {
  return goals.map((wanted) => {
    const rows = cases.find(({ id }) => id === wanted.caseId)?.rows ?? [];
    const value = rows.find(({ name }) => name === wanted.row)?.figures[wanted.metric]?.median ?? null;
    return { goal: wanted, value, isMet: value === null ? null : value <= wanted.limit };
  });
}

/** Answers that were wrong, in all cases. */
export function countErrors(cases: readonly CaseResult[]): number {
  return cases.flatMap(({ rows }) => rows).reduce((sum, { errors }) => sum + errors, 0);
}

/** How a goal reads, e.g. `firehose: to node-min <= 1`. */
export function describeGoal({ caseId, metric, limit }: Goal): string {
  return `${caseId}: ${METRICS[metric].label} ≤ ${limit}`;
}

/** The lines of the summary: goal, value, verdict. */
export function goalLines({ cases }: Pick<Run, 'cases'>): string[][] {
  const errors = countErrors(cases);
  return [
    ...judge(cases).map(({ goal: wanted, value, isMet }) => [
      describeGoal(wanted),
      value === null ? '–' : value.toFixed(2),
      isMet === null ? 'not measured' : isMet ? 'met' : '**missed**',
    ]),
    ['errors = 0', String(errors), errors === 0 ? 'met' : '**missed**'],
  ];
}
