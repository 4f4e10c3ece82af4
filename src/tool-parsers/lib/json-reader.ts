import { escapeText, quote, readToken } from './json-text.js';
import { NOT_A_CALL } from './not-a-call.js';
import type { SchemaView } from './schema-view.js';
import { type Reading, TextSource } from './text-source.js';

const PLAIN_END = { '"': /["\\\p{Cc}]/gu, "'": /['"\\\p{Cc}]/gu };
const TOKEN_END = /[^A-Za-z0-9+\-._]/g;
const KNOWN_ESCAPE = /["\\/bfnrt]/;
/** Deeper JSON is taken for no call: nobody means it, and the readers are nested as deep. */
const MAX_DEPTH = 128;

/**
 * Reads JSON while it is being written and hands it on, at every moment as the start of valid JSON. What models often get wrong is
 * put right on the way: line breaks within strings, unknown escapes, a comma too many, Python's quotes and literals, and values
 * whose type is not the schema's. Everything else stays as it was written.
 */
export class JsonReader {
  /** What was read and not handed on yet when the reader gave up. */
  pending = '';

  constructor(
    private readonly source: TextSource,
    private readonly emit: (json: string) => void,
  ) {}

  /** @throws NOT_A_CALL in front of what is not JSON, and at the end of the text */
  *value(schema: SchemaView, depth = 0): Reading {
    switch (this.source.now() || (yield* this.source.char())) {
      case '{':
        yield* this.object(schema, depth);
        return;
      case '[':
        yield* this.array(schema, depth);
        return;
      case '"':
        yield* this.string('"', schema);
        return;
      case "'":
        yield* this.string("'", schema);
        return;
      default:
        yield* this.token(schema);
    }
  }

  /** Reads a string and returns what it says. */
  *plainString(): Reading<string> {
    return JSON.parse(yield* this.wholeString()) as string;
  }

  private *object(schema: SchemaView, depth: number): Reading {
    yield* this.members('{', '}', depth, () => this.member(schema, depth));
  }

  private *array(schema: SchemaView, depth: number): Reading {
    yield* this.members('[', ']', depth, () => this.value(schema.items, depth + 1));
  }

  private *members(open: string, close: string, depth: number, read: () => Reading): Reading {
    if (depth > MAX_DEPTH) throw NOT_A_CALL;
    const { source } = this;
    this.emit(source.take(open.length));
    // Each reader that waits is an object: none is made for what is there.
    let before = source.isAtText ? '' : yield* source.spaces();
    while ((source.now() || (yield* source.char())) !== close) {
      if (before !== '') this.emit(before);
      yield* read();
      before = source.isAtText ? '' : yield* source.spaces();
      const next = source.now() || (yield* source.char());
      if (next === ',') {
        source.take(1);
        const after = source.isAtText ? '' : yield* source.spaces();
        before = (source.now() || (yield* source.char())) === close ? before + after : `${before},${after}`;
      } else if (next !== close) {
        this.pending = before;
        throw NOT_A_CALL;
      }
    }
    this.emit(before + source.take(close.length));
  }

  private *member(schema: SchemaView, depth: number): Reading {
    const key = yield* this.wholeString();
    const space = yield* this.source.spaces();
    yield* this.source.expect(':');
    this.emit(`${key}${space}:${yield* this.source.spaces()}`);
    yield* this.value(schema.property(JSON.parse(key) as string), depth + 1);
  }

  private *wholeString(): Reading<string> {
    const mark = yield* this.source.char();
    if (mark !== '"' && mark !== "'") throw NOT_A_CALL;
    let body = '';
    yield* this.stringBody(mark, (piece) => (body += piece));
    return `"${body}"`;
  }

  private *string(mark: '"' | "'", schema: SchemaView): Reading {
    const { types } = schema;
    if (types !== null && !types.has('string')) {
      this.emit(coerceText(yield* this.plainString(), schema));
      return;
    }
    this.emit('"');
    yield* this.stringBody(mark, this.emit);
    this.emit('"');
  }

  private *stringBody(mark: '"' | "'", emit: (piece: string) => void): Reading {
    const { source } = this;
    source.take(1);
    for (;;) {
      if (!(yield* source.until(PLAIN_END[mark], emit))) throw NOT_A_CALL;
      const char = source.now();
      if (char === mark) break;
      emit(char === '\\' ? yield* this.escape() : escapeText(source.take(1)));
    }
    source.take(1);
  }

  private *escape(): Reading<string> {
    const { source } = this;
    if (!(yield* source.ensure(2))) throw NOT_A_CALL;
    const kind = source.now(1);
    if (KNOWN_ESCAPE.test(kind)) return source.take(2);
    if (kind === "'") return source.take(2).slice(1);
    const digits = kind === 'u' ? 4 : kind === 'x' ? 2 : 0;
    for (let at = 2; at < digits + 2; at++) {
      if (!(yield* source.ensure(at + 1))) throw NOT_A_CALL;
      if (!/[\da-fA-F]/.test(source.now(at))) return this.loneBackslash();
    }
    if (digits === 0) return this.loneBackslash();
    return `\\u${source
      .take(digits + 2)
      .slice(2)
      .padStart(4, '0')}`;
  }

  private loneBackslash(): string {
    this.source.take(1);
    return '\\\\';
  }

  private *token(schema: SchemaView): Reading {
    const token = yield* this.source.word(TOKEN_END);
    const json = this.source.isExhausted ? null : readToken(token, schema);
    if (json === null) {
      this.pending = token;
      throw NOT_A_CALL;
    }
    this.emit(json);
  }
}

/**
 * The value that a bare text stands for, as JSON of the type the schema asks for. `77004` is a text where the schema says so, else a
 * number; text that fits no type stays text, so that no value is ever lost.
 */
export function coerceText(text: string, schema: SchemaView): string {
  const { types } = schema;
  const isNull = /^\s*(?:null|none)\s*$/i.test(text);
  if (types?.has('string')) return isNull && types.has('null') ? 'null' : quote(text);
  const trimmed = text.trim();
  const first = trimmed.charAt(0);
  if (first === '{' || first === '[') return readWhole(trimmed, schema) ?? quote(text);
  if (types?.has('boolean') && /^(?:true|false)$/i.test(trimmed)) return trimmed.toLowerCase();
  return readToken(trimmed, schema) ?? quote(text);
}

/** A text that must be one JSON value from end to end; null: it is not. */
export function readWhole(text: string, schema: SchemaView): string | null {
  const source = new TextSource();
  source.pushText(text);
  source.pushText(' ');
  source.end('stop');
  let json = '';
  const reading = new JsonReader(source, (piece) => (json += piece)).value(schema);
  try {
    // The text is all there, so that the reader never waits.
    reading.next();
  } catch (error) {
    if (error === NOT_A_CALL) return null;
    throw error;
  }
  source.take(1);
  return source.isExhausted ? json : null;
}
