import type { ChatCompletion } from '../contracts/chat-completions.js';

/** Whether a value is a part of an answer; one that holds an error is none. */
export function isChunk(value: unknown): value is ChatCompletion {
  if (typeof value !== 'object' || value === null) return false;
  const { choices, usage, error, object } = value as Record<string, unknown>;
  return object !== 'error' && !error && (Array.isArray(choices) || isObject(usage));
}

/**
 * Whether a value that is no chunk says that something went wrong, in any form of which `upstream.errors.ts` reads the message.
 * What is neither means nothing to a reader of chunks, like a ping.
 *
 * @param event the name of the event that it came in
 */
export function isError(value: unknown, event: string | null): boolean {
  if (event === 'error') return true;
  if (Array.isArray(value)) return value.length > 0 && isError(value[0], event);
  if (!isObject(value)) return false;
  const { object, type, error, error_code, detail, message, code, status } = value;
  if (object === 'error' || type === 'error' || error || error_code) return true;
  if (typeof detail === 'string' || Array.isArray(detail)) return true;
  return typeof message === 'string' && [type, code, status].some(namesError);
}

function namesError(value: unknown): boolean {
  return typeof value === 'number'
    ? value >= 400
    : typeof value === 'string' && /error|^[45]\d\d$/i.test(value);
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null;
}
