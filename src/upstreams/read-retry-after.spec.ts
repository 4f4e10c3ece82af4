import { readRetryAfter } from './read-retry-after.js';

const NOW = Date.UTC(2026, 10, 26, 12, 0, 0);

describe('readRetryAfter', () => {
  it.each<[string | string[] | undefined, number | undefined]>([
    ['20', 20],
    ['0', 0],
    [' 7 ', 7],
    ['1.2', 2],
    [['3', '9'], 3],
    ['99999999999999999999999999', 86_400],
    ['Thu, 26 Nov 2026 12:01:30 GMT', 90],
    ['Thursday, 26-Nov-26 12:00:05 GMT', 5],
    ['Thu Nov 26 12:00:07 2026', 7],
    ['Thu, 26 Nov 2026 11:59:59 GMT', undefined],
    ['Thu, 26 Nov 2099 12:00:00 GMT', 86_400],
    ['-5', undefined],
    ['1e3', undefined],
    ['0x10', undefined],
    ['Infinity', undefined],
    ['soon', undefined],
    ['Thu, soon', undefined],
    ['2027', 2027],
    ['', undefined],
    [undefined, undefined],
  ])('should read %j as %j', (value, seconds) => {
    expect(readRetryAfter({ 'retry-after': value }, NOW)).toBe(seconds);
  });
});
