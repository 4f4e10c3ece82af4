import { pick, type Random, randomInteger } from '../engine/seeded-random.js';
import type { Json } from '../server/chat-request.js';
import type { Budget } from './budget.js';
import { sampleRegex } from './sample-regex.js';

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
  uuid: (random) => sampleRegex('[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-8[0-9a-f]{3}-[0-9a-f]{12}', random),
};

/** A string that fits a schema's pattern, format and lengths. */
export function stringInstance(schema: Json, random: Random, budget: Budget): string {
  if (typeof schema.pattern === 'string') return sampleRegex(schema.pattern, random, budget);
  const format = FORMATS[String(schema.format)];
  if (format) return format(random);
  const minimum = typeof schema.minLength === 'number' ? schema.minLength : 0;
  const maximum = typeof schema.maxLength === 'number' ? schema.maxLength : Infinity;
  let text = word(random);
  while (text.length < minimum && !budget.isSpent) {
    text += ` ${word(random)}`;
    budget.spend();
  }
  return text.slice(0, maximum);
}

function date(random: Random): string {
  return `2025-0${randomInteger(random, 1, 9)}-${randomInteger(random, 10, 28)}`;
}

const word = (random: Random) => pick(random, WORDS) ?? '';
