const LITERALS = ['null', 'true', 'false', 'NaN', 'Infinity', '-Infinity'];
const NUMBER = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][-+]?\d+)?/y;
const STRING = /"(?:[^"\\\p{Cc}]|\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4}))*"/uy;
const SPACE = /[ \t\n\r]*/y;

class Stop extends Error {
  constructor(readonly at: number) {
    super();
  }
}

/** Where Python's JSON decoder stops in a text, or undefined if the text is valid for it. */
export function findJsonError(text: string): number | undefined {
  try {
    const end = space(text, value(text, space(text, 0)));
    return end === text.length ? undefined : end;
  } catch (stop) {
    if (stop instanceof Stop) return stop.at;
    throw stop;
  }
}

/** `line` and `column` of a position, counted from 1 as Python does. */
export function lineAndColumn(text: string, position: number): { line: number; column: number } {
  const before = text.slice(0, position);
  return { line: before.split('\n').length, column: position - before.lastIndexOf('\n') };
}

function value(text: string, at: number): number {
  const char = text[at];
  if (char === '{') return members(text, at, '}', member);
  if (char === '[') return members(text, at, ']', value);
  if (char === '"') return string(text, at);
  const literal = LITERALS.find((word) => text.startsWith(word, at));
  return literal ? at + literal.length : match(NUMBER, text, at);
}

function members(
  text: string,
  open: number,
  close: string,
  read: (text: string, at: number) => number,
): number {
  let at = space(text, open + 1);
  if (text[at] === close) return at + 1;
  for (;;) {
    at = space(text, read(text, at));
    if (text[at] === close) return at + 1;
    if (text[at] !== ',') throw new Stop(at);
    at = space(text, at + 1);
  }
}

function member(text: string, at: number): number {
  if (text[at] !== '"') throw new Stop(at);
  const colon = space(text, string(text, at));
  if (text[colon] !== ':') throw new Stop(colon);
  return value(text, space(text, colon + 1));
}

const string = (text: string, at: number) => match(STRING, text, at);

const space = (text: string, at: number) => match(SPACE, text, at);

function match(pattern: RegExp, text: string, at: number): number {
  pattern.lastIndex = at;
  if (!pattern.test(text)) throw new Stop(at);
  return pattern.lastIndex;
}
