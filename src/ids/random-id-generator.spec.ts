import type { IdPrefix } from './id-generator.js';
import { RandomIdGenerator } from './random-id-generator.js';

describe('RandomIdGenerator', () => {
  it.each<IdPrefix>(['req', 'resp', 'msg', 'rs', 'fc', 'call'])(
    'should give %s ids of one length, short enough for every client',
    (prefix) => {
      const id = new RandomIdGenerator().next(prefix);
      expect(id).toMatch(new RegExp(`^${prefix}_[0-9a-f]{48}$`));
      expect(id.length).toBeLessThanOrEqual(64);
    },
  );

  it('should never give one twice, also beyond the randomness it keeps', () => {
    const ids = new RandomIdGenerator();
    const given = Array.from({ length: 2_000 }, () => ids.next('msg'));
    expect(new Set(given).size).toBe(given.length);
  });

  it('should not give what another one gives', () => {
    const first = Array.from(
      { length: 300 },
      (
        (ids) => () =>
          ids.next('msg')
      )(new RandomIdGenerator()),
    );
    const second = Array.from(
      { length: 300 },
      (
        (ids) => () =>
          ids.next('msg')
      )(new RandomIdGenerator()),
    );
    expect(new Set([...first, ...second]).size).toBe(600);
  });

  it('should begin with the time, so that what comes later stands further behind', () => {
    const before = Date.now();
    const id = new RandomIdGenerator().next('msg');
    const time = parseInt(id.slice('msg_'.length, 'msg_'.length + 12), 16);
    expect(time).toBeGreaterThanOrEqual(before);
    expect(time).toBeLessThanOrEqual(Date.now());
  });

  it('should use every bit behind the time', () => {
    const ids = new RandomIdGenerator();
    const seen = new Set<string>();
    for (let count = 0; count < 500; count++) {
      const digits = ids.next('msg').slice('msg_'.length + 12);
      for (let at = 0; at < digits.length; at++) seen.add(`${at}${digits[at]}`);
    }
    expect(seen.size).toBe(36 * 16);
  });
});
