import { parseOptions } from './options.js';

describe('options of the benchmark', () => {
  it('should tell peers that speak the Responses API from those that pass chat completions on', () => {
    const args = ['--chat-peer', 'proxy=proxy --port $PORT', '--peer', 'other=env FLAG=1 other'];
    expect(parseOptions(args, [])?.peers).toEqual([
      { name: 'other', role: 'peer', api: 'responses', command: ['/bin/sh', '-c', 'exec env FLAG=1 other'] },
      { name: 'proxy', role: 'peer', api: 'chat', command: ['/bin/sh', '-c', 'exec proxy --port $PORT'] },
    ]);
  });

  it('should refuse a peer without a name', () => {
    expect(() => parseOptions(['--chat-peer', 'proxy'], [])).toThrow('proxy must be name=value.');
  });
});
