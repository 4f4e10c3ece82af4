import type { HostedKind } from '../../contracts/hosted-tools-api.js';
import { isObject, type RawObject } from '../../contracts/raw-object.js';

/** Under which names tools take what an item tells of a call; the first that is there is meant. */
const NAMES: Readonly<Record<HostedKind, readonly string[]>> = {
  web_search: ['queries', 'query', 'q', 'search_query', 'search'],
  code_interpreter: ['code', 'source', 'script', 'python'],
  file_search: ['queries', 'query', 'q', 'question', 'search'],
};

/** What an item tells of the arguments of a call: queries, or code; empty where they do not tell. */
export function readGiven(kind: HostedKind, args: RawObject): string[] {
  const named = NAMES[kind].map((name) => textsOf(args[name])).find((texts) => texts.length > 0);
  const texts =
    named ??
    Object.values(args)
      .map(textsOf)
      .find((values) => values.length > 0) ??
    [];
  return texts.map((text) => text.toWellFormed());
}

/** The arguments of a call of which only its item is known, as the tool that is there now would take them. */
export function writeGiven(
  kind: HostedKind,
  given: readonly string[],
  parameters: RawObject | null,
): RawObject {
  const properties = isObject(parameters?.properties) ? parameters.properties : {};
  const names = Object.keys(properties);
  const name = NAMES[kind].find((known) => names.includes(known)) ?? names[0] ?? NAMES[kind][0] ?? kind;
  const property = properties[name];
  const isList = isObject(property) && property.type === 'array';
  return { [name]: isList ? given : given.join('\n') };
}

function textsOf(value: unknown): string[] {
  if (typeof value === 'string') return value === '' ? [] : [value];
  return Array.isArray(value) ? value.filter((text): text is string => typeof text === 'string') : [];
}
