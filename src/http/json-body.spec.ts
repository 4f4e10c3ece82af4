import { depthError, isDeeperThan } from './json-body.js';

const nested = (levels: number, open: string, close: string): unknown =>
  JSON.parse(open.repeat(levels) + (open.endsWith(':') ? '1' : '') + close.repeat(levels));

describe('isDeeperThan', () => {
  it.each([
    ['lists', '[', ']'],
    ['objects', '{"a":', '}'],
  ])('should count nested %s', (_what, open, close) => {
    for (const levels of [1, 2, 64]) {
      expect(isDeeperThan(nested(levels, open, close), levels)).toBe(false);
      expect(isDeeperThan(nested(levels, open, close), levels - 1)).toBe(true);
    }
  });

  it.each([undefined, null, 1, 'text', true])('should take %j for flat', (value) => {
    expect(isDeeperThan(value, 1)).toBe(false);
  });

  it('should find the one deep branch among many', () => {
    const wide: unknown[] = Array.from({ length: 1_000 }, () => ({ a: [1] }));
    expect(isDeeperThan(wide, 3)).toBe(false);
    wide.push({ a: [{}] });
    expect(isDeeperThan(wide, 3)).toBe(true);
  });

  it('should not run out of stack', () => {
    expect(isDeeperThan(nested(100_000, '[', ']'), 64)).toBe(true);
  });
});

describe('depthError', () => {
  it('should refuse more than 64 levels', () => {
    expect(depthError(nested(64, '[', ']'))).toBeUndefined();
    expect(depthError(nested(65, '[', ']'))).toMatchObject({ status: 400, errorName: 'invalid_request' });
  });
});
