import type { Json } from '../chat-request.js';
import type { Budget } from './schema-parts.js';
import { pick, type Random, randomInteger } from './seeded-random.js';

const WORDS = ['alpha', 'bravo', 'delta', 'echo', 'golf', 'kilo', 'lima', 'nova', 'oscar', 'tango'];

const FORMATS: Readonly<Record<string, (random: Random) => string>> = {
  'date-time': (random) => `${date(random)}T12:00:00Z`,
  date,
  time: () => '12:00:00Z',
  duration: () => 'PT1H',
  email: (random) => `${word(random)}@example.com`,
  hostname: (random) => `${word(random)}.example.com`,
  ipv4: (random) => `192.0.2.${randomInteger(random, 1, 254)}`,
  ipv6: () => '2001:db8::1',
  uri: (random) => `https://example.com/${word(random)}`,
  uuid: (random) => `00000000-0000-4000-8000-${randomInteger(random, 1e11, 1e12 - 1)}`,
};

/** A string that fits a schema's format and lengths, or its pattern where {@link patternText} knows a text for it. */
export function stringInstance(schema: Json, random: Random, budget: Budget): string {
  const patterned = typeof schema.pattern === 'string' ? patternText(schema.pattern) : undefined;
  if (patterned !== undefined) return patterned;
  const name = String(schema.format);
  const format = Object.hasOwn(FORMATS, name) ? FORMATS[name] : undefined;
  if (format) return format(random);
  const minimum = bound(schema.minLength) ?? 0;
  let text = word(random);
  while (text.length < minimum && !budget.isSpent) {
    text += ` ${word(random)}`;
    budget.spend();
  }
  return text.slice(0, bound(schema.maxLength));
}

function date(random: Random): string {
  return `2025-0${randomInteger(random, 1, 9)}-${randomInteger(random, 10, 28)}`;
}

const word = (random: Random) => pick(random, WORDS) ?? '';

/** A character or class and how often: all that is understood of a regular expression. */
const ATOM =
  /(?:\[(\\[dw]|[^\]^\\])[^\]]*\]|(\\[dw])|\\([.\-/+])|([^\\[\](){}|^$.*+?]))(?:\{(\d{1,3})(?:,\d*)?\}|([*?+]))?/y;
const CLASSES: Readonly<Record<string, string>> = { '\\d': '0', '\\w': 'a' };
const MAX_PATTERN = 500;

/**
 * A text for a pattern that is a row of characters and classes, such as `^[A-Z]{3}-\d{4}$`: the first character of each, as often as
 * it must be. Undefined for every other one, whose text then does not fit: a caller's regular expression is not run on the event loop.
 */
export function patternText(pattern: string): string | undefined {
  if (pattern.length > MAX_PATTERN) return undefined;
  const row = pattern.replace(/^\^/, '').replace(/\$$/, '');
  let text = '';
  ATOM.lastIndex = 0;
  while (ATOM.lastIndex < row.length) {
    const match = ATOM.exec(row);
    if (!match) return undefined;
    const [, first, shorthand, escaped, plain, count, sign] = match;
    const char = first ?? shorthand ?? escaped ?? plain ?? '';
    const optional = sign === '*' || sign === '?';
    text += (CLASSES[char] ?? char).repeat(optional ? 0 : Number(count ?? 1));
  }
  return text;
}

/** A number within the bounds of a schema. */
export function numberInstance(schema: Json, random: Random, whole: boolean): number {
  const step = bound(schema.multipleOf) ?? (whole ? 1 : 0.5);
  const low = lowest(schema, step);
  const high = highest(schema, step);
  const first = Math.ceil((low ?? Math.min(0, high ?? 0)) / step);
  const last = Math.floor((high ?? Math.max(100, first * step + 100)) / step);
  // Bounds closer than a step leave room only for a number between them.
  if (last < first) return ((low ?? 0) + (high ?? 0)) / 2;
  const value = randomInteger(random, first, last) * step;
  return Number(value.toPrecision(12));
}

const bound = (value: unknown) => (typeof value === 'number' ? value : undefined);

function lowest(schema: Json, step: number): number | undefined {
  const exclusive = bound(schema.exclusiveMinimum);
  if (exclusive === undefined) return bound(schema.minimum);
  return (Math.floor(exclusive / step) + 1) * step;
}

function highest(schema: Json, step: number): number | undefined {
  const exclusive = bound(schema.exclusiveMaximum);
  if (exclusive === undefined) return bound(schema.maximum);
  return (Math.ceil(exclusive / step) - 1) * step;
}
