import { type Goal, goalLines, judge } from './goals.js';
import { type CaseResult, toRow } from './results.js';

const GOAL: Goal = { caseId: 'firehose', row: 'gateway', metric: 'ratio', limit: 1 };

function measured(...ratio: number[]): CaseResult[] {
  return [{ id: 'firehose', title: 'firehose', rows: [toRow('node-min', {}), toRow('gateway', { ratio })] }];
}

describe('goals', () => {
  it('should be judged by the median of the rounds', () => {
    expect(judge(measured(0.9, 0.95, 3), [GOAL])).toEqual([{ goal: GOAL, value: 0.95, isMet: true }]);
    expect(judge(measured(1.2, 1.1, 0.5), [GOAL])).toEqual([{ goal: GOAL, value: 1.1, isMet: false }]);
  });

  it('should be met from the limit on where it is the least', () => {
    const least = { ...GOAL, isLeast: true };
    expect(judge(measured(0.9), [least])[0]?.isMet).toBe(false);
    expect(judge(measured(1.1), [least])[0]?.isMet).toBe(true);
  });

  it('should be neither met nor missed where nothing was measured', () => {
    expect(judge([], [GOAL])).toEqual([{ goal: GOAL, value: null, isMet: null }]);
    expect(judge(measured(NaN), [GOAL])).toEqual([{ goal: GOAL, value: null, isMet: null }]);
  });

  it('should be missed with a single wrong answer', () => {
    const [right] = measured(1);
    const wrong = { ...right!, rows: [toRow('gateway', {}, [{ errors: 1, problem: 'not every delta' }])] };
    expect(goalLines({ cases: [right!] }).at(-1)).toEqual(['errors = 0', '0', 'met']);
    expect(goalLines({ cases: [wrong] }).at(-1)).toEqual(['errors = 0', '1', '**missed**']);
  });
});
