import { withoutNestedSecrets, withoutToolSecrets } from './without-tool-secrets.js';

const server = {
  type: 'mcp',
  server_label: 'a',
  server_url: 'https://me:word@a.example/mcp?key=1#b',
  authorization: 'token',
  headers: { 'x-key': 'k' },
};
const shown = { type: 'mcp', server_label: 'a', server_url: 'https://a.example/mcp' };
const plain = { type: 'function', name: 'f' };

describe('credentials of tools', () => {
  it('should be left out of items, also within namespaces', () => {
    const namespace = { type: 'namespace', name: 'n', tools: [plain, server] };
    const items = [
      { role: 'user', content: 'a' },
      { type: 'additional_tools', tools: [server, namespace] },
    ];
    expect(withoutToolSecrets(items)).toEqual([
      items[0],
      { type: 'additional_tools', tools: [shown, { ...namespace, tools: [plain, shown] }] },
    ]);
  });

  it.each(['a', null, undefined, 1, [], [1, { role: 'user', content: 'a' }]])(
    'should leave %j as it is',
    (input) => {
      expect(withoutToolSecrets(input)).toBe(input);
    },
  );

  it('should stay with the tools of a request that are used', () => {
    const tools = [plain, server];
    expect(withoutNestedSecrets(tools)).toBe(tools);
    expect(withoutNestedSecrets([server, { type: 'namespace', name: 'n', tools: [server] }])).toEqual([
      server,
      { type: 'namespace', name: 'n', tools: [shown] },
    ]);
  });
});
