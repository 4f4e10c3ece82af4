import { isObject, type RawObject } from '../../../../contracts/raw-object.js';
import { resolvePointer } from '../../../vocabulary/resolve-pointer.js';
import { repairType, typeName } from './schema-type.js';

/** What the repair of one schema is done with. */
export interface SchemaRepair {
  /** What references lead into. */
  root: RawObject;
  /** Where in `root` stands what the references call `#`. */
  origin: string;
}

/** Gives what may stand under a keyword; the same value where nothing is wrong, undefined: the keyword is left out. */
type Rule = (value: unknown, repair: SchemaRepair, depth: number) => unknown;

/** More than any tool has, and few enough for every stack and parser on the way. Deeper down anything goes. */
const MAX_DEPTH = 64;
const ANYTHING = {};
const NOTHING = { not: {} };

const RULES = new Map<string, Rule>([
  ['type', repairType],
  ['$ref', repairReference],
  ['required', repairNames],
  ['enum', (value) => keepIf(value, Array.isArray(value) && value.length > 0)],
  ...rules(['contains', 'propertyNames', 'not', 'if', 'then', 'else'], repairInner),
  ...rules(
    ['items', 'additionalItems', 'additionalProperties', 'unevaluatedItems', 'unevaluatedProperties'],
    (value, repair, depth) => (typeof value === 'boolean' ? value : repairInner(value, repair, depth)),
  ),
  ...rules(['properties', 'patternProperties', 'dependentSchemas', '$defs', 'definitions'], repairMap),
  ...rules(['anyOf', 'oneOf', 'allOf', 'prefixItems'], repairList),
  ...rules(['title', 'description', 'format', 'pattern', '$schema', '$id', '$anchor', '$comment'], (value) =>
    keepIf(value, typeof value === 'string'),
  ),
  ...rules(['minimum', 'maximum', 'exclusiveMinimum', 'exclusiveMaximum', 'multipleOf'], (value) =>
    keepIf(value, typeof value === 'number'),
  ),
  ...rules(
    ['minLength', 'maxLength', 'minItems', 'maxItems', 'minProperties', 'maxProperties', 'minContains'],
    (value) => keepIf(value, Number.isInteger(value) && Number(value) >= 0),
  ),
  ...rules(['uniqueItems', 'nullable', 'deprecated'], (value) => keepIf(value, typeof value === 'boolean')),
  ['dependentRequired', (value) => keepIf(value, isObject(value))],
]);

/** A schema whose keywords all hold what they may hold; itself where they do. Takes time in proportion to its size. */
export function repairKeywords(schema: RawObject, repair: SchemaRepair, depth = 0): RawObject {
  if (depth > MAX_DEPTH) return ANYTHING;
  const source = Array.isArray(schema.items) ? splitItems(schema, schema.items) : schema;
  return mapValues(source, (value, keyword) => {
    const rule = RULES.get(keyword);
    return rule ? rule(value, repair, depth) : value;
  });
}

function rules(keywords: readonly string[], rule: Rule): [string, Rule][] {
  return keywords.map((keyword) => [keyword, rule]);
}

function keepIf(value: unknown, isGood: boolean): unknown {
  return isGood ? value : undefined;
}

/** Servers take a boolean in few places; a bare type name stands for a schema of that type. */
function repairInner(value: unknown, repair: SchemaRepair, depth: number): unknown {
  if (isObject(value)) return repairKeywords(value, repair, depth + 1);
  if (typeof value === 'boolean') return value ? ANYTHING : NOTHING;
  const type = typeName(value);
  return type === undefined ? undefined : { type };
}

function repairMap(value: unknown, repair: SchemaRepair, depth: number): unknown {
  if (!isObject(value)) return undefined;
  return mapValues(value, (inner) => repairInner(inner, repair, depth) ?? ANYTHING);
}

function repairList(value: unknown, repair: SchemaRepair, depth: number): unknown {
  if (!Array.isArray(value)) return undefined;
  const repaired = value.map((inner: unknown) => repairInner(inner, repair, depth));
  if (value.length > 0 && repaired.every((inner, at) => inner === value[at])) return value;
  const known = repaired.filter((inner) => inner !== undefined);
  return known.length > 0 ? known : undefined;
}

function repairNames(value: unknown): unknown {
  if (!Array.isArray(value)) return undefined;
  const names = new Set(value.filter((name) => typeof name === 'string'));
  return names.size === value.length ? value : [...names];
}

/** One that leads nowhere, or to another document, which a server might go and fetch, would have the whole tool refused. */
function repairReference(value: unknown, { root, origin }: SchemaRepair): unknown {
  if (typeof value !== 'string') return undefined;
  const isPointer = value === '#' || value.startsWith('#/');
  if (!isPointer) return keepIf(value, value.startsWith('#'));
  const reference = origin === '#' ? value : origin + value.slice(1);
  const target = resolvePointer(reference, root);
  if (!isObject(target) && typeof target !== 'boolean') return undefined;
  return reference === value ? value : reference;
}

/** The form of old drafts, one schema for each place: newer ones have a keyword of its own for it. */
function splitItems({ items: _, additionalItems, ...schema }: RawObject, items: unknown[]): RawObject {
  if (items.length === 0) return schema;
  return {
    prefixItems: items,
    ...(additionalItems !== undefined && { items: additionalItems }),
    ...schema,
  };
}

/** The same object unless a value changes. Entries are put together as data, so that no key can mean a prototype. */
function mapValues(source: RawObject, map: (value: unknown, key: string) => unknown): RawObject {
  const keys = Object.keys(source);
  let entries: [string, unknown][] | null = null;
  for (const [at, key] of keys.entries()) {
    const value = source[key];
    const mapped = map(value, key);
    if (mapped !== value) entries ??= keys.slice(0, at).map((earlier) => [earlier, source[earlier]]);
    if (mapped !== undefined) entries?.push([key, mapped]);
  }
  return entries === null ? source : Object.fromEntries(entries);
}
