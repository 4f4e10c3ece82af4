import { mendSurrogates } from '../../contracts/mend-surrogates.js';
import type { NestedJson } from './nested-json.js';

/** Deeper than any tool needs, and well below where writers and readers of JSON run out of stack, Python's among them. */
const MAX_LEVELS = 200;

/**
 * Arguments of a call of the history as a JSON object. Model servers refuse a history whose arguments are not JSON, and chat
 * templates iterate over the object: anything else is wrapped, so that the model still sees what it once wrote. The server parses this
 * text, so escapes within it must be whole too.
 */
export function asJsonObject(text: string, texts: NestedJson): string {
  if (text.trim() === '') return '{}';
  const isObject = texts.readObject(text, MAX_LEVELS) !== null;
  return mendSurrogates(isObject ? text : JSON.stringify({ input: text }));
}
