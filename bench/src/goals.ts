import { type CaseResult, type Metric, METRICS, type Run } from './results.js';
import { GATEWAY } from './subjects.js';

/** What the gateway must reach. */
export interface Goal {
  caseId: string;
  /** The row it is about. */
  row: string;
  metric: Metric;
  /** The largest value that is good enough; the smallest with `isLeast`. */
  limit: number;
  /** The value must be at least the limit. */
  isLeast?: boolean;
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

const FILE = `${GATEWAY}, file`;
const POSTGRES = `${GATEWAY}, PostgreSQL`;

export const GOALS: readonly Goal[] = [
  goal('firehose', 'ratio', 0.75),
  goal('steps', 'ratio', 0.8),
  goal('paced', 'ratio', 1),
  goal('tools', 'ratio', 0.65),
  goal('reasoning', 'ratio', 0.65),
  goal('raw', 'ratio', 1.2),
  goal('nonstream', 'ratio', 1.45),
  goal('passthrough', 'toPipe', 1.1),
  goal('open500', 'addedLagP99', 2),
  goal('memory', 'kbPerStream', 25, `${GATEWAY}, 500 streams`),
  goal('longheld', 'toBody', 1.3),
  goal('firstbyte', 'addedFirstByteP50', 1.2),
  goal('translation', 'toParse', 2),
  goal('start', 'idleMb', 105),
  goal('start', 'startCpuSeconds', 0.8),
  goal('stored', 'toNone', 1.3, FILE),
  { ...goal('stored', 'requestsPerSecond', 1_000, FILE), isLeast: true },
  goal('storedsteps', 'toNone', 1.05, FILE),
  goal('storedlatency', 'addedTotalP99', 5, FILE),
  goal('storedlatency', 'addedTotalP99', 10, POSTGRES),
  goal('chain', 'toEarlyTurn', 2, FILE),
  goal('storedmemory', 'growth', 1.1, FILE),
];

/** Whether each goal is met by the median of the rounds. */
export function judge(cases: readonly CaseResult[], goals: readonly Goal[] = GOALS): Verdict[] {
  return goals.map((wanted) => {
    const rows = cases.find(({ id }) => id === wanted.caseId)?.rows ?? [];
    const value = rows.find(({ name }) => name === wanted.row)?.figures[wanted.metric]?.median ?? null;
    return { goal: wanted, value, isMet: value === null ? null : meets(value, wanted) };
  });
}

function meets(value: number, { limit, isLeast = false }: Goal): boolean {
  return isLeast ? value >= limit : value <= limit;
}

/** Answers that were wrong, in all cases. */
export function countErrors(cases: readonly CaseResult[]): number {
  return cases.flatMap(({ rows }) => rows).reduce((sum, { errors }) => sum + errors, 0);
}

/** How a goal reads, e.g. `firehose: to node-min <= 1`. */
export function describeGoal({ caseId, row, metric, limit, isLeast = false }: Goal): string {
  const whose = row === POSTGRES ? ', PostgreSQL' : '';
  return `${caseId}${whose}: ${METRICS[metric].label} ${isLeast ? '≥' : '≤'} ${limit}`;
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
