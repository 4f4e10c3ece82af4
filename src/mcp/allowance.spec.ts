import { Allowance } from './allowance.js';

describe('Allowance', () => {
  it('should give as many at once, and more with the time', () => {
    let now = 0;
    const allowance = new Allowance(3, 2, () => now);
    const takeAll = (): number => {
      let count = 0;
      while (allowance.take()) count += 1;
      return count;
    };
    expect(takeAll()).toBe(3);
    now = 400;
    expect(takeAll()).toBe(0);
    now = 500;
    expect(takeAll()).toBe(1);
    now = 60_000;
    expect(takeAll()).toBe(3);
    allowance.renew();
    expect(takeAll()).toBe(3);
  });
});
