import { jest } from '@jest/globals';
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

  describe('with many at once', () => {
    const NEVER = new AbortController().signal;
    const gate = () => {
      let open = (_tools: ReturnType<typeof toolsOf>): void => undefined;
      let fail = (_error: Error): void => undefined;
      const ask = jest.fn(
        () =>
          new Promise<ReturnType<typeof toolsOf>>((resolve, reject) => {
            open = resolve;
            fail = reject;
          }),
      );
      return {
        ask,
        open: (name: string) => {
          open(toolsOf(name));
        },
        fail: (error: Error) => {
          fail(error);
        },
      };
    };
    const loadAll = (cache: ToolListCache, ask: () => Promise<ReturnType<typeof toolsOf>>) =>
      Promise.allSettled(Array.from({ length: 50 }, () => cache.load('a', NEVER, ask)));

    it('should ask once', async () => {
      const cache = new ToolListCache(() => 0);
      const { ask, open } = gate();
      const loading = loadAll(cache, ask);
      open('one');
      expect(await loading).toEqual(
        Array.from({ length: 50 }, () => ({ status: 'fulfilled', value: toolsOf('one') })),
      );
      await cache.load('a', NEVER, ask);
      expect(ask).toHaveBeenCalledTimes(1);
    });

    it('should share a failure, but not keep it', async () => {
      const cache = new ToolListCache(() => 0);
      const { ask, open, fail } = gate();
      const loading = loadAll(cache, ask);
      fail(new Error('no'));
      expect((await loading).map(({ status }) => status)).toEqual(Array(50).fill('rejected'));
      expect(ask).toHaveBeenCalledTimes(1);
      const again = cache.load('a', NEVER, ask);
      open('one');
      expect(await again).toEqual(toolsOf('one'));
    });

    it('should have the next one ask where whoever asks leaves', async () => {
      const cache = new ToolListCache(() => 0);
      const { ask, open, fail } = gate();
      const leaving = new AbortController();
      const left = cache.load('a', leaving.signal, ask);
      const loading = loadAll(cache, ask);
      leaving.abort();
      fail(new Error('left'));
      await expect(left).rejects.toThrow('left');
      await new Promise(setImmediate);
      expect(ask).toHaveBeenCalledTimes(2);
      open('one');
      expect((await loading).every(({ status }) => status === 'fulfilled')).toBe(true);
      expect(ask).toHaveBeenCalledTimes(2);
    });

    it('should let one that waits leave alone', async () => {
      const cache = new ToolListCache(() => 0);
      const { ask, open } = gate();
      const loading = loadAll(cache, ask);
      const leaving = new AbortController();
      const left = cache.load('a', leaving.signal, ask);
      leaving.abort(new Error('gone'));
      await expect(left).rejects.toThrow('gone');
      open('one');
      expect((await loading).every(({ status }) => status === 'fulfilled')).toBe(true);
    });
  });
});
