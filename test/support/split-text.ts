/** A text in pieces of these lengths, which are used again and again. */
export function splitText(text: string, lengths: readonly number[]): string[] {
  const pieces: string[] = [];
  for (let at = 0, turn = 0; at < text.length; turn++) {
    const length = lengths[turn % lengths.length] ?? 1;
    pieces.push(text.slice(at, at + length));
    at += length;
  }
  return pieces;
}

const COMPLETIONS = ['', 'null', '"', '":null', ':null', '"":null'];

/** Whether a text can be completed to valid JSON by closing what is open. */
export function isJsonPrefix(text: string): boolean {
  if (text === '') return true;
  let closers = '';
  let inString = false;
  for (let at = 0; at < text.length; at++) {
    const char = text.charAt(at);
    if (inString && char === '\\') at++;
    else if (char === '"') inString = !inString;
    else if (inString) continue;
    else if (char === '{') closers = `}${closers}`;
    else if (char === '[') closers = `]${closers}`;
    else if (char === '}' || char === ']') closers = closers.slice(1);
  }
  return COMPLETIONS.some((completion) => isJson(text + completion + closers));
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}
