/** A JSON object whose content is not known yet. */
export type Json = Record<string, unknown>;

export function isRecord(value: unknown): value is Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

export function isString(value: unknown): value is string {
  return typeof value === 'string';
}

export function isFilled(value: unknown): value is string {
  return isString(value) && value !== '';
}

export function isCount(value: unknown): value is number {
  return typeof value === 'number' && Number.isInteger(value) && value >= 0;
}

/** The object at `value`, or an empty one: for reading fields of something that may be malformed. */
export function recordOf(value: unknown): Json {
  return isRecord(value) ? value : {};
}

/** The array at `value`, or an empty one. */
export function arrayOf(value: unknown): unknown[] {
  return Array.isArray(value) ? value : [];
}

/** `value` as it looks after it went over the wire: `undefined` is gone, NaN is null. */
export function overTheWire(value: unknown): unknown {
  const text = JSON.stringify(value) as string | undefined;
  return text === undefined ? undefined : (JSON.parse(text) as unknown);
}

/** A value as short text for a message. */
export function show(value: unknown): string {
  const text = (JSON.stringify(value) as string | undefined) ?? 'undefined';
  return text.length > 200 ? `${text.slice(0, 200)}…` : text;
}
