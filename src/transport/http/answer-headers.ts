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
  return {
    ...listHeader('x-gateway-ignored', ignored),
    ...listHeader('x-gateway-warning', warnings),
    ...limitHeaders,
    ...answerHeaders,
  };
}

function listHeader(header: string, values: readonly string[]): Record<string, string> {
  const names = values.filter((value) => NAME.test(value)).slice(0, MAX_NAMES);
  return names.length === 0 ? {} : { [header]: names.join(', ') };
}
