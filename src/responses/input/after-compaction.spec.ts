import { afterCompaction } from './after-compaction.js';

const said = (role: string) => ({ type: 'message', role, content: role });
const call = { type: 'function_call', call_id: 'c' };
const compaction = (id: string) => ({ type: 'compaction', id, encrypted_content: 'x' });

describe('afterCompaction', () => {
  it('should leave everything where nothing was compacted', () => {
    const items = [said('user'), call, said('assistant')];
    expect(afterCompaction(items)).toEqual(items);
  });

  it('should keep of what stands before the last one what it does not stand for', () => {
    const items = [
      said('system'),
      said('user'),
      said('assistant'),
      compaction('old'),
      call,
      compaction('new'),
      said('assistant'),
    ];
    expect(afterCompaction(items)).toEqual([
      said('system'),
      said('user'),
      compaction('new'),
      said('assistant'),
    ]);
  });
});
