import { mendSurrogates } from '../../contracts/mend-surrogates.js';

/**
 * Arguments of a call of the history as a JSON object. Model servers refuse a history whose arguments are not JSON, and chat
 * templates iterate over the object: anything else is wrapped, so that the model still sees what it once wrote. The server parses this
 * text, so escapes within it must be whole too.
 */
export function asJsonObject(text: string): string {
  if (text.trim() === '') return '{}';
  return mendSurrogates(isJsonObject(text) ? text : JSON.stringify({ input: text }));
}

function isJsonObject(text: string): boolean {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null && !Array.isArray(value);
  } catch {
    return false;
  }
}
