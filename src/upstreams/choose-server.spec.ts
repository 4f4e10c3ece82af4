import fc from 'fast-check';
import { hashText } from '../contracts/hash-text.js';
import { boundOf, type Choosable, chooseServer } from './choose-server.js';

type Server = Choosable & { name: string; inFlight: number };

function serversOf(count: number, more: Partial<Choosable>[] = []): Server[] {
  return Array.from({ length: count }, (_, index) => ({
    name: `gpu${index}`,
    seed: hashText(`gpu${index}`),
    weight: 1,
    inFlight: 0,
    queued: 0,
    maxInFlight: Infinity,
    ...more[index],
  }));
}

const names = (servers: readonly Server[], keys: readonly string[]): (string | undefined)[] =>
  keys.map((key) => chooseServer(servers, hashText(key), 0)?.name);
const KEYS = Array.from({ length: 3_000 }, (_, index) => `conversation ${index}`);

const anyServers = fc.array(
  fc.record({
    weight: fc.oneof(fc.integer({ min: 1, max: 8 }), fc.constantFrom(Number.MIN_VALUE, Number.MAX_VALUE)),
    inFlight: fc.integer({ min: 0, max: 40 }),
    queued: fc.integer({ min: 0, max: 5 }),
    maxInFlight: fc.oneof(fc.constant(Infinity), fc.integer({ min: 1, max: 40 })),
  }),
  { minLength: 1, maxLength: 8 },
);

describe('chooseServer with a key', () => {
  it('should share keys evenly, or by weight', () => {
    const even = names(serversOf(3), KEYS);
    for (const name of ['gpu0', 'gpu1', 'gpu2']) {
      const share = even.filter((chosen) => chosen === name).length / KEYS.length;
      expect(share).toBeGreaterThan(0.3);
      expect(share).toBeLessThan(0.37);
    }
    const weighted = names(serversOf(3, [{ weight: 2 }]), KEYS);
    const share = weighted.filter((chosen) => chosen === 'gpu0').length / KEYS.length;
    expect(share).toBeGreaterThan(0.46);
    expect(share).toBeLessThan(0.54);
  });

  it('should move no key that need not be moved when a server goes', () => {
    const before = names(serversOf(4), KEYS);
    const after = names(
      serversOf(4).filter(({ name }) => name !== 'gpu2'),
      KEYS,
    );
    const moved = KEYS.filter((_, index) => before[index] !== after[index]);
    expect(moved).toEqual(KEYS.filter((_, index) => before[index] === 'gpu2'));
    expect(new Set(after).size).toBe(3);
  });

  it('should keep every server within its bound, whatever the keys', () => {
    fc.assert(
      fc.property(fc.array(fc.string(), { minLength: 1, maxLength: 200 }), (keys) => {
        const servers = serversOf(3);
        // The worst there is: all of one conversation.
        const excesses = [...keys, ...keys.map(() => 'same')].map((key, index) => {
          chooseServer(servers, hashText(key), index)!.inFlight += 1;
          return Math.max(...servers.map(({ inFlight }) => inFlight)) - boundOf((index + 1) / 3);
        });
        expect(Math.max(...excesses)).toBeLessThanOrEqual(0);
      }),
    );
  });

  it('should not leave the server of the key while it has few requests', () => {
    const servers = serversOf(3);
    const chosen = Array.from({ length: 3 }, () => {
      const server = chooseServer(servers, hashText('one'), 0)!;
      server.inFlight += 1;
      return server.name;
    });
    expect(new Set(chosen).size).toBe(1);
  });
});

describe('chooseServer', () => {
  it('should take the one with the least to do for its weight', () => {
    const servers = serversOf(3, [{ inFlight: 3 }, { inFlight: 4, weight: 4 }, { inFlight: 1, queued: 7 }]);
    expect(chooseServer(servers, undefined, 0)?.name).toBe('gpu1');
  });

  it('should take equals in turns', () => {
    const chosen = [0, 1, 2, 3].map((turn) => chooseServer(serversOf(3), undefined, turn)?.name);
    expect(chosen).toEqual(['gpu0', 'gpu1', 'gpu2', 'gpu0']);
  });

  it('should take one whenever one is free, and never one that is full', () => {
    fc.assert(
      fc.property(anyServers, fc.option(fc.nat()), fc.nat(), (given, key, turn) => {
        const servers = serversOf(given.length, given);
        const chosen = chooseServer(servers, key ?? undefined, turn);
        const isAnyFree = servers.some(({ inFlight, maxInFlight }) => inFlight < maxInFlight);
        expect(chosen !== null).toBe(isAnyFree);
        if (chosen) expect(chosen.inFlight).toBeLessThan(chosen.maxInFlight);
      }),
    );
  });

  it('should find none among none', () => {
    expect(chooseServer([], 1, 0)).toBeNull();
  });
});
