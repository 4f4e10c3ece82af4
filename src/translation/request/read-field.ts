import { isObject, type RawObject } from '../../contracts/raw-object.js';
import { invalidRequest } from '../../errors/gateway-error.js';

export function readObject(value: unknown, path: string): RawObject {
  if (isObject(value)) return value;
  throw invalidRequest(path, `Expected an object, got ${nameOf(value)}.`);
}

export function readArray(value: unknown, path: string): unknown[] {
  if (Array.isArray(value)) return value;
  throw invalidRequest(path, `Expected an array, got ${nameOf(value)}.`);
}

/** A string that must be there and not be empty. */
export function readString(value: unknown, path: string): string {
  if (typeof value === 'string' && value !== '') return value;
  throw invalidRequest(
    path,
    `Expected a non-empty string, got ${value === '' ? 'an empty one' : nameOf(value)}.`,
  );
}

/** A string that may be missing; null counts as missing. */
export function readText(value: unknown, path: string): string {
  if (value === undefined || value === null) return '';
  if (typeof value === 'string') return value;
  throw invalidRequest(path, `Expected a string, got ${nameOf(value)}.`);
}

/** null where it is missing. */
export function readBoolean(value: unknown, path: string): boolean | null {
  if (value === undefined || value === null) return null;
  if (typeof value === 'boolean') return value;
  throw invalidRequest(path, `Expected a boolean, got ${nameOf(value)}.`);
}

export function nameOf(value: unknown): string {
  if (value === undefined) return 'nothing';
  if (value === null) return 'null';
  if (Array.isArray(value)) return 'an array';
  return typeof value === 'object' ? 'an object' : `a ${typeof value}`;
}
