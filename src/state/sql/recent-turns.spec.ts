import { RecentTurns } from './recent-turns.js';

const turn = (previousId: string | null, text: string, size = 10) => ({
  tenant: 'tenant',
  previousId,
  items: [{ id: text }],
  size,
});

describe('RecentTurns', () => {
  it('should know what was said up to a turn, in order', () => {
    const turns = new RecentTurns();
    turns.add('c', turn('b', 'third'));
    turns.add('a', turn(null, 'first'));
    turns.add('b', turn('a', 'second'));
    expect(turns.collect('tenant', 'c')).toEqual([{ id: 'first' }, { id: 'second' }, { id: 'third' }]);
    expect(turns.collect('tenant', 'a')).toEqual([{ id: 'first' }]);
  });

  it('should know nothing of a chain that it knows in part, nor of that of another tenant', () => {
    const turns = new RecentTurns();
    turns.add('b', turn('a', 'second'));
    expect(turns.collect('tenant', 'b')).toBeNull();
    turns.add('a', turn(null, 'first'));
    expect(turns.collect('stranger', 'b')).toBeNull();
  });

  it('should forget what was not asked for the longest, and what is too large at once', () => {
    const turns = new RecentTurns(30);
    for (const id of ['a', 'b', 'c']) turns.add(id, turn(null, id));
    turns.collect('tenant', 'a');
    turns.add('d', turn(null, 'd'));
    expect(['a', 'b', 'c', 'd'].filter((id) => turns.collect('tenant', id))).toEqual(['a', 'c', 'd']);
    turns.add('e', turn(null, 'e', 31));
    expect(turns.collect('tenant', 'e')).toBeNull();
    expect(turns.collect('tenant', 'd')).not.toBeNull();
  });

  it('should count a turn once that is added twice', () => {
    const turns = new RecentTurns(30);
    for (let count = 0; count < 10; count++) turns.add('a', turn(null, 'a'));
    turns.add('b', turn(null, 'b'));
    expect(turns.collect('tenant', 'a')).not.toBeNull();
  });
});
