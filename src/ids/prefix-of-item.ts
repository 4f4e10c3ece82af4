import type { IdPrefix } from './id-generator.js';

const PREFIXES = new Map<unknown, IdPrefix>([
  [undefined, 'msg'],
  ['message', 'msg'],
  ['reasoning', 'rs'],
  ['function_call', 'fc'],
  ['function_call_output', 'fco'],
  ['custom_tool_call', 'ctc'],
  ['custom_tool_call_output', 'ctco'],
  ['tool_search_call', 'tsc'],
  ['tool_search_output', 'tso'],
  ['shell_call', 'sh'],
  ['shell_call_output', 'sho'],
  ['local_shell_call', 'lsh'],
  ['local_shell_call_output', 'lsho'],
  ['apply_patch_call', 'apc'],
  ['apply_patch_call_output', 'apco'],
  ['computer_call', 'cu'],
  ['computer_call_output', 'cuo'],
  ['compaction', 'cmp'],
  ['mcp_list_tools', 'mcpl'],
  ['mcp_call', 'mcp'],
  ['mcp_approval_request', 'mcpr'],
  ['mcp_approval_response', 'mcpr'],
  ['web_search_call', 'ws'],
  ['code_interpreter_call', 'ci'],
  ['file_search_call', 'fs'],
]);

/** What the id of an item begins with. */
export function prefixOfItem(type: unknown): IdPrefix {
  return PREFIXES.get(type) ?? 'item';
}
