const NOT_JSON = /-?(?:Infinity|NaN)/g;
/** What OpenAI's API says for a token that cannot be. */
const IMPOSSIBLE = '-9999';
const BYTE_ORDER_MARK = /^\uFEFF/;
const BACKSLASH = 0x5c;

/**
 * JSON as Python servers write it: `-Infinity` and `NaN`, which stand for the logprob of a token that cannot be, are no JSON; neither
 * is a byte order mark before it. Only a text that does not parse is looked at for them.
 *
 * @throws SyntaxError when that does not help
 */
export function parsePythonJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    const repaired = replaceOutsideStrings(text.replace(BYTE_ORDER_MARK, ''));
    if (repaired === text) throw error;
    return JSON.parse(repaired);
  }
}

function replaceOutsideStrings(text: string): string {
  const pieces: string[] = [];
  let at = 0;
  while (at < text.length) {
    const quote = text.indexOf('"', at);
    const start = quote < 0 ? text.length : quote;
    const end = quote < 0 ? text.length : endOfString(text, quote);
    pieces.push(text.slice(at, start).replace(NOT_JSON, IMPOSSIBLE), text.slice(start, end));
    at = end;
  }
  return pieces.join('');
}

/** Where a JSON string ends whose opening quote stands at `start`: behind its closing quote. */
export function endOfString(text: string, start: number): number {
  for (let quote = text.indexOf('"', start + 1); quote >= 0; quote = text.indexOf('"', quote + 1)) {
    let escapes = 0;
    while (text.charCodeAt(quote - 1 - escapes) === BACKSLASH) escapes++;
    if (escapes % 2 === 0) return quote + 1;
  }
  return text.length;
}
