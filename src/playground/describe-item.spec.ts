import { resultOf, statusOf, textOf, titleOf } from './page/describe-item.js';

describe('an item of a tool', () => {
  it.each([
    [{ type: 'web_search_call', action: { type: 'search', query: 'a', queries: ['a', 'b'] } }, 'a\nb'],
    [{ type: 'web_search_call', action: { type: 'search', query: 'a' } }, 'a'],
    [{ type: 'code_interpreter_call', code: 'print(1)' }, 'print(1)'],
    [{ type: 'file_search_call', queries: ['a', 'b'] }, 'a\nb'],
    [{ type: 'tool_search_call', arguments: { query: 'a' } }, '{\n  "query": "a"\n}'],
    [{ type: 'tool_search_output', tools: [{ type: 'function', name: 'f' }, { type: 'mcp' }] }, 'f\nmcp'],
    [{ type: 'shell_call', action: { commands: ['ls', 'pwd'] } }, 'ls\npwd'],
    [{ type: 'local_shell_call', action: { command: ['ls', '-l'] } }, 'ls -l'],
    [
      { type: 'apply_patch_call', operation: { type: 'update_file', path: 'a.ts', diff: '+a' } },
      'update_file a.ts\n+a',
    ],
    [{ type: 'apply_patch_call', operation: { type: 'delete_file', path: 'a.ts' } }, 'delete_file a.ts\n'],
    [{ type: 'computer_call', actions: [] }, '[]'],
    [{ type: 'mcp_call', arguments: '{"a":' }, '{"a":'],
    [{ type: 'new_call' }, '{\n  "type": "new_call"\n}'],
  ])('should be shown with its main text: %j', (item, text) => {
    expect(textOf(item)).toBe(text);
  });

  it('should have its type for a title where it has no name', () => {
    expect(titleOf({ type: 'shell_call', call_id: 'c' })).toMatchObject({ name: 'shell_call', id: 'c' });
    expect(titleOf({ type: 'mcp_call', name: 'f', server_label: 's' })).toMatchObject({ name: 'f', id: 's' });
    expect(titleOf({ type: 'mcp_list_tools', server_label: 's' })).toMatchObject({ name: 's' });
  });

  it('should say how far it is', () => {
    expect(statusOf({ type: 'mcp_call', status: 'in_progress' })).toBe('in progress');
    expect(statusOf({ type: 'mcp_approval_request' })).toBe('');
    expect(statusOf({ type: 'mcp_list_tools', tools: [{}] })).toBe('1 tool');
    expect(statusOf({ type: 'mcp_list_tools', tools: [], error: 'Down.' })).toBe('failed');
  });

  it.each([
    [{ type: 'mcp_call', output: 'a', error: null }, 'a'],
    [{ type: 'mcp_call', output: null, error: { type: 'http_error', code: 502, message: 'Down.' } }, 'Down.'],
    [{ type: 'mcp_list_tools', tools: [], error: 'Down.' }, 'Down.'],
    [{ type: 'code_interpreter_call', outputs: [{ type: 'logs', logs: '1' }] }, '1'],
    [{ type: 'code_interpreter_call', outputs: null }, ''],
    [{ type: 'file_search_call', results: [{ filename: 'a.md', text: 'b' }] }, 'a.md\nb'],
    [{ type: 'shell_call' }, ''],
  ])('should be shown with what it came to: %j', (item, result) => {
    expect(resultOf(item)).toBe(result);
  });
});
