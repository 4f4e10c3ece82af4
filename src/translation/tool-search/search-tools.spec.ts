import type { DeferredTool } from './deferred-tool.js';
import { readQuery, searchTools } from './search-tools.js';

const chat = (name: string, description = '', properties: object = {}) => ({
  type: 'function' as const,
  function: { name, description, parameters: { type: 'object', properties } },
});
const ofServer = (toolName: string, description: string): DeferredTool => ({
  wireName: `mail__${toolName}`,
  chat: chat(`mail__${toolName}`, description),
  source: { kind: 'server', name: 'mail', echo: { type: 'mcp', server_label: 'mail' }, toolName },
});
const plain = (name: string, description: string, properties: object = {}): DeferredTool => ({
  wireName: name,
  chat: chat(name, description, properties),
  source: { kind: 'tool', name, definition: { type: 'function', name } },
});

describe('a search for tools', () => {
  it('should have those of one server in one definition, in the order of the best', () => {
    const tools = [
      ofServer('send', 'Sends a letter.'),
      plain('post', 'Posts a letter.'),
      ofServer('read', 'Reads a letter.'),
    ];
    expect(searchTools(tools, 'read letter')).toEqual({
      paths: ['mail', 'post'],
      tools: [
        { type: 'mcp', server_label: 'mail', allowed_tools: ['read', 'send'] },
        { type: 'function', name: 'post' },
      ],
    });
  });

  it('should look at the names of servers, and at parameters', () => {
    const tools = [ofServer('send', ''), plain('post', '', { town: { description: 'Where it is cold.' } })];
    expect(searchTools(tools, 'mail').paths).toEqual(['mail']);
    expect(searchTools(tools, 'town').paths).toEqual(['post']);
    expect(searchTools(tools, 'cold').paths).toEqual(['post']);
  });

  it('should find 8 at most', () => {
    const tools = Array.from({ length: 20 }, (_, index) => plain(`tool_${index}`, 'The same.'));
    expect(searchTools(tools, 'same').tools).toHaveLength(8);
  });

  it.each([
    ['{"query":"a b"}', 'a b'],
    ['{"paths":["a","b"],"limit":3}', 'a b'],
    ['{"query":"a","deep":{"b":"c"}}', 'a'],
    ['{}', ''],
    ['', ''],
    ['nothing', ''],
  ])('should read the query out of %s', (text, query) => {
    expect(readQuery(text)).toBe(query);
  });
});
