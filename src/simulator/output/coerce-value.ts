import { isJson } from '../server/chat-request.js';

const FITS: Record<string, (value: unknown) => boolean> = {
  integer: (value) => Number.isInteger(value),
  number: (value) => typeof value === 'number',
  boolean: (value) => typeof value === 'boolean',
  null: (value) => value === null,
  array: (value) => Array.isArray(value),
  object: isJson,
};

/** The value of an XML parameter: by the type the schema names, and the text itself when it does not fit. */
export function coerceValue(text: string, type: string | undefined): unknown {
  const fits = FITS[type ?? 'string'];
  if (!fits) return text;
  try {
    const value: unknown = JSON.parse(type === 'boolean' || type === 'null' ? text.toLowerCase() : text);
    return fits(value) ? value : text;
  } catch {
    return text;
  }
}
