import { listNames } from './list-names.js';

describe('listNames', () => {
  it.each([
    [[], ''],
    [['a'], 'a'],
    [['a', 'b'], 'a, b'],
    [Array.from({ length: 20 }, () => 'a'), Array.from({ length: 20 }, () => 'a').join(', ')],
    [
      Array.from({ length: 500 }, () => 'a'),
      `${Array.from({ length: 20 }, () => 'a').join(', ')} and 480 more`,
    ],
    [['x'.repeat(10_000)], `${'x'.repeat(100)}…`],
  ])('should list %j', (names, expected) => {
    expect(listNames(names)).toBe(expected);
  });
});
