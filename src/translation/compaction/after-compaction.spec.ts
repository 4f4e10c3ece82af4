import { afterCompaction } from './after-compaction.js';

const said = (role: string) => ({ type: 'message', role, content: role });
const call = (id: string) => ({ type: 'function_call', call_id: id });
const output = (id: string) => ({ type: 'function_call_output', call_id: id });
const compaction = (id: string) => ({ type: 'compaction', id, encrypted_content: 'x' });
const shown = (items: unknown[], lost: string[] = []) => {
  const isShown = afterCompaction(items, ({ id }) => !lost.includes(String(id)));
  return items.filter((_item, index) => isShown(index));
};

describe('afterCompaction', () => {
  it('should leave everything where nothing was compacted', () => {
    const items = [said('user'), call('c'), said('assistant')];
    expect(shown(items)).toEqual(items);
  });

  it('should keep of what stands before the last one what it does not stand for', () => {
    const items = [
      said('system'),
      said('user'),
      said('assistant'),
      compaction('old'),
      call('c'),
      output('c'),
      compaction('new'),
      said('assistant'),
    ];
    expect(shown(items)).toEqual([said('system'), said('user'), compaction('new'), said('assistant')]);
  });

  it('should keep a call whose output comes behind it', () => {
    const items = [said('user'), call('a'), output('a'), call('b'), compaction('c'), output('b')];
    expect(shown(items)).toEqual([said('user'), call('b'), compaction('c'), output('b')]);
  });

  it('should leave what stands before one that cannot be opened, which stands for nothing', () => {
    const items = [said('assistant'), compaction('first'), said('assistant'), compaction('lost')];
    expect(shown(items, ['lost'])).toEqual(items.slice(1));
    expect(shown(items, ['first', 'lost'])).toEqual(items);
  });
});
