import { GatewayError, invalidRequest } from '../../errors/gateway-error.js';
import type { MessageBuilder } from './message-builder.js';
import { parseContent, textOf } from './parse-content.js';
import { nameOf, type RawObject, readObject, readString, readText } from './read-field.js';
import type { ToolTable } from './tool-table.js';

/** Items that carry nothing a chat model could be told; they are accepted and left out. */
const LEFT_OUT = new Set([
  'web_search_call',
  'file_search_call',
  'computer_call',
  'computer_call_output',
  'code_interpreter_call',
  'image_generation_call',
  'mcp_list_tools',
  'mcp_call',
  'mcp_approval_request',
  'mcp_approval_response',
  'compaction',
  'compaction_trigger',
  'additional_tools',
  'tool_search_call',
  'tool_search_output',
  'program',
  'program_output',
]);

/**
 * Reads `input` into messages.
 *
 * @param ignored collects the names of what was left out
 * @throws GatewayError whose param is the path of the first thing that is wrong
 */
export function parseInput(
  input: unknown,
  messages: MessageBuilder,
  tools: ToolTable,
  ignored: Set<string>,
): void {
  if (input === undefined || input === null) throw invalidRequest('input', 'input is required.');
  if (typeof input === 'string') {
    messages.addUser([{ type: 'text', text: input }]);
    return;
  }
  if (!Array.isArray(input)) {
    throw invalidRequest('input', `Expected a string or an array of items, got ${nameOf(input)}.`);
  }
  if (input.length === 0) throw invalidRequest('input', 'input must hold at least one item.');
  input.forEach((value, index) => {
    parseItem(value, `input[${index}]`, messages, tools, ignored);
  });
}

function parseItem(
  value: unknown,
  path: string,
  messages: MessageBuilder,
  tools: ToolTable,
  ignored: Set<string>,
): void {
  const item = readObject(value, path);
  const type = item.type ?? (item.role === undefined ? undefined : 'message');
  switch (type) {
    case 'message':
      parseMessage(item, path, messages);
      return;
    case 'function_call':
      messages.addCall(
        callId(item, path),
        tools.wireName(readString(item.name, `${path}.name`), item.namespace),
        readArguments(item.arguments, `${path}.arguments`),
      );
      return;
    case 'custom_tool_call':
      messages.addCall(
        callId(item, path),
        tools.wireName(readString(item.name, `${path}.name`), item.namespace),
        JSON.stringify({ input: readText(item.input, `${path}.input`) }),
      );
      return;
    case 'function_call_output':
    case 'custom_tool_call_output':
      messages.addToolOutput(
        readString(item.call_id, `${path}.call_id`),
        readOutput(item.output, `${path}.output`),
      );
      return;
    case 'reasoning':
      messages.addReasoning(readReasoning(item, path));
      return;
    case 'item_reference':
      throw new GatewayError('unsupported_value', {
        param: path,
        message:
          'Items are not stored here, so they cannot be referenced: send the item itself (store: false).',
      });
    default:
      if (typeof type === 'string' && LEFT_OUT.has(type)) {
        ignored.add(`input:${type}`);
        return;
      }
      throw invalidRequest(
        `${path}.type`,
        typeof type === 'string'
          ? `Unknown item type '${type}'.`
          : `Expected an item type, got ${nameOf(type)}.`,
      );
  }
}

function parseMessage(item: RawObject, path: string, messages: MessageBuilder): void {
  const parts = parseContent(item.content, `${path}.content`);
  switch (item.role) {
    case 'user':
      messages.addUser(parts);
      return;
    case 'assistant':
      messages.addAssistantText(textOf(parts));
      return;
    case 'system':
    case 'developer':
      messages.addSystem(textOf(parts));
      return;
    default:
      throw invalidRequest(`${path}.role`, "Expected one of 'user', 'assistant', 'system', 'developer'.");
  }
}

function callId(item: RawObject, path: string): string {
  return readString(item.call_id ?? item.id, `${path}.call_id`);
}

function readArguments(value: unknown, path: string): string {
  return typeof value === 'object' && value !== null ? JSON.stringify(value) : readText(value, path);
}

function readOutput(value: unknown, path: string): ReturnType<typeof parseContent> {
  const structured = typeof value === 'object' && value !== null && !Array.isArray(value);
  return parseContent(structured ? JSON.stringify(value) : value, path);
}

/** Raw reasoning where there is some, else its summary. */
function readReasoning(item: RawObject, path: string): string {
  const content = textOf(parseContent(item.content, `${path}.content`));
  return content === '' ? textOf(parseContent(item.summary, `${path}.summary`)) : content;
}
