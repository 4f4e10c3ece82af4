const ESCAPES: Readonly<Record<string, string>> = {
  '"': '"',
  '\\': '\\',
  '/': '/',
  b: '\b',
  f: '\f',
  n: '\n',
  r: '\r',
  t: '\t',
};

/** Decodes a JSON string behind its opening quote, piece by piece. What follows its end is passed over. */
export class JsonStringReader {
  /** Whether it has ended. */
  isClosed = false;
  /** Begin of an escape. */
  private held = '';

  /** @returns what can be told by now of the text */
  pushText(piece: string): string {
    if (this.isClosed) return '';
    const given = this.held === '' ? piece : this.held + piece;
    this.held = '';
    let text = '';
    let at = 0;
    while (at < given.length) {
      const char = given[at];
      if (char === '"') {
        this.isClosed = true;
        return text;
      }
      if (char !== '\\') {
        const end = nextSpecial(given, at);
        text += given.slice(at, end);
        at = end;
        continue;
      }
      const length = escapeLength(given, at);
      if (at + length > given.length) break;
      text += decodeEscape(given.slice(at, at + length));
      at += length;
    }
    this.held = given.slice(at);
    return text;
  }
}

function nextSpecial(text: string, from: number): number {
  for (let at = from; at < text.length; at++) {
    const char = text.charCodeAt(at);
    if (char === 0x22 || char === 0x5c) return at;
  }
  return text.length;
}

/** A character beyond the basic plane is escaped in two halves, which must not become two deltas. */
function escapeLength(text: string, at: number): number {
  if (text[at + 1] !== 'u') return 2;
  const isFirstHalf = /^[dD][89abAB]/.test(text.slice(at + 2, at + 4));
  return isFirstHalf && '\\u'.startsWith(text.slice(at + 6, at + 8)) ? 12 : 6;
}

function decodeEscape(escape: string): string {
  if (escape.length === 12) return decodeEscape(escape.slice(0, 6)) + decodeEscape(escape.slice(6));
  if (escape.length === 6) {
    const code = Number.parseInt(escape.slice(2), 16);
    return Number.isNaN(code) ? escape : String.fromCharCode(code);
  }
  return ESCAPES[escape.charAt(1)] ?? escape;
}
