import { JsonReader } from './json-reader.js';
import { quote, readToken } from './json-text.js';
import { NOT_A_CALL } from './not-a-call.js';
import type { SchemaView } from './schema-view.js';
import { TextSource } from './text-source.js';

/**
 * The value that a bare text stands for, as JSON of the type the schema asks for. `77004` is a text where the schema says so, else a
 * number; text that fits no type stays text, so that no value is ever lost.
 */
export function coerceText(text: string, schema: SchemaView): string {
  const { types } = schema;
  const isNull = /^\s*(?:null|none)\s*$/i.test(text);
  if (types?.has('string')) return isNull && types.has('null') ? 'null' : quote(text);
  const trimmed = text.trim();
  const first = trimmed.charAt(0);
  if (first === '{' || first === '[') return readWhole(trimmed, schema) ?? quote(text);
  if (types?.has('boolean') && /^(?:true|false)$/i.test(trimmed)) return trimmed.toLowerCase();
  return readToken(trimmed, schema) ?? quote(text);
}

/** A text that must be one JSON value from end to end; null: it is not. */
export function readWhole(text: string, schema: SchemaView): string | null {
  const source = new TextSource();
  source.pushText(text);
  source.pushText(' ');
  source.end('stop');
  let json = '';
  const reading = new JsonReader(source, (piece) => (json += piece)).value(schema);
  try {
    // The text is all there, so that the reader never waits.
    reading.next();
  } catch (error) {
    if (error === NOT_A_CALL) return null;
    throw error;
  }
  source.take(1);
  return source.isExhausted ? json : null;
}
