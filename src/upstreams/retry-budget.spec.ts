import fc from 'fast-check';
import { RetryBudget } from './retry-budget.js';

/** @returns how many retries there are at once */
function spendAll(budget: RetryBudget, now: number): number {
  let spent = 0;
  while (budget.spend(now)) spent += 1;
  return spent;
}

describe('RetryBudget', () => {
  it('should let a few be retried where there are few requests', () => {
    const budget = new RetryBudget(0);
    expect(spendAll(budget, 0)).toBe(10);
    expect(spendAll(budget, 3_000)).toBe(3);
    expect(spendAll(budget, 3_600_000)).toBe(10);
  });

  it('should let one in ten be retried', () => {
    const budget = new RetryBudget(0);
    spendAll(budget, 0);
    for (let index = 0; index < 505; index++) budget.earn();
    expect(spendAll(budget, 0)).toBe(50);
  });

  it('should not save for ever', () => {
    const budget = new RetryBudget(0);
    for (let index = 0; index < 100_000; index++) budget.earn();
    expect(spendAll(budget, 0)).toBe(100);
  });

  it('should never let more through than a tenth of the requests, one a second and what was saved', () => {
    const step = fc.record({ requests: fc.nat(50), later: fc.nat(2_000), tries: fc.nat(50) });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
        const budget = new RetryBudget(0);
        let now = 0;
        let requests = 0;
        let retries = 0;
        for (const { requests: more, later, tries } of steps) {
          now += later;
          for (let index = 0; index < more; index++) budget.earn();
          requests += more;
          for (let index = 0; index < tries; index++) if (budget.spend(now)) retries += 1;
          expect(retries).toBeLessThanOrEqual(10 + requests / 10 + now / 1_000 + 1e-6);
        }
      }),
    );
  });

  it('should not give back what was spent when the clock goes back', () => {
    const budget = new RetryBudget(10_000);
    expect(spendAll(budget, 10_000)).toBe(10);
    expect(spendAll(budget, 0)).toBe(0);
  });
});
