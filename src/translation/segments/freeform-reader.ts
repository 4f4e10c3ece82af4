import { FREEFORM_PROPERTY } from '../request/tools/lower-custom-tool.js';
import type { CallReader } from './call-reader.js';
import { JsonStringReader } from './json-string-reader.js';

const WRAPPER = /^\s*\{\s*"input"\s*:\s*"/;
/** An input that is no wrapper may well begin with a brace, but hardly with an object's first key. */
const OBJECT_START = /^\s*\{\s*"/;
/** Longest start of a wrapper that is waited for; what is longer was not written as we asked. */
const WRAPPER_LIMIT = 64;

/**
 * Unwraps the input of a freeform tool out of `{"input": "…"}`, piece by piece. Models do not always write the wrapper they
 * were asked for: raw text, a JSON string, or another property's string are taken as the input too, once all is there.
 */
export class FreeformReader implements CallReader {
  private string: JsonStringReader | null = null;
  private buffer = '';

  /** Whether the input is complete. */
  get isWhole(): boolean {
    return this.string ? this.string.isClosed : isJson(this.buffer);
  }

  /** Whether the input cannot be told from what there is: the wrapper was begun and not closed. */
  get isBroken(): boolean {
    return this.string ? !this.string.isClosed : OBJECT_START.test(this.buffer) && !isJson(this.buffer);
  }

  /** @returns the part of the input that is certain by now */
  pushText(text: string): string {
    if (this.string) return this.string.pushText(text);
    const isOpening = this.buffer.length <= WRAPPER_LIMIT;
    this.buffer += text;
    const wrapper = isOpening ? WRAPPER.exec(this.buffer) : null;
    if (!wrapper) return '';
    this.string = new JsonStringReader();
    return this.string.pushText(this.buffer.slice(wrapper[0].length));
  }

  /** @returns the rest of the input */
  end(): string {
    return this.string ? '' : unwrap(this.buffer);
  }
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
