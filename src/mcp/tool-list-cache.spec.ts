import { ToolListCache } from './tool-list-cache.js';

const toolsOf = (name: string, size = 1) => [
  { name, description: 'x'.repeat(size), inputSchema: {}, readOnly: false },
];

describe('ToolListCache', () => {
  it('should keep a list for a minute', () => {
    let now = 0;
    const cache = new ToolListCache(() => now);
    cache.set('a', toolsOf('one'));
    now = 59_999;
    expect(cache.get('a')).toEqual(toolsOf('one'));
    now = 60_000;
    expect(cache.get('a')).toBeNull();
  });

  it('should let the oldest lists go when there are many', () => {
    const cache = new ToolListCache(() => 0);
    for (let at = 0; at < 300; at += 1) cache.set(`k${at}`, toolsOf('one'));
    expect([cache.get('k43'), cache.get('k44')]).toEqual([null, toolsOf('one')]);
  });

  it('should let the oldest lists go when they are large', () => {
    const cache = new ToolListCache(() => 0);
    for (const key of ['a', 'b', 'c', 'c']) cache.set(key, toolsOf('one', 7_000_000));
    expect(cache.get('a')).toBeNull();
    expect(cache.get('b')).not.toBeNull();
  });
});
