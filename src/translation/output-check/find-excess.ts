import { isObject } from '../../contracts/raw-object.js';

const MAX_DEPTH = 48;
const MAX_VALUES = 25_000;
const MAX_CHARACTERS = 150_000;

/**
 * What makes a schema too large to check texts with; null when nothing does. Twice what OpenAI takes is within the limits.
 * Ends as soon as one of them is met.
 */
export function findExcess(schema: Record<string, unknown>): string | null {
  let values = 0;
  let characters = 0;
  let level: unknown[] = [schema];
  for (let depth = 1; level.length > 0; depth++) {
    if (depth > MAX_DEPTH) return `it is nested more than ${MAX_DEPTH} levels deep`;
    const next: unknown[] = [];
    for (const value of level) {
      if (typeof value === 'string') characters += value.length;
      else if (Array.isArray(value)) for (const entry of value) next.push(entry);
      else if (isObject(value)) {
        for (const key of Object.keys(value)) {
          characters += key.length;
          next.push(value[key]);
        }
      }
      if (characters > MAX_CHARACTERS) return `its strings have more than ${MAX_CHARACTERS} characters`;
      if (values + next.length > MAX_VALUES) return `it has more than ${MAX_VALUES} values`;
    }
    values += next.length;
    level = next;
  }
  return null;
}
