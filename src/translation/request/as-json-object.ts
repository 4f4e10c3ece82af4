import { mendSurrogates } from '../../contracts/mend-surrogates.js';
import { readJsonObject } from '../read-json-object.js';

/** Deeper than any tool needs, and well below where writers and readers of JSON run out of stack, Python's among them. */
const MAX_DEPTH = 200;

/**
 * Arguments of a call of the history as a JSON object. Model servers refuse a history whose arguments are not JSON, and chat
 * templates iterate over the object: anything else is wrapped, so that the model still sees what it once wrote. The server parses this
 * text, so escapes within it must be whole too.
 */
export function asJsonObject(text: string): string {
  if (text.trim() === '') return '{}';
  const object = readJsonObject(text);
  const isUsable = object !== null && isShallow(object, text);
  return mendSurrogates(isUsable ? text : JSON.stringify({ input: text }));
}

function isShallow(value: object, text: string): boolean {
  // Each level takes two brackets.
  if (text.length < 2 * MAX_DEPTH) return true;
  let level: unknown[] = [value];
  for (let depth = 0; depth < MAX_DEPTH && level.length > 0; depth++) {
    const next: unknown[] = [];
    for (const entry of level) {
      for (const child of Object.values(entry as object) as unknown[]) {
        if (typeof child === 'object' && child !== null) next.push(child);
      }
    }
    level = next;
  }
  return level.length === 0;
}
