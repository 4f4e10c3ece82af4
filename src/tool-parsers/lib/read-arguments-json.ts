import { readWhole } from './json-reader.js';
import { NOT_A_CALL } from './not-a-call.js';
import type { SchemaView } from './schema-view.js';

/**
 * Arguments from any JSON value that stands for them: an object, the text of one within a string, or nothing.
 *
 * @throws NOT_A_CALL
 */
export function readArgumentsJson(json: string, schema: SchemaView): string {
  const text = json.startsWith('"') ? (JSON.parse(json) as string).trim() : json;
  if (text === '' || text === 'null') return '{}';
  const found = text.startsWith('{') ? readWhole(text, schema) : null;
  if (found === null) throw NOT_A_CALL;
  return found;
}
