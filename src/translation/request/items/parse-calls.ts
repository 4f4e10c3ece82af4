import type { ChatContentPart } from '../../../contracts/chat-completions.js';
import { parseContent } from '../parse-content.js';
import { isObject, type RawObject } from '../../../contracts/raw-object.js';
import { readArray, readString, readText } from '../read-field.js';
import { namesOf } from '../../tool-search/deferred-tool.js';
import { textsIn } from '../../tool-search/search-tools.js';
import { FREEFORM_PROPERTY } from '../tools/lower-custom-tool.js';
import type { InputReading } from './input-reading.js';

export function parseFunctionCall(item: RawObject, path: string, reading: InputReading): void {
  addCall(readCall(item, path), readArguments(item.arguments, `${path}.arguments`), reading);
}

export function parseCustomCall(item: RawObject, path: string, reading: InputReading): void {
  addCall(readCall(item, path), wrapInput(item.input, `${path}.input`), reading);
}

/** One that does not say which call it answers becomes text. */
export function parseToolOutput(item: RawObject, path: string, reading: InputReading): void {
  reading.messages.addToolOutput(
    readText(item.call_id, `${path}.call_id`),
    readOutput(item.output, `${path}.output`, reading),
  );
}

export function parseToolSearch(item: RawObject, path: string, { messages }: InputReading): void {
  const id = item.call_id ?? item.id;
  if (typeof id !== 'string') return;
  const callId = readString(id, `${path}.call_id`);
  const given = readArguments(item.arguments, `${path}.arguments`);
  messages.addCall(callId, 'tool_search', isOfGateway(item) ? asQuery(item.arguments) : given);
}

/** As the model has seen its own search; of that the item has no more than what it came to. */
function asQuery(given: unknown): string {
  return JSON.stringify({ query: textsIn(given).join(' ') });
}

/** What a search of the gateway has found stands right behind it. */
function searchIdOf(item: unknown): unknown {
  return isObject(item) && item.type === 'tool_search_call' && isOfGateway(item) ? item.id : null;
}

function isOfGateway({ execution, call_id: callId }: RawObject): boolean {
  return execution === 'server' && typeof callId !== 'string';
}

/** The tools themselves are offered with the request; the model is told which ones its search has found. */
export function parseFoundTools(
  item: RawObject,
  path: string,
  { messages }: InputReading,
  before: unknown,
): void {
  const id = isOfGateway(item) ? searchIdOf(before) : item.call_id;
  if (typeof id !== 'string') return;
  const callId = readString(id, `${path}.call_id`);
  const names = readArray(item.tools ?? [], `${path}.tools`).flatMap(foundNames);
  const text =
    names.length === 0 ? 'No tools were found.' : `Found, and can be called now: ${names.join(', ')}`;
  messages.addToolOutput(callId, [{ type: 'text', text }]);
}

/** A call under the name its tool has, or would have, upstream. */
export function addCall(
  { id, name, namespace }: { id: string; name: string; namespace: string | null },
  argumentsText: string,
  { messages, tools }: InputReading,
): void {
  messages.addCall(id, tools.nameInHistory(name, namespace), argumentsText);
}

export function readArguments(value: unknown, path: string): string {
  return typeof value === 'object' && value !== null ? JSON.stringify(value) : readText(value, path);
}

/** The input of a freeform tool as the arguments of the function it is shown as. */
export function wrapInput(value: unknown, path: string): string {
  return JSON.stringify({ [FREEFORM_PROPERTY]: readText(value, path) });
}

function readCall(item: RawObject, path: string): { id: string; name: string; namespace: string | null } {
  return {
    namespace: readText(item.namespace, `${path}.namespace`) || null,
    name: readString(item.name, `${path}.name`),
    id: readString(item.call_id ?? item.id, `${path}.call_id`),
  };
}

function readOutput(value: unknown, path: string, reading: InputReading): ChatContentPart[] {
  const content = isObject(value) ? JSON.stringify(value) : value;
  return parseContent(content, path, { ...reading, leavesNotes: true });
}

function foundNames(tool: unknown): string[] {
  if (!isObject(tool)) return [];
  if (tool.type === 'mcp')
    return namesOf(tool.allowed_tools).map((name) => `${String(tool.server_label)}__${name}`);
  if (typeof tool.name !== 'string') return [];
  if (tool.type !== 'namespace' || !Array.isArray(tool.tools)) return [tool.name];
  const namespace = tool.name;
  return tool.tools.flatMap(foundNames).map((name) => `${namespace}__${name}`);
}
