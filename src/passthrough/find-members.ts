import { GatewayError, invalidRequest } from '../errors/gateway-error.js';

/** A member of the outermost object. */
export interface Member {
  /** As it is written. */
  name: string;
  /** Where its value begins and ends in the bytes. */
  start: number;
  end: number;
}

/** Likewise for the bodies that are parsed. */
const MAX_LEVELS = 64;
/** Requests have some dozens. What is remembered of each takes many times its bytes. */
const MAX_MEMBERS = 1_000;
const BYTE_ORDER_MARK = Buffer.from('\uFEFF');
/** Bytes that are looked at one by one. */
const NEAR = 32;
/** `\u006d` for a letter. */
const LONGEST_ESCAPE = 6;

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const COMMA = 0x2c;
const COLON = 0x3a;
const OPEN_OBJECT = 0x7b;
const CLOSE_OBJECT = 0x7d;
const OPEN_LIST = 0x5b;
const CLOSE_LIST = 0x5d;

/**
 * Finds members of a JSON object in its bytes. What they hold is passed over: only strings and brackets are told apart. Of JSON it
 * says what JSON.parse would; what is none may pass, for the model server to refuse.
 *
 * @param names in small letters of ASCII; found in any case, since some servers read them so
 * @returns in their order; JSON.parse takes the last of those that have the same name
 * @throws GatewayError when there is no object, it is cut, has too many members, or is nested too deeply
 */
export function findMembers(json: Buffer, names: readonly string[]): Member[] {
  const reader = new ByteReader(json, lengthOfMark(json));
  if (!reader.takes(OPEN_OBJECT)) throw invalidRequest(null, 'The request body must be a JSON object.');
  const found: Member[] = [];
  let count = 0;
  if (!reader.takes(CLOSE_OBJECT)) {
    do {
      if (++count > MAX_MEMBERS) throw tooMany();
      const name = reader.readName(names);
      reader.expect(COLON);
      reader.skipBlanks();
      const start = reader.at;
      reader.skipValue();
      if (name !== undefined) found.push({ name, start, end: reader.at });
    } while (reader.takes(COMMA));
    reader.expect(CLOSE_OBJECT);
  }
  reader.expectEnd();
  return found;
}

/**
 * Where the elements of a list stand, one after the other, as they are asked for.
 *
 * @param list a value that {@link findMembers} has found: what is no list has no elements
 * @throws GatewayError where they are not parted by commas
 */
export function* elementsOf(json: Buffer, { start }: Pick<Member, 'start'>): Generator<Omit<Member, 'name'>> {
  const reader = new ByteReader(json, start);
  if (!reader.takes(OPEN_LIST) || reader.takes(CLOSE_LIST)) return;
  do {
    reader.skipBlanks();
    const from = reader.at;
    reader.skipValue();
    yield { start: from, end: reader.at };
  } while (reader.takes(COMMA));
}

/** Bytes of the mark that some editors put in front. */
export function lengthOfMark(json: Buffer): number {
  const { length } = BYTE_ORDER_MARK;
  return json.subarray(0, length).equals(BYTE_ORDER_MARK) ? length : 0;
}

/** @throws GatewayError when it is no JSON */
export function parseMember(json: Buffer, { start, end }: Pick<Member, 'start' | 'end'>): unknown {
  try {
    return JSON.parse(json.toString('utf8', start, end));
  } catch (cause) {
    throw new GatewayError('invalid_json', { cause });
  }
}

class ByteReader {
  constructor(
    private readonly json: Buffer,
    public at: number,
  ) {}

  /** Steps over this byte if it comes next. */
  takes(byte: number): boolean {
    this.skipBlanks();
    if (this.json[this.at] !== byte) return false;
    this.at++;
    return true;
  }

  expect(byte: number): void {
    if (!this.takes(byte)) throw new GatewayError('invalid_json');
  }

  expectEnd(): void {
    this.skipBlanks();
    if (this.at < this.json.length) throw new GatewayError('invalid_json');
  }

  skipBlanks(): void {
    while (isBlank(this.json[this.at])) this.at++;
  }

  /** Steps over a name. @returns it as it is written if it is one of these, in whatever case, and with escapes or without */
  readName(names: readonly string[]): string | undefined {
    this.skipBlanks();
    const start = this.at;
    this.skipString();
    const { json, at: end } = this;
    const longest = Math.max(...names.map((name) => name.length));
    if (end - start > longest * LONGEST_ESCAPE + 2) return undefined;
    const isEscaped = json.subarray(start, end).includes(BACKSLASH);
    const name = isEscaped ? parseMember(json, { start, end }) : json.toString('utf8', start + 1, end - 1);
    return typeof name === 'string' && names.includes(name.toLowerCase()) ? name : undefined;
  }

  skipValue(): void {
    switch (this.json[this.at]) {
      case QUOTE:
        this.skipString();
        break;
      case OPEN_OBJECT:
      case OPEN_LIST:
        this.skipNested();
        break;
      default:
        this.skipScalar();
    }
  }

  /** A search for the next quote is the fastest way through a long text, but costs too much where quotes stand close together. */
  private skipString(): void {
    const { json } = this;
    if (json[this.at] !== QUOTE) throw new GatewayError('invalid_json');
    let at = this.at + 1;
    for (;;) {
      for (const near = at + NEAR; at < near; at++) {
        if (json[at] === BACKSLASH) at++;
        else if (json[at] === QUOTE) {
          this.at = at + 1;
          return;
        }
      }
      const quote = json.indexOf(QUOTE, at);
      if (quote < 0) throw new GatewayError('invalid_json');
      at = this.isEscaped(quote, at) ? quote + 1 : quote;
    }
  }

  /** Whether an odd number of backslashes stands before it. */
  private isEscaped(at: number, start: number): boolean {
    let first = at;
    while (first > start && this.json[first - 1] === BACKSLASH) first--;
    return (at - first) % 2 === 1;
  }

  private skipNested(): void {
    const { json } = this;
    let level = 0;
    do {
      if (this.at >= json.length) throw new GatewayError('invalid_json');
      switch (json[this.at]) {
        case QUOTE:
          this.skipString();
          continue;
        case OPEN_OBJECT:
        case OPEN_LIST:
          if (++level >= MAX_LEVELS) throw tooDeep();
          break;
        case CLOSE_OBJECT:
        case CLOSE_LIST:
          level--;
          break;
        default:
      }
      this.at++;
    } while (level > 0);
  }

  private skipScalar(): void {
    const start = this.at;
    while (isOfScalar(this.json[this.at])) this.at++;
    if (this.at === start) throw new GatewayError('invalid_json');
  }
}

function isBlank(byte: number | undefined): boolean {
  return byte === 0x20 || byte === 0x0a || byte === 0x0d || byte === 0x09;
}

/** Letters, digits, `+`, `-` and `.`: what numbers, `true`, `false` and `null` are made of. */
function isOfScalar(byte: number | undefined): boolean {
  if (byte === undefined) return false;
  const isLetter = (byte | 0x20) >= 0x61 && (byte | 0x20) <= 0x7a;
  const isDigit = byte >= 0x30 && byte <= 0x39;
  return isLetter || isDigit || byte === 0x2b || byte === 0x2d || byte === 0x2e;
}

function tooMany(): GatewayError {
  return invalidRequest(null, `The request body has more than ${MAX_MEMBERS} members.`);
}

function tooDeep(): GatewayError {
  return invalidRequest(null, `The request body is nested more than ${MAX_LEVELS} levels deep.`);
}
