import { refusalOf } from '../../../../test/support/translation.js';
import { type FilteredTool, type McpToolRequest, readMcpTools } from './parse-mcp-tool.js';

const READ: FilteredTool = { name: 'read', readOnly: true };
const WRITE: FilteredTool = { name: 'write', readOnly: false };

function parse(fields: object): McpToolRequest {
  const [tool] = readMcpTools([{ type: 'mcp', server_label: 'desk', ...fields }]);
  if (!tool) throw new Error('no tool');
  return tool.request;
}

describe('a tool of type mcp', () => {
  it('should be found where it stands, among others', () => {
    const tools = [{ type: 'function' }, null, { type: 'mcp', server_label: 'a' }];
    expect(readMcpTools(tools).map(({ path, request }) => [path, request.label])).toEqual([
      ['tools[2]', 'a'],
    ]);
    expect(readMcpTools(null)).toEqual([]);
  });

  it.each<[object, string]>([
    [{ server_label: undefined }, 'server_label'],
    [{ server_label: '' }, 'server_label'],
    [{ server_label: 'two words' }, 'server_label'],
    [{ server_label: 'a'.repeat(65) }, 'server_label'],
    [{ server_url: 5 }, 'server_url'],
    [{ connector_id: {} }, 'connector_id'],
    [{ tunnel_id: 't' }, 'tunnel_id'],
    [{ authorization: 5 }, 'authorization'],
    [{ authorization: 'a\r\nb' }, 'authorization'],
    [{ authorization: 'a', headers: { AUTHORIZATION: 'b' } }, 'authorization'],
    [{ headers: [] }, 'headers'],
    [{ headers: { 'a b': 'c' } }, 'headers'],
    [{ headers: { a: 5 } }, 'headers'],
    [{ headers: { a: 'b\nc' } }, 'headers'],
    [{ allowed_tools: 'read' }, 'allowed_tools'],
    [{ allowed_tools: [5] }, 'allowed_tools[0]'],
    [{ allowed_tools: { tool_names: 'read' } }, 'allowed_tools.tool_names'],
    [{ allowed_tools: { read_only: 'yes' } }, 'allowed_tools.read_only'],
    [{ require_approval: 'sometimes' }, 'require_approval'],
    [{ require_approval: { never: 'read' } }, 'require_approval.never'],
    [{ require_approval: { always: { tool_names: {} } } }, 'require_approval.always.tool_names'],
  ])('should be refused with the path of what is wrong: %j', (fields, path) => {
    expect(refusalOf(() => parse(fields))).toMatchObject({ status: 400, param: `tools[0].${path}` });
  });

  it('should not be there twice under one label', () => {
    const tool = { type: 'mcp', server_label: 'a' };
    expect(refusalOf(() => readMcpTools([tool, tool]))).toMatchObject({ param: 'tools[1].server_label' });
  });

  it('should not be there without end', () => {
    const tools = Array.from({ length: 33 }, (_, index) => ({ type: 'mcp', server_label: `s${index}` }));
    expect(refusalOf(() => readMcpTools(tools))).toMatchObject({ status: 400, param: 'tools[32]' });
    expect(readMcpTools(tools.slice(1))).toHaveLength(32);
  });

  it.each<[unknown, boolean, boolean]>([
    [undefined, true, true],
    [null, true, true],
    [[], false, false],
    [['read'], true, false],
    [{}, true, true],
    [{ tool_names: ['write'] }, false, true],
    [{ read_only: true }, true, false],
    [{ read_only: false }, false, true],
    [{ read_only: true, tool_names: ['write'] }, false, false],
    [{ read_only: null, tool_names: null }, true, true],
  ])('should show the tools that are allowed: %j', (allowed, read, write) => {
    const { allows } = parse({ allowed_tools: allowed });
    expect([allows(READ), allows(WRITE)]).toEqual([read, write]);
  });

  it.each<[unknown, boolean, boolean]>([
    [undefined, true, true],
    [null, true, true],
    ['always', true, true],
    ['never', false, false],
    [{}, true, true],
    [{ never: {} }, true, true],
    [{ never: { tool_names: ['read'] } }, false, true],
    [{ never: { read_only: true } }, false, true],
    [{ always: { tool_names: ['read'] } }, true, true],
    [{ always: { tool_names: ['read'] }, never: { tool_names: ['read', 'write'] } }, true, false],
    [{ always: { read_only: false }, never: { tool_names: ['read', 'write'] } }, false, true],
  ])('should ask before calls that are not said to need no approval: %j', (approval, read, write) => {
    const { needsApproval } = parse({ require_approval: approval });
    expect([needsApproval(READ), needsApproval(WRITE)]).toEqual([read, write]);
  });

  it('should not have its secrets echoed', () => {
    const { echo, authorization, headers } = parse({
      server_url: 'https://user:secret@example.com/mcp?key=secret#secret',
      headers: { 'x-key': 'secret' },
      authorization: 'secret',
    });
    expect(echo).toMatchObject({ server_url: 'https://example.com/mcp', headers: null });
    expect(JSON.stringify(echo)).not.toContain('secret');
    expect([authorization, headers]).toEqual(['secret', { 'x-key': 'secret' }]);
  });

  it.each([
    'https://a@b@example.com/x',
    '//user:secret@example.com',
    'user:secret@example.com',
    'not a url?secret',
  ])('should not echo what could be a secret in an address that is none: %s', (server_url) => {
    const { echo } = parse({ server_url });
    expect(JSON.stringify(echo)).not.toMatch(/secret|a@/);
  });
});
