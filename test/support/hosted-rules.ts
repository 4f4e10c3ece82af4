/** What belongs to hosted tools that the gateway runs: the fields of their items. */
import type { Report } from './item-rules.js';
import { arrayOf, isFilled, isRecord, isString, recordOf, show, type Json } from './json.js';

/** Begin of the id of each type of item of a hosted tool. */
export const HOSTED_PREFIX: Readonly<Record<string, string>> = {
  web_search_call: 'ws_',
  code_interpreter_call: 'ci_',
  file_search_call: 'fs_',
};

/** What a client may leave to the server to show. */
export const HOSTED_RESULTS: Readonly<Record<string, readonly string[]>> = {
  web_search_call: ['action'],
  code_interpreter_call: ['outputs'],
  file_search_call: ['queries', 'results'],
};

const FIELDS: Readonly<Record<string, readonly string[]>> = {
  web_search_call: ['type', 'id', 'status', 'action'],
  code_interpreter_call: ['type', 'id', 'status', 'code', 'container_id', 'outputs'],
  file_search_call: ['type', 'id', 'status', 'queries', 'results'],
};

export function isHostedItem(item: Json): boolean {
  return isString(item.type) && Object.hasOwn(HOSTED_PREFIX, item.type);
}

export function checkAddedHosted(item: Json, report: Report): void {
  checkFields(item, report);
  const { status, action, code, outputs = null, queries, results = null } = item;
  const isEmpty = recordOf(action).sources === undefined && outputs === null && results === null;
  const isUnknown = !recordOf(action).query && !code && arrayOf(queries).length === 0;
  if (status !== 'in_progress' || !isEmpty || !isUnknown)
    report(`an added ${String(item.type)} is not empty: ${show(item)}`);
}

export function checkFinalHosted(item: Json, report: Report): void {
  checkFields(item, report);
  const { type, status } = item;
  const unfinished = type === 'web_search_call' ? [] : ['incomplete'];
  if (!['completed', 'failed', ...unfinished].includes(String(status)))
    report(`status of a done ${String(type)} is ${show(status)}`);
  const { outputs = null, results = null } = item;
  if (status !== 'completed' && (outputs !== null || results !== null))
    report(`results of a ${show(status)} ${String(type)}`);
}

function checkFields(item: Json, report: Report): void {
  const expected = FIELDS[String(item.type)] ?? [];
  const given = Object.keys(item);
  if (expected.some((field) => !given.includes(field)) || given.length !== expected.length)
    report(`an ${String(item.type)} has the fields ${show(given)}, not ${show(expected)}`);
  if (!areRight(item)) report(`a malformed ${String(item.type)}: ${show(item)}`);
}

function areRight({ type, action, code, container_id: container, outputs, queries, results }: Json): boolean {
  if (type === 'web_search_call') {
    const { type: kind, query, queries: all = [], sources = [] } = recordOf(action);
    const areSources = arrayOf(sources).every(
      (source) => recordOf(source).type === 'url' && isFilled(recordOf(source).url),
    );
    return kind === 'search' && isString(query) && arrayOf(all).every(isString) && areSources;
  }
  if (type === 'code_interpreter_call') {
    const areLogs = outputs === null || arrayOf(outputs).every((output) => isString(recordOf(output).logs));
    return isString(code) && isString(container) && container.startsWith('cntr_') && areLogs;
  }
  const areResults = results === null || (Array.isArray(results) && results.every(isRecord));
  return Array.isArray(queries) && queries.every(isString) && areResults;
}

/** Whether an annotation is of a place in the text. */
export function isCitationOf(annotation: unknown, text: string): boolean {
  const { type, start_index: start, end_index: end, url, title } = recordOf(annotation);
  if (type !== 'url_citation' || !isFilled(url) || !isFilled(title)) return false;
  if (typeof start !== 'number' || typeof end !== 'number') return false;
  return text.slice(start, end).includes(url.replace(/\/$/, ''));
}
