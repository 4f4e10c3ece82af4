import { isJson, type Json } from '../server/chat-request.js';

/** Arguments in the words after a tool's name: a JSON object, or "with <arg> <value> and <arg> <value>". */
export function readArguments(segment: string, schema: Json): Json {
  const object = readObject(segment);
  if (object) return object;
  const properties: Json = isJson(schema.properties) ? schema.properties : {};
  const clause = /\bwith\b([\s\S]*)/i.exec(segment)?.[1] ?? '';
  const names = Object.keys(properties);
  if (names.length === 0) names.push(...(/^\s+(?:the\s+)?(\w+)\s+\S/.exec(clause)?.slice(1) ?? []));
  const found = findNames(clause, names);
  return Object.fromEntries(
    found.map(({ name, end }, index) => {
      const text = clause.slice(end, found[index + 1]?.start);
      return [name, toType(trimValue(text), properties[name])];
    }),
  );
}

function readObject(segment: string): Json | undefined {
  const start = segment.indexOf('{');
  for (
    let end = segment.lastIndexOf('}');
    start >= 0 && end > start;
    end = segment.lastIndexOf('}', end - 1)
  ) {
    try {
      const value: unknown = JSON.parse(segment.slice(start, end + 1));
      return isJson(value) ? value : undefined;
    } catch {
      // The object may end at an earlier brace.
    }
  }
  return undefined;
}

interface Found {
  name: string;
  start: number;
  end: number;
}

/** Each name once, where it is followed by a value. */
function findNames(clause: string, names: string[]): Found[] {
  const found = names.flatMap((name): Found[] => {
    const escaped = name.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
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
  return text
    .replace(/[.!?]?(?:\n[\s\S]*)?$/, '')
    .replace(/(?:\s|,|;|\band|\bthen|\bthe|\balso|\bcall|\buse)+$/i, '')
    .replace(/[.!?]\s+(?:then|and|after|answer|reply|do|use|call)\b[\s\S]*$/i, '')
    .trim();
}

function toType(text: string, schema: unknown): unknown {
  const types = typesOf(schema);
  if (types.length === 0 || types.includes('string')) return text;
  try {
    return JSON.parse(types.includes('boolean') ? text.toLowerCase() : text) as unknown;
  } catch {
    return types.includes('array') ? text.split(/\s*,\s*|\s+and\s+/) : text;
  }
}

/** The types a schema allows, also where it lists them as alternatives (zod's `nullable()` does). */
function typesOf(schema: unknown): unknown[] {
  if (!isJson(schema)) return [];
  if (schema.type !== undefined) return [schema.type].flat();
  const alternatives = schema.anyOf ?? schema.oneOf;
  return Array.isArray(alternatives) ? alternatives.flatMap(typesOf) : [];
}
