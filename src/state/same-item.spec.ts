import { isSameItem } from './same-item.js';

describe('two items of one id', () => {
  it.each(['constructor', 'toString', '__proto__', 'later'])(
    'should be compared whole where their type is %s',
    (type) => {
      expect(isSameItem({ type, id: 'a', status: 'completed' }, { type, id: 'a' })).toBe(true);
      expect(isSameItem({ type, id: 'a', said: 1 }, { type, id: 'a', said: 2 })).toBe(false);
    },
  );

  it.each([
    ['shell_call', { action: { commands: ['ls'], timeout_ms: null } }, { action: { commands: ['rm'] } }],
    ['local_shell_call', { action: { command: ['ls'] } }, { action: { command: ['rm'] } }],
    ['apply_patch_call', { operation: { path: 'a' } }, { operation: { path: 'b' } }],
    ['computer_call', { actions: [{ type: 'wait' }] }, { actions: [] }],
  ])('should be compared by what is done where they are calls: %s', (type, done, other) => {
    const kept = {
      type,
      id: 'a',
      call_id: 'c',
      environment: { type: 'local' },
      status: 'completed',
      ...done,
    };
    expect(isSameItem(kept, { type, id: 'a', call_id: 'c', ...done })).toBe(true);
    expect(isSameItem(kept, { type, id: 'a', call_id: 'c', ...other })).toBe(false);
    expect(isSameItem(kept, { type, id: 'a', call_id: 'd', ...done })).toBe(false);
  });
});
