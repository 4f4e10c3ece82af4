import { renderCase } from './markdown.js';
import { toRow } from './results.js';

describe('the page of a run', () => {
  it('should show what was measured, in one table a case, with the spread of ratios', () => {
    const rows = [
      toRow('node-min', { cpuPerDelta: [5, 5, 5], ratio: [1, 1, 1] }),
      toRow('gateway', { cpuPerDelta: [4, 6, 5], ratio: [0.8, 1.2, 1] }),
      toRow('broken', {}, [{ errors: 2, problem: 'no [DONE]: ' }]),
    ];
    expect(renderCase({ id: 'firehose', title: 'firehose', rows })).toBe(
      [
        '## firehose',
        '',
        '|  | CPU s / 1M deltas | to node-min | errors |',
        '| --- | --: | --: | --: |',
        '| node-min | 5.00 | 1.00 (1.00–1.00) | 0 |',
        '| gateway | 5.00 | 1.00 (0.90–1.10) | 0 |',
        '| broken | – | – | 2 |',
        '',
        'broken: no [DONE]: ',
      ].join('\n'),
    );
  });

  it('should say why a case was skipped', () => {
    expect(renderCase({ id: 'replicas', title: 'replicas', rows: [], skipped: 'no nginx' })).toContain(
      'Skipped: no nginx',
    );
  });
});
