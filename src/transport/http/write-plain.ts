const SPACE = 0x20;
const QUOTE = 0x22;
const BACKSLASH = 0x5c;
/** The first of those that take two bytes of UTF-8, behind the control characters that end there. */
const TWO_BYTES = 0xa0;
const DELETE = 0x7f;
const THREE_BYTES = 0x800;
const LINE_SEPARATOR = 0x2028;
const PARAGRAPH_SEPARATOR = 0x2029;
const FIRST_SURROGATE = 0xd800;
const LAST_SURROGATE = 0xdfff;

/**
 * Writes a short text that JSON has no escapes for, and no surrogates, as UTF-8: a loop here is done before a call of Node has begun.
 *
 * @param bytes have three times its length of room
 * @returns where it ends; null where it is another text
 */
export function writePlain(text: string, bytes: Buffer, start: number): number | null {
  let at = start;
  for (let index = 0; index < text.length; index++) {
    const code = text.charCodeAt(index);
    if (code < DELETE) {
      if (code < SPACE || code === QUOTE || code === BACKSLASH) return null;
      bytes[at++] = code;
    } else if (code < THREE_BYTES) {
      if (code < TWO_BYTES) return null;
      bytes[at++] = 0xc0 | (code >> 6);
      bytes[at++] = 0x80 | (code & 0x3f);
    } else {
      if (code === LINE_SEPARATOR || code === PARAGRAPH_SEPARATOR) return null;
      if (code >= FIRST_SURROGATE && code <= LAST_SURROGATE) return null;
      bytes[at++] = 0xe0 | (code >> 12);
      bytes[at++] = 0x80 | ((code >> 6) & 0x3f);
      bytes[at++] = 0x80 | (code & 0x3f);
    }
  }
  return at;
}
