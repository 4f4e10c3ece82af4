import type { ChatContentPart } from '../../../contracts/chat-completions.js';
import { invalidRequest } from '../../../errors/gateway-error.js';
import { mediaOf, parseContent, textOf } from '../parse-content.js';
import type { RawObject } from '../../../contracts/raw-object.js';
import { readArray, readObject, readString, readText } from '../read-field.js';
import type { InputReading } from './input-reading.js';
import { addCall, readArguments, wrapInput } from './parse-calls.js';

const ROLES = new Set<unknown>(['user', 'assistant', 'system', 'developer']);

/** Whether an item of an unknown type is a message all the same. */
export function isMessage({ role, content }: RawObject): boolean {
  return ROLES.has(role) && (typeof content === 'string' || Array.isArray(content));
}

/** A message in the form of Responses or of chat completions, where calls and their outputs are messages too. */
export function parseMessage(item: RawObject, path: string, reading: InputReading): void {
  const { messages } = reading;
  // What a model or a tool has put out stays in the history.
  const leavesNotes = reading.leavesNotes === true || item.role === 'assistant' || item.role === 'tool';
  const parts = parseContent(item.content, `${path}.content`, { ...reading, leavesNotes });
  switch (item.role) {
    case 'user':
      messages.addUser(parts);
      return;
    case 'assistant':
      messages.addReasoning(reasoningOf(item));
      messages.addAssistantText(readTextAlone(parts, reading));
      parseToolCalls(item.tool_calls, `${path}.tool_calls`, reading);
      return;
    case 'system':
    case 'developer':
      messages.addSystem(readTextAlone(parts, reading));
      return;
    case 'tool':
      messages.addToolOutput(readText(item.tool_call_id, `${path}.tool_call_id`), parts);
      return;
    default:
      throw invalidRequest(
        `${path}.role`,
        "Expected one of 'user', 'assistant', 'system', 'developer', 'tool'.",
      );
  }
}

/** Servers call the field by one of two names; whatever else stands there is none of it. */
function reasoningOf({ reasoning_content: text, reasoning }: RawObject): string {
  if (typeof text === 'string') return text;
  return typeof reasoning === 'string' ? reasoning : '';
}

/** What one of Codex's agents tells another. It must reach the model: for a sub-agent it is the task. */
export function parseAgentMessage(item: RawObject, path: string, reading: InputReading): void {
  const parts = parseContent(item.content, `${path}.content`, { ...reading, leavesNotes: true });
  if (parts.length === 0) reading.ignored.add('input:agent_message');
  else reading.messages.addUser(parts);
}

/** These roles have text alone upstream. */
function readTextAlone(parts: readonly ChatContentPart[], { ignored }: InputReading): string {
  for (const { type } of mediaOf(parts)) ignored.add(`input:input_${type.replace('_url', '')}`);
  return textOf(parts);
}

function parseToolCalls(calls: unknown, path: string, reading: InputReading): void {
  if (calls === undefined || calls === null) return;
  readArray(calls, path).forEach((value, index) => {
    const callPath = `${path}[${index}]`;
    const call = readObject(value, callPath);
    const id = readString(call.id, `${callPath}.id`);
    const field = call.type === 'custom' ? 'custom' : 'function';
    const called = readObject(call[field], `${callPath}.${field}`);
    const calledPath = `${callPath}.${field}`;
    addCall(
      { id, name: readString(called.name, `${calledPath}.name`), namespace: null },
      field === 'custom'
        ? wrapInput(called.input, `${calledPath}.input`)
        : readArguments(called.arguments, `${calledPath}.arguments`),
      reading,
    );
  });
}
