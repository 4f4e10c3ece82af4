import { ApiError } from './api-error.js';
import { type ChatMessage, isJson, type Json } from './chat-request.js';
import { findJsonError, lineAndColumn } from './json-position.js';

/**
 * The messages with their content as plain text, as a text-only model gets them: image parts vanish.
 * A bare string is a raw completion, here one user message.
 *
 * @throws ApiError when the arguments of an earlier tool call are not JSON
 */
export function readMessages(messages: unknown): ChatMessage[] {
  if (typeof messages === 'string') return [{ role: 'user', text: messages, toolCalls: [] }];
  const list: unknown[] = Array.isArray(messages) ? messages : [];
  return list.filter(isJson).map((message) => ({
    role: String(message.role),
    text: contentText(message.content),
    ...(typeof message.tool_call_id === 'string' && { toolCallId: message.tool_call_id }),
    toolCalls: message.role === 'assistant' ? readToolCalls(message.tool_calls) : [],
  }));
}

function contentText(content: unknown): string {
  if (typeof content === 'string') return content;
  if (!Array.isArray(content)) return '';
  const parts = content.filter(isJson).filter((part) => typeof part.text === 'string');
  return parts.map((part) => part.text).join('\n');
}

function readToolCalls(calls: unknown): ChatMessage['toolCalls'] {
  const list: unknown[] = Array.isArray(calls) ? calls : [];
  return list.filter(isJson).map((call) => {
    const fn: Json = isJson(call.function) ? call.function : {};
    if (typeof fn.arguments === 'string') requireJson(fn.arguments);
    return { id: String(call.id), name: String(fn.name) };
  });
}

function requireJson(text: string): void {
  const position = findJsonError(text);
  if (position === undefined) return;
  const { line, column } = lineAndColumn(text, position);
  throw ApiError.flat(
    400,
    `Tool call arguments contain invalid JSON at position ${position} (line ${line}, column ${column})`,
  );
}
