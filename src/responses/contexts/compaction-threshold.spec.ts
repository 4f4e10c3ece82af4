import { compactionThreshold } from './compaction-threshold.js';

describe('compactionThreshold', () => {
  it.each([
    [{ threshold: 5_000 }, '2000', 10_000, 5_000],
    [{ threshold: null }, undefined, 10_000, 8_000],
    [{ threshold: null }, '2000', null, null],
    ['none' as const, '2000', 10_000, null],
    [null, undefined, 10_000, null],
    [null, '2000', null, 2_000],
    [null, '55%', 1_001, 550],
    [null, '55%', null, null],
  ])('should be, for the wish %j and the setting %s with a window of %s, %s', (wish, setting, window, at) => {
    expect(compactionThreshold(wish, setting, window)).toBe(at);
  });
});
