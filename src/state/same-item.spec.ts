import { isSameItem } from './same-item.js';

describe('two items of one id', () => {
  it.each(['constructor', 'toString', '__proto__', 'later'])(
    'should be compared whole where their type is %s',
    (type) => {
      expect(isSameItem({ type, id: 'a', status: 'completed' }, { type, id: 'a' })).toBe(true);
      expect(isSameItem({ type, id: 'a', said: 1 }, { type, id: 'a', said: 2 })).toBe(false);
    },
  );
});
