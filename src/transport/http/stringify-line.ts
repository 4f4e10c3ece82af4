const LINE_BREAKS = /[\u0085\u2028\u2029]/;
const EACH_LINE_BREAK = /[\u0085\u2028\u2029]/g;

type Replacer = (key: string, value: unknown) => unknown;

/** JSON that every client reads as one line: Python's splitlines() also splits at these three characters, which JSON does not escape. */
export function stringifyLine(value: unknown, replacer?: Replacer): string {
  const json = JSON.stringify(value, replacer);
  return LINE_BREAKS.test(json) ? json.replace(EACH_LINE_BREAK, escapeCharacter) : json;
}

function escapeCharacter(character: string): string {
  return `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`;
}
