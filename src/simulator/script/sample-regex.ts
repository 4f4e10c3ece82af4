import { Budget } from './budget.js';
import { pick, type Random, randomInteger } from '../engine/seeded-random.js';

/** How often an open quantifier repeats at most beyond its minimum. */
const REPEAT = 3;
/** Characters looked at or written. */
const STEPS = 20_000;
/** Characters of a range that are drawn from. */
const MAX_RANGE = 512;
const MAX_DEPTH = 200;
/** Of a group: `(?P<name>`. */
const MAX_HEAD = 80;
const PRINTABLE = range(' ', '~');
const DIGITS = range('0', '9');
const WORD = [...range('a', 'z'), ...range('A', 'Z'), ...DIGITS, '_'];

function range(first: string, last: string): string[] {
  const from = first.charCodeAt(0);
  return Array.from({ length: Math.min(last.charCodeAt(0) - from + 1, MAX_RANGE) }, (_, index) =>
    String.fromCharCode(from + index),
  );
}

/**
 * A text that matches a regular expression; of look-around and back-references it takes no notice. Of one that asks for too much it
 * gives what it has until then.
 */
export function sampleRegex(pattern: string, random: Random, budget = new Budget(STEPS)): string {
  return new Sampler(pattern, random, budget).alternatives();
}

class Sampler {
  private at = 0;
  private depth = 0;

  constructor(
    private readonly pattern: string,
    private readonly random: Random,
    private readonly budget: Budget,
  ) {}

  /** Every branch is sampled, so that the reading position always reaches the end of the group. */
  alternatives(): string {
    const branches = [this.sequence()];
    while (this.pattern[this.at] === '|' && !this.budget.isSpent) {
      this.at += 1;
      branches.push(this.sequence());
    }
    return pick(this.random, branches) ?? '';
  }

  private sequence(): string {
    let text = '';
    while (!this.isOver && !'|)'.includes(this.pattern[this.at] ?? '')) text += this.repeated();
    return text;
  }

  private repeated(): string {
    const start = this.at;
    const once = this.atom();
    const [minimum, maximum] = this.quantifier();
    const end = this.at;
    const count = randomInteger(this.random, minimum, maximum);
    let text = '';
    for (let index = 0; index < count && !this.budget.isSpent; index += 1) {
      this.at = start;
      // What was read first counts, and is not read again: nested groups would double the work with each level.
      const part = index === 0 ? once : this.atom();
      this.budget.spend(part.length);
      text += part;
    }
    this.at = end;
    return text;
  }

  private quantifier(): [number, number] {
    const [all, symbol, low, comma, high] =
      /^(?:([*+?])|\{(\d+)(,?)(\d*)\})\??/.exec(this.pattern.slice(this.at, this.at + 24)) ?? [];
    if (all === undefined) return [1, 1];
    this.at += all.length;
    if (symbol) return symbol === '?' ? [0, 1] : [symbol === '*' ? 0 : 1, REPEAT];
    const minimum = Number(low);
    if (!comma) return [minimum, minimum];
    return [minimum, high ? Number(high) : minimum + REPEAT];
  }

  private get isOver(): boolean {
    return this.at >= this.pattern.length || this.budget.isSpent;
  }

  private atom(): string {
    const char = this.pattern[this.at] ?? '';
    this.at += 1;
    this.budget.spend();
    switch (char) {
      case '^':
      case '$':
        return '';
      case '.':
        return pick(this.random, WORD) ?? '';
      case '(':
        return this.group();
      case '[':
        return pick(this.random, this.charClass()) ?? '';
      case '\\':
        return pick(this.random, this.escape()) ?? '';
      default:
        return char;
    }
  }

  private group(): string {
    const head =
      /^\?(?:[:=!]|<[=!]|P?<\w+>)/.exec(this.pattern.slice(this.at, this.at + MAX_HEAD))?.[0] ?? '';
    this.at += head.length;
    this.depth += 1;
    if (this.depth > MAX_DEPTH) this.budget.spend(Infinity);
    const text = this.alternatives();
    this.depth -= 1;
    this.at += 1;
    return head.includes('=') || head.includes('!') ? '' : text;
  }

  private charClass(): string[] {
    const negated = this.pattern[this.at] === '^';
    if (negated) this.at += 1;
    const chars: string[] = [];
    while (!this.isOver && this.pattern[this.at] !== ']') {
      const char = this.pattern[this.at] ?? '';
      this.at += 1;
      const low = char === '\\' ? this.escape() : [char];
      const next = this.pattern[this.at + 1];
      if (low.length === 1 && this.pattern[this.at] === '-' && next !== undefined && next !== ']') {
        this.at += 2;
        const high = next === '\\' ? this.escape() : [next];
        for (const entry of range(low[0] ?? '', high[0] ?? '')) chars.push(entry);
      } else chars.push(...low);
    }
    this.at += 1;
    this.budget.spend(chars.length);
    const listed = new Set(negated ? chars : []);
    return negated ? PRINTABLE.filter((char) => !listed.has(char)) : chars;
  }

  /** The characters an escape stands for; a boundary stands for none. */
  private escape(): string[] {
    const char = this.pattern[this.at] ?? '';
    this.at += 1;
    switch (char) {
      case 'd':
        return DIGITS;
      case 'w':
        return WORD;
      case 's':
        return [' '];
      case 'D':
        return PRINTABLE.filter((entry) => !DIGITS.includes(entry));
      case 'W':
        return PRINTABLE.filter((entry) => !WORD.includes(entry));
      case 'S':
        return WORD;
      case 'n':
        return ['\n'];
      case 't':
        return ['\t'];
      case 'r':
        return ['\r'];
      case 'b':
      case 'B':
        return [];
      case 'u':
      case 'x': {
        const digits = this.pattern.slice(this.at, this.at + (char === 'u' ? 4 : 2));
        this.at += digits.length;
        return [String.fromCharCode(parseInt(digits, 16))];
      }
      default:
        return [char];
    }
  }
}
