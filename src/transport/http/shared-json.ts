import { randomBytes } from 'node:crypto';
import { stringifyLine } from './stringify-line.js';

/** Minimum length of a text that is worth sharing, in characters. */
export const LONG_TEXT = 16_384;
const MANY_LOGPROBS = 64;
/** Stands for a long value while the JSON around it is made. No text has it: nobody outside can know it. */
const MARK = randomBytes(16).toString('hex');
const QUOTED_MARK = `"${MARK}"`;

/**
 * Encodes values that repeat long texts. The final events of an answer contain its text five times; its bytes are stored once,
 * however often a slow client still has to receive them.
 */
export class SharedJson {
  private readonly encoded = new Map<unknown, Buffer>();

  /** The JSON of a value, on one line, as parts to be sent one behind the other. */
  encode(value: unknown): Buffer[] {
    const found: Buffer[] = [];
    const json = stringifyLine(value, (key, part) => {
      if (!isLong(key, part)) return part;
      found.push(this.bytesOf(part));
      return MARK;
    });
    return json.split(QUOTED_MARK).flatMap((between, index) => {
      const bytes = found[index];
      return bytes ? [Buffer.from(between), bytes] : [Buffer.from(between)];
    });
  }

  private bytesOf(value: unknown): Buffer {
    let bytes = this.encoded.get(value);
    if (!bytes) {
      bytes = Buffer.from(stringifyLine(value));
      this.encoded.set(value, bytes);
    }
    return bytes;
  }
}

function isLong(key: string, value: unknown): boolean {
  if (typeof value === 'string') return value.length >= LONG_TEXT;
  return key === 'logprobs' && Array.isArray(value) && value.length >= MANY_LOGPROBS;
}
