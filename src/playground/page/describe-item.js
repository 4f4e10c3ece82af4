import { pretty } from './dom.js';

const BADGES = {
  function_call: 'Tool call',
  custom_tool_call: 'Tool call',
  mcp_list_tools: 'Tools',
  mcp_call: 'Run by the gateway',
  mcp_approval_request: 'Needs approval',
};

/**
 * The title of an item that is neither text nor reasoning.
 *
 * @param {Record<string, any>} item
 * @returns {{ badge?: string, name: string, id?: string }}
 */
export function titleOf({ type, name, call_id, server_label }) {
  const badge = BADGES[type];
  if (server_label === undefined) return { badge, name: name ?? type, id: call_id };
  return { badge, name: name ?? server_label, id: name && server_label };
}

/** How far an item is; empty where it has no status. @param {Record<string, any>} item */
export function statusOf({ type, status, tools, error }) {
  if (type !== 'mcp_list_tools') return status?.replaceAll('_', ' ') ?? '';
  if (error) return 'failed';
  return tools.length === 1 ? '1 tool' : `${tools.length} tools`;
}

/** The whole text of an item, for what came without deltas; of arguments in a readable form. @param {Record<string, any>} item */
export function textOf(item) {
  switch (item.type) {
    case 'message':
      return item.content.map((part) => part.text ?? part.refusal ?? '').join('\n\n');
    case 'reasoning':
      return [...(item.summary ?? []), ...(item.content ?? [])].map(({ text }) => text).join('\n\n');
    case 'function_call':
    case 'mcp_call':
    case 'mcp_approval_request':
    case 'tool_search_call':
      return readable(item.arguments);
    case 'custom_tool_call':
      return item.input;
    case 'mcp_list_tools':
    case 'tool_search_output':
      return item.tools.map(({ name, type }) => name ?? type).join('\n');
    case 'web_search_call':
      return (item.action.queries ?? [item.action.query]).join('\n');
    case 'code_interpreter_call':
      return item.code;
    case 'file_search_call':
      return item.queries.join('\n');
    case 'shell_call':
      return item.action.commands.join('\n');
    case 'local_shell_call':
      return item.action.command.join(' ');
    case 'apply_patch_call':
      return `${item.operation.type} ${item.operation.path}\n${item.operation.diff ?? ''}`;
    case 'computer_call':
      return pretty(item.actions ?? item.action);
    default:
      return pretty(item);
  }
}

/**
 * What a call that the gateway has run came to, its output or its error; empty where there is nothing to show.
 *
 * @param {Record<string, any>} item
 */
export function resultOf({ type, output, error, outputs, results }) {
  switch (type) {
    case 'mcp_call':
    case 'mcp_list_tools':
      return error ? errorText(error) : (output ?? '');
    case 'code_interpreter_call':
      return (outputs ?? []).map(({ logs }) => logs).join('\n');
    case 'file_search_call':
      return (results ?? []).map(({ filename, text }) => `${filename}\n${text}`).join('\n\n');
    default:
      return '';
  }
}

function errorText(error) {
  if (typeof error === 'string') return error;
  return error.message ?? error.content.map((part) => part.text ?? pretty(part)).join('\n');
}

/** Searches have their arguments as an object, all others as JSON text. */
function readable(value) {
  if (typeof value !== 'string') return pretty(value);
  try {
    return pretty(JSON.parse(value));
  } catch {
    return value;
  }
}
