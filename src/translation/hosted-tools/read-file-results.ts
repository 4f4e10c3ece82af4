import type { FileSearchResult } from '../../contracts/hosted-tools-api.js';
import { isObject, type RawObject } from '../../contracts/raw-object.js';
import { jsonOfOutput } from './json-of-output.js';

const MAX_RESULTS = 50;

/** What a file search has found: the objects of its JSON, else all its text as one result. */
export function readFileResults(output: string): FileSearchResult[] {
  const found = jsonOfOutput(output).flatMap(listOf).filter(isObject).slice(0, MAX_RESULTS);
  return found.length > 0
    ? found.map(resultOf)
    : [{ file_id: '', filename: '', text: output, attributes: {} }];
}

/** A list itself, or the first one within an object. */
function listOf(value: unknown): unknown[] {
  if (Array.isArray(value)) return value;
  if (!isObject(value)) return [];
  return Object.values(value).find((inner) => Array.isArray(inner)) ?? [value];
}

function resultOf(value: RawObject): FileSearchResult {
  const { score, attributes } = value;
  return {
    file_id: textOf(value, ['file_id', 'id']),
    filename: textOf(value, ['filename', 'file', 'path', 'name', 'title', 'url']),
    text: textOf(value, ['text', 'content', 'snippet', 'chunk']) || JSON.stringify(value),
    ...(typeof score === 'number' && { score }),
    attributes: isObject(attributes) ? plain(attributes) : {},
  };
}

function textOf(value: RawObject, names: readonly string[]): string {
  const text = names.map((name) => value[name]).find((inner) => typeof inner === 'string' && inner !== '');
  return typeof text === 'string' ? text.toWellFormed() : '';
}

function plain(attributes: RawObject): FileSearchResult['attributes'] {
  const entries = Object.entries(attributes).filter((entry): entry is [string, string | number | boolean] =>
    ['string', 'number', 'boolean'].includes(typeof entry[1]),
  );
  return Object.fromEntries(entries);
}
