import type { RequestContext } from '../../request/request-context.js';

const NAME = /^[\w.:/-]{1,64}$/;
const MAX_NAMES = 32;

/** What the client should know of its answer: fields that were left out, what is wrong with what was given, and what is left of its limits. */
export function noticeHeaders({
  ignored,
  warnings,
  limitHeaders,
  answerHeaders,
}: RequestContext): Record<string, string> {
  const headers: Record<string, string> = {};
  list(headers, 'x-gateway-ignored', ignored);
  list(headers, 'x-gateway-warning', warnings);
  return Object.assign(headers, limitHeaders, answerHeaders);
}

function list(headers: Record<string, string>, header: string, values: readonly string[]): void {
  if (values.length === 0) return;
  const names = values.filter((value) => NAME.test(value)).slice(0, MAX_NAMES);
  if (names.length > 0) headers[header] = names.join(', ');
}
