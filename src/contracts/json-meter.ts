export interface JsonLimits {
  /** Of all kinds, lists and objects among them; names of fields do not count. */
  values: number;
  /** Lists and objects within each other. */
  levels: number;
}

/** What there is too much of. */
export type JsonExcess = keyof JsonLimits;

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
/** From this length on a search for the end of a string is cheaper than a look at each byte. */
const LONG_STRING = 24;

const OTHER = 0;
const SPACE = 1;
const TEXT = 2;
const OPEN = 3;
const CLOSE = 4;
const COMMA = 5;
const KINDS = new Uint8Array(256).fill(OTHER);
for (const byte of Buffer.from(' \t\r\n')) KINDS[byte] = SPACE;
for (const byte of Buffer.from('[{')) KINDS[byte] = OPEN;
for (const byte of Buffer.from(']}')) KINDS[byte] = CLOSE;
KINDS[0x2c] = COMMA;
KINDS[QUOTE] = TEXT;

/**
 * Counts the values and levels of JSON text before anything is made of it: 30 MB of `{},` are ten million objects and take
 * the parser four seconds. Takes the bytes as they come, in linear time whatever they are; what is no JSON is left to the parser.
 */
export class JsonMeter {
  private depth = 0;
  private count = 1;
  private isInString = false;
  private isEscaped = false;
  /** Behind an opening bracket, with nothing but space since: whether it holds a value is not known yet. */
  private isOpen = false;

  constructor(private readonly limits: JsonLimits) {}

  /** How many values there were so far. */
  get values(): number {
    return this.count;
  }

  /** @returns what there is too much of, as soon as it is; the meter is then of no more use */
  add(bytes: Buffer): JsonExcess | null {
    const { limits } = this;
    let { depth, values, isOpen } = this;
    let at = this.isInString ? this.leaveString(bytes, 0) : 0;
    while (at < bytes.length) {
      const kind = KINDS[bytes[at++] ?? 0];
      if (kind === SPACE) continue;
      if (isOpen) {
        isOpen = false;
        if (kind !== CLOSE) values++;
      }
      if (kind === TEXT) at = this.leaveString(bytes, at);
      else if (kind === COMMA) values++;
      else if (kind === CLOSE) depth--;
      else if (kind === OPEN) {
        isOpen = true;
        if (++depth > limits.levels) return 'levels';
      }
      if (values > limits.values) return 'values';
    }
    this.depth = depth;
    this.count = values;
    this.isOpen = isOpen;
    return null;
  }

  /** @returns the place behind the string's end, or the end of the bytes */
  private leaveString(bytes: Buffer, start: number): number {
    const end = bytes.length;
    let at = start;
    // Looked at byte by byte up to here; what is longer is searched through.
    let near = start + LONG_STRING;
    let quote = -1;
    let backslash = -1;
    if (this.isEscaped && at < end) {
      this.isEscaped = false;
      at++;
    }
    this.isInString = true;
    while (at < end) {
      if (at >= near) {
        if (quote < at) quote = find(bytes, QUOTE, at);
        if (backslash < at) backslash = find(bytes, BACKSLASH, at);
        at = Math.min(quote, backslash);
        if (at === end) break;
        near = at + LONG_STRING;
      }
      const byte = bytes[at++];
      if (byte === QUOTE) {
        this.isInString = false;
        break;
      }
      if (byte === BACKSLASH && ++at > end) {
        this.isEscaped = true;
        at = end;
      }
    }
    return at;
  }
}

function find(bytes: Buffer, byte: number, from: number): number {
  const at = bytes.indexOf(byte, from);
  return at === -1 ? bytes.length : at;
}
