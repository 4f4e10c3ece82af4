import { differences, median, quantile, ratios, summarize } from './statistics.js';

describe('statistics of rounds', () => {
  it('should take the middle value, or the middle of the two', () => {
    expect(median([9, 1, 5])).toBe(5);
    expect(median([1, 10, 2, 3])).toBe(2.5);
  });

  it('should interpolate quantiles', () => {
    expect(quantile([0, 10], 0.25)).toBe(2.5);
    expect(quantile([3], 0.99)).toBe(3);
    expect(() => quantile([], 0.5)).toThrow(RangeError);
  });

  it('should not be moved by one bad round', () => {
    expect(summarize([1, 1.1, 0.9, 1, 50])).toMatchObject({ median: 1, lower: 1, upper: 1.1 });
  });

  it('should leave rounds out in which nothing was measured', () => {
    expect(summarize([NaN, 2])).toEqual({ median: 2, lower: 2, upper: 2, values: [NaN, 2] });
    expect(summarize([NaN])).toBeNull();
  });

  it('should relate a round to its own neighbour', () => {
    expect(ratios([2, 8], [1, 4])).toEqual([2, 2]);
    expect(ratios([2, 8], [1])).toEqual([2, NaN]);
    expect(differences([5, 7], [1, 2])).toEqual([4, 5]);
  });
});
