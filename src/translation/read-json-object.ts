import { isObject, type RawObject } from '../contracts/raw-object.js';

/** @returns null for what is no JSON, or JSON of something else: a list, a text, a number, null */
export function readJsonObject(text: string): RawObject | null {
  try {
    const value: unknown = JSON.parse(text);
    return isObject(value) ? value : null;
  } catch {
    return null;
  }
}
