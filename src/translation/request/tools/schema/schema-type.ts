const TYPES: ReadonlySet<unknown> = new Set([
  'object',
  'string',
  'number',
  'integer',
  'boolean',
  'array',
  'null',
]);

/** What the types are called where a schema was made of a Python signature. */
const OTHER_NAMES: Readonly<Record<string, string>> = {
  dict: 'object',
  str: 'string',
  float: 'number',
  int: 'integer',
  bool: 'boolean',
  list: 'array',
  tuple: 'array',
};

/** The name of a type as JSON schema knows it, from how others write it (`STRING`, `str`); undefined: it is none. */
export function typeName(value: unknown): string | undefined {
  if (TYPES.has(value)) return value as string;
  if (typeof value !== 'string') return undefined;
  const name = value.toLowerCase();
  if (TYPES.has(name)) return name;
  return Object.hasOwn(OTHER_NAMES, name) ? OTHER_NAMES[name] : undefined;
}

/** The value of `type` with only what JSON schema knows; the same value where nothing is wrong, undefined where nothing is left. */
export function repairType(value: unknown): unknown {
  if (!Array.isArray(value)) return typeName(value);
  const names = value.map((entry) => (entry === null ? 'null' : typeName(entry)));
  const isGood = names.every((name, at) => name === value[at] && names.indexOf(name) === at);
  if (isGood && names.length > 0) return value;
  const known = [...new Set(names)].filter((name) => name !== undefined);
  return known.length > 0 ? known : undefined;
}
