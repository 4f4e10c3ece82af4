import { FREEFORM_PROPERTY } from '../request/tools/lower-custom-tool.js';

const WRAPPER = /^\s*\{\s*"input"\s*:\s*"/;
/** An input that is no wrapper may well begin with a brace, but hardly with an object's first key. */
const OBJECT_START = /^\s*\{\s*"/;
/** Longest start of a wrapper that is waited for; what is longer was not written as we asked. */
const WRAPPER_LIMIT = 64;
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

/**
 * Unwraps the input of a freeform tool out of `{"input": "…"}`, piece by piece. Models do not always write the wrapper they
 * were asked for: raw text, a JSON string, or another property's string are taken as the input too, once all is there.
 */
export class FreeformReader {
  private state: 'opening' | 'string' | 'closing' | 'other' = 'opening';
  private buffer = '';

  /** Whether the input is complete. */
  get isWhole(): boolean {
    return (
      this.state === 'closing' ||
      ((this.state === 'other' || this.state === 'opening') && isJson(this.buffer))
    );
  }

  /** Whether the input cannot be told from what there is: the wrapper was begun and not closed. */
  get isBroken(): boolean {
    if (this.state === 'string') return true;
    return this.state !== 'closing' && OBJECT_START.test(this.buffer) && !isJson(this.buffer);
  }

  /** @returns the part of the input that is certain by now */
  pushText(text: string): string {
    if (this.state === 'closing') return '';
    this.buffer += text;
    if (this.state === 'opening') this.open();
    return this.state === 'string' ? this.readString() : '';
  }

  /** @returns the rest of the input */
  end(): string {
    if (this.state === 'closing' || this.state === 'string') return '';
    return unwrap(this.buffer);
  }

  private open(): void {
    const wrapper = WRAPPER.exec(this.buffer);
    if (wrapper) {
      this.buffer = this.buffer.slice(wrapper[0].length);
      this.state = 'string';
    } else if (this.buffer.length > WRAPPER_LIMIT) {
      this.state = 'other';
    }
  }

  private readString(): string {
    let text = '';
    let at = 0;
    while (at < this.buffer.length) {
      const char = this.buffer[at];
      if (char === '"') {
        this.state = 'closing';
        this.buffer = '';
        return text;
      }
      if (char !== '\\') {
        const end = nextSpecial(this.buffer, at);
        text += this.buffer.slice(at, end);
        at = end;
        continue;
      }
      const length = escapeLength(this.buffer, at);
      if (at + length > this.buffer.length) break;
      text += decodeEscape(this.buffer.slice(at, at + length));
      at += length;
    }
    this.buffer = this.buffer.slice(at);
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

function unwrap(text: string): string {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return text;
  }
  if (typeof value === 'string') return value;
  if (typeof value !== 'object' || value === null) return text;
  const record = value as Record<string, unknown>;
  const input = record[FREEFORM_PROPERTY];
  if (typeof input === 'string') return input;
  const strings = Object.values(record).filter((entry) => typeof entry === 'string');
  return strings.length === 1 && strings[0] !== undefined ? strings[0] : text;
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}
