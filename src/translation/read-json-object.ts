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

/** The arguments of a call, as a model wrote them: it may leave them away where a tool takes none. @returns null for what is no object */
export function readCallArguments(text: string): RawObject | null {
  return text.trim() === '' ? {} : readJsonObject(text);
}
