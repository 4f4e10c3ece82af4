import { isObject } from '../../contracts/raw-object.js';

/** @returns null for what is no list of strings, or an empty one */
export function readStrings(value: unknown): string[] | null {
  const isList =
    Array.isArray(value) && value.length > 0 && value.every((entry) => typeof entry === 'string');
  return isList ? value : null;
}

/** A limit that the model may set: what is none is left out. */
export function readCount(value: unknown): number | null {
  return typeof value === 'number' && Number.isFinite(value) && value >= 0 ? Math.round(value) : null;
}

/** The fields of an object that are there. */
export function withoutNulls(value: unknown): Record<string, unknown> {
  if (!isObject(value)) return {};
  return Object.fromEntries(
    Object.entries(value).filter(([, inner]) => inner !== null && inner !== undefined),
  );
}
