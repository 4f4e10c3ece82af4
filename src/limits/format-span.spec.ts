import { formatSpan } from './format-span.js';

describe('formatSpan', () => {
  it.each([
    [0, '0ms'],
    [-3, '0ms'],
    [119.2, '120ms'],
    [1_000, '1s'],
    [28_620, '28.62s'],
    [60_000, '1m0s'],
    [360_000, '6m0s'],
    [61_001, '1m1.001s'],
  ])('should write %d ms as %s', (milliseconds, expected) => {
    expect(formatSpan(milliseconds)).toBe(expected);
  });
});
