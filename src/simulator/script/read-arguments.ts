import { asJson, asList, isJson, type Json } from '../chat-request.js';

/** Braces that a JSON object is tried to end at, and names that are looked for: each is a walk through the text. */
const MAX_TRIES = 20;
const MAX_NAMES = 100;
const MAX_LOOKED_AT = 20_000;

/** Arguments in the words after a tool's name: a JSON object, or "with <arg> <value> and <arg> <value>". */
export function readArguments(segment: string, schema: Json): Json {
  const object = readObject(segment);
  if (object) return object;
  const properties = asJson(schema.properties);
  const clause = /\bwith\b([\s\S]*)/i.exec(segment)?.[1] ?? '';
  const names = Object.keys(properties);
  if (names.length === 0) names.push(...(/^\s+(?:the\s+)?(\w+)\s+\S/.exec(clause)?.slice(1) ?? []));
  const found = findNames(clause.slice(0, MAX_LOOKED_AT), names.slice(0, MAX_NAMES));
  return Object.fromEntries(
    found.map(({ name, end }, index) => {
      const text = clause.slice(end, found[index + 1]?.start);
      return [name, toType(trimValue(text), properties[name])];
    }),
  );
}

function readObject(segment: string): Json | undefined {
  const start = segment.indexOf('{');
  let end = segment.lastIndexOf('}');
  for (let tries = 0; tries < MAX_TRIES && start >= 0 && end > start; tries += 1) {
    try {
      const value: unknown = JSON.parse(segment.slice(start, end + 1));
      return isJson(value) ? value : undefined;
    } catch {
      // The object may end at an earlier brace.
      end = segment.lastIndexOf('}', end - 1);
    }
  }
  return undefined;
}

/** Longer than the words that are taken off. */
const TAIL = 8;

interface Found {
  name: string;
  start: number;
  end: number;
}

/** Each name once, where it is followed by a value. */
function findNames(clause: string, names: string[]): Found[] {
  const found = names.flatMap((name): Found[] => {
    const escaped = escapeRegex(name);
    const lead = '(?:^|,|;|\\band\\b)\\s*(?:the\\s+|an?\\s+)?(?:argument\\s+)?[`\'"]?';
    const match = new RegExp(
      `(${lead})(${escaped})[\`'"]?(?:\\s*[:=]\\s*|\\s+(?:set to |of |is |as )?)(?=\\S)`,
      'i',
    ).exec(clause);
    return match ? [{ name, start: match.index, end: match.index + match[0].length }] : [];
  });
  return found.sort((a, b) => a.start - b.start);
}

function trimValue(text: string): string {
  const quoted = /^\s*(["'`])([\s\S]*?)\1/.exec(text);
  if (quoted) return quoted[2] ?? '';
  const [line = ''] = text.split('\n', 1);
  return withoutTail(line.replace(/[.!?]$/, ''))
    .replace(/[.!?]\s+(?:then|and|after|answer|reply|do|use|call)\b[\s\S]*$/i, '')
    .trim();
}

/** Without what leads over to the next sentence. From the end, for no expression may look at every blank of a long text. */
function withoutTail(text: string): string {
  let end = text.length;
  for (;;) {
    const tail = /(?:[\s,;]|\b(?:and|then|the|also|call|use))$/i.exec(
      text.slice(Math.max(0, end - TAIL), end),
    );
    if (!tail) return text.slice(0, end);
    end -= tail[0].length;
  }
}

function toType(text: string, schema: unknown): unknown {
  const types = typesOf(schema);
  if (types.length === 0 || types.includes('string')) return text;
  try {
    return JSON.parse(types.includes('boolean') ? text.toLowerCase() : text) as unknown;
  } catch {
    return types.includes('array') ? text.replace(/\s+/g, ' ').split(/ ?, ?| and /) : text;
  }
}

/** The types a schema allows, also where it lists them as alternatives (zod's `nullable()` does). */
function typesOf(schema: unknown): unknown[] {
  if (!isJson(schema)) return [];
  if (schema.type !== undefined) return [schema.type].flat();
  return asList(schema.anyOf ?? schema.oneOf).flatMap(typesOf);
}

export function escapeRegex(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
}
