import type { Envelopes } from '../../envelopes/envelopes.js';
import { GatewayError, invalidRequest } from '../../errors/gateway-error.js';
import { COMPACTION_INSTRUCTION, introduceSummary } from '../compaction/compaction-texts.js';
import type { MessageBuilder } from './message-builder.js';
import { imagesOf, parseContent, textOf } from './parse-content.js';
import {
  isObject,
  nameOf,
  type RawObject,
  readArray,
  readObject,
  readString,
  readText,
} from './read-field.js';
import { readCompaction, readReasoning } from './read-sealed.js';
import { FREEFORM_PROPERTY } from './tools/lower-custom-tool.js';
import type { ToolTable } from './tools/tool-table.js';

/** Items that carry nothing a chat model could be told; they are accepted and left out. */
const LEFT_OUT = new Set([
  'web_search_call',
  'file_search_call',
  'computer_call',
  'computer_call_output',
  'code_interpreter_call',
  'image_generation_call',
  'local_shell_call',
  'local_shell_call_output',
  'shell_call',
  'shell_call_output',
  'apply_patch_call',
  'apply_patch_call_output',
  'mcp_list_tools',
  'mcp_call',
  'mcp_approval_request',
  'mcp_approval_response',
  'configuration_update',
  'program',
  'program_output',
]);

/** What the items of an input are read with, and into. */
export interface InputReading {
  messages: MessageBuilder;
  tools: ToolTable;
  /** Collects the names of what was left out. */
  ignored: Set<string>;
  envelopes: Envelopes;
}

/**
 * Reads `input` into messages.
 *
 * @throws GatewayError whose param is the path of the first thing that is wrong
 */
export function parseInput(input: unknown, reading: InputReading): void {
  if (input === undefined || input === null) {
    throw new GatewayError('missing_parameter', { param: 'input', message: 'input is required.' });
  }
  if (typeof input === 'string') {
    reading.messages.addUser([{ type: 'text', text: input }]);
    return;
  }
  if (!Array.isArray(input)) {
    throw invalidRequest('input', `Expected a string or an array of items, got ${nameOf(input)}.`);
  }
  if (input.length === 0) throw invalidRequest('input', 'input must hold at least one item.');
  input.forEach((value, index) => {
    parseItem(value, `input[${index}]`, reading, index === input.length - 1);
  });
}

function parseItem(value: unknown, path: string, reading: InputReading, isLast: boolean): void {
  const { messages, tools, ignored, envelopes } = reading;
  const item = readObject(value, path);
  const type = item.type ?? (item.role === undefined ? undefined : 'message');
  switch (type) {
    case 'message':
      parseMessage(item, path, messages, ignored);
      return;
    case 'function_call':
      addCall(item, path, messages, tools, readArguments(item.arguments, `${path}.arguments`));
      return;
    case 'custom_tool_call':
      addCall(
        item,
        path,
        messages,
        tools,
        JSON.stringify({ [FREEFORM_PROPERTY]: readText(item.input, `${path}.input`) }),
      );
      return;
    case 'tool_search_call':
      addToolSearch(item, path, messages);
      return;
    case 'tool_search_output':
      addFoundTools(item, path, messages);
      return;
    case 'additional_tools':
      return;
    case 'function_call_output':
    case 'custom_tool_call_output':
      messages.addToolOutput(
        readString(item.call_id, `${path}.call_id`),
        readOutput(item.output, `${path}.output`),
      );
      return;
    case 'reasoning':
      messages.addReasoning(readReasoning(item, path, envelopes));
      return;
    case 'compaction':
      messages.addUser([{ type: 'text', text: introduceSummary(readCompaction(item, path, envelopes)) }]);
      return;
    case 'compaction_trigger':
      if (isLast) messages.addUser([{ type: 'text', text: COMPACTION_INSTRUCTION }]);
      else ignored.add('input:compaction_trigger');
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

function parseMessage(item: RawObject, path: string, messages: MessageBuilder, ignored: Set<string>): void {
  const parts = parseContent(item.content, `${path}.content`);
  if (item.role !== 'user' && imagesOf(parts).length > 0) ignored.add('input:input_image');
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

function addCall(
  item: RawObject,
  path: string,
  messages: MessageBuilder,
  tools: ToolTable,
  argumentsText: string,
): void {
  const namespace = readText(item.namespace, `${path}.namespace`) || null;
  const name = tools.nameInHistory(readString(item.name, `${path}.name`), namespace);
  messages.addCall(readString(item.call_id ?? item.id, `${path}.call_id`), name, argumentsText);
}

function addToolSearch(item: RawObject, path: string, messages: MessageBuilder): void {
  const id = item.call_id ?? item.id;
  if (typeof id !== 'string') return;
  const callId = readString(id, `${path}.call_id`);
  messages.addCall(callId, 'tool_search', readArguments(item.arguments, `${path}.arguments`));
}

/** The tools themselves are offered with the request; the model is told which ones its search has found. */
function addFoundTools(item: RawObject, path: string, messages: MessageBuilder): void {
  if (typeof item.call_id !== 'string') return;
  const callId = readString(item.call_id, `${path}.call_id`);
  const names = readArray(item.tools ?? [], `${path}.tools`).flatMap(foundNames);
  const text =
    names.length === 0 ? 'No tools were found.' : `Found, and can be called now: ${names.join(', ')}`;
  messages.addToolOutput(callId, [{ type: 'text', text }]);
}

function foundNames(tool: unknown): string[] {
  if (!isObject(tool) || typeof tool.name !== 'string') return [];
  if (tool.type !== 'namespace' || !Array.isArray(tool.tools)) return [tool.name];
  const namespace = tool.name;
  return tool.tools.flatMap(foundNames).map((name) => `${namespace}__${name}`);
}

function readArguments(value: unknown, path: string): string {
  return typeof value === 'object' && value !== null ? JSON.stringify(value) : readText(value, path);
}

function readOutput(value: unknown, path: string): ReturnType<typeof parseContent> {
  const structured = typeof value === 'object' && value !== null && !Array.isArray(value);
  return parseContent(structured ? JSON.stringify(value) : value, path);
}
