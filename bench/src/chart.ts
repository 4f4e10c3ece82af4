import { GOALS } from './goals.js';
import type { CaseResult, Run } from './results.js';

const WIDTH = 860;
const LABEL_WIDTH = 170;
const VALUE_WIDTH = 60;
const BAR_HEIGHT = 14;
const BAR_GAP = 4;
const GROUP_GAP = 34;
const TOP = 48;
const COLORS = ['#9aa5b1', '#4c6ef5', '#12b886', '#fab005', '#e8590c', '#7048e8'];

/** CPU time of each subject in each case, relative to node-min, with the goals as lines. @returns an SVG document */
export function renderChart({
  cases,
  startedAt,
  commit,
}: Pick<Run, 'cases' | 'startedAt' | 'commit'>): string {
  const charted = cases.filter(({ rows }) => rows.some(({ figures }) => figures.ratio));
  const largest = Math.max(
    1.2,
    ...charted.flatMap(({ rows }) => rows.map((row) => row.figures.ratio?.median ?? 0)),
  );
  const scale = (WIDTH - LABEL_WIDTH - VALUE_WIDTH) / largest;
  const names = [...new Set(charted.flatMap(({ rows }) => rows.map(({ name }) => name)))];
  const parts: string[] = [];
  let y = TOP;
  for (const result of charted) {
    const group = renderGroup(result, y, scale, names);
    parts.push(group.svg);
    y = group.end + GROUP_GAP;
  }
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${y}" font-family="sans-serif" font-size="12">`,
    `<rect width="${WIDTH}" height="${y}" fill="#fff"/>`,
    text(10, 22, `CPU time relative to node-min, ${startedAt}, ${commit}; dashed: goal`, 'font-size="15"'),
    ...parts,
    '</svg>\n',
  ].join('\n');
}

function renderGroup(
  { id, rows }: CaseResult,
  top: number,
  scale: number,
  names: readonly string[],
): { svg: string; end: number } {
  const parts = [text(10, top, id, 'font-weight="bold"')];
  let y = top + 8;
  for (const { name, figures } of rows) {
    if (!figures.ratio) continue;
    const width = figures.ratio.median * scale;
    const color = COLORS[names.indexOf(name) % COLORS.length] ?? '#000';
    const baseline = y + BAR_HEIGHT - 3;
    parts.push(
      text(LABEL_WIDTH - 8, baseline, name, 'text-anchor="end"'),
      `<rect x="${LABEL_WIDTH}" y="${y}" width="${width.toFixed(1)}" height="${BAR_HEIGHT}" fill="${color}"/>`,
      text(LABEL_WIDTH + width + 6, baseline, figures.ratio.median.toFixed(2)),
    );
    y += BAR_HEIGHT + BAR_GAP;
  }
  const goal = GOALS.find(({ caseId, metric }) => caseId === id && metric === 'ratio');
  if (goal) {
    const x = (LABEL_WIDTH + goal.limit * scale).toFixed(1);
    parts.push(
      `<line x1="${x}" x2="${x}" y1="${top + 4}" y2="${y}" stroke="#c92a2a" stroke-dasharray="4 3"/>`,
    );
  }
  return { svg: parts.join('\n'), end: y };
}

function text(x: number, y: number, content: string, attributes = ''): string {
  return `<text x="${x.toFixed(1)}" y="${y}" ${attributes}>${content.replaceAll('&', '&amp;').replaceAll('<', '&lt;')}</text>`;
}
