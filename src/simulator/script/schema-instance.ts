import { asJson, asList, isJson, type Json } from '../chat-request.js';
import { numberInstance, stringInstance } from './scalar-instance.js';
import { Budget, mergeAllOf, resolveRef } from './schema-parts.js';
import { pick, type Random, randomInteger } from './seeded-random.js';

/** Below this depth only what a schema requires is made, so that recursive schemas end. */
const DEPTH_LIMIT = 5;
/** A schema that requires itself has no valid instance: there it ends all the same. */
const MAX_DEPTH = 64;
const STEPS = 30_000;

interface Context {
  root: Json;
  random: Random;
  budget: Budget;
}

/**
 * A value that is valid against a JSON schema, the same one for the same random numbers. Of a schema that asks for too much only a
 * part is made.
 */
export function schemaInstance(schema: unknown, random: Random): unknown {
  return instance(schema, { root: asJson(schema), random, budget: new Budget(STEPS) }, 0);
}

function instance(value: unknown, context: Context, depth: number): unknown {
  if (!isJson(value)) return 'any';
  const { budget } = context;
  if (budget.isSpent || depth > MAX_DEPTH) return null;
  const resolved = resolveRef(value, context.root);
  budget.spend(1 + Object.keys(resolved).length);
  const schema = mergeAllOf(resolved, context.root, budget);
  if ('const' in schema) return schema.const;
  if (Array.isArray(schema.enum)) return pick(context.random, schema.enum as unknown[]);
  const options = schema.anyOf ?? schema.oneOf;
  if (Array.isArray(options))
    return instance(chooseOption(schema, options, context, depth), context, depth + 1);
  switch (chooseType(schema, context.random, depth)) {
    case 'object':
      return objectInstance(schema, context, depth);
    case 'array':
      return arrayInstance(schema, context, depth);
    case 'integer':
      return numberInstance(schema, context.random, true);
    case 'number':
      return numberInstance(schema, context.random, false);
    case 'boolean':
      return context.random() < 0.5;
    case 'null':
      return null;
    default:
      return stringInstance(schema, context.random, budget);
  }
}

function chooseType(schema: Json, random: Random, depth: number): string {
  const { type } = schema;
  if (typeof type === 'string') return type;
  const types = asList(type).filter((entry) => typeof entry === 'string');
  if (depth > DEPTH_LIMIT && types.includes('null')) return 'null';
  const chosen = pick(random, types);
  if (chosen) return chosen;
  if (isJson(schema.properties) || Array.isArray(schema.required)) return 'object';
  if (schema.items !== undefined || Array.isArray(schema.prefixItems)) return 'array';
  return 'minimum' in schema || 'maximum' in schema ? 'number' : 'string';
}

/** Deep down the plainest option is taken: one without properties or references. */
function chooseOption(
  schema: Json,
  options: unknown[],
  { random, root, budget }: Context,
  depth: number,
): unknown {
  budget.spend(options.length);
  const plain = options.filter(
    (option) => isJson(option) && !('$ref' in option) && !('properties' in option),
  );
  const rest = Object.fromEntries(
    Object.entries(schema).filter(([key]) => key !== 'anyOf' && key !== 'oneOf'),
  );
  const chosen = pick(random, depth > DEPTH_LIMIT && plain.length > 0 ? plain : options);
  return isJson(chosen) ? { ...rest, ...resolveRef(chosen, root) } : rest;
}

function objectInstance(schema: Json, context: Context, depth: number): Json {
  const properties = asJson(schema.properties);
  const needed = new Set(asList(schema.required));
  const rest = asJson(schema.additionalProperties);
  const made: [string, unknown][] = [];
  const add = (name: string, value: unknown): void => {
    if (context.budget.isSpent) return;
    context.budget.spend();
    made.push([name, instance(value, context, depth + 1)]);
  };
  for (const name in properties) {
    if (context.budget.isSpent) break;
    if (depth < DEPTH_LIMIT || needed.has(name)) add(name, properties[name]);
  }
  for (const name of needed) {
    if (typeof name === 'string' && !Object.hasOwn(properties, name)) add(name, rest);
  }
  return Object.fromEntries(made);
}

function arrayInstance(schema: Json, context: Context, depth: number): unknown[] {
  const prefix = asList(schema.prefixItems);
  const minimum = typeof schema.minItems === 'number' ? schema.minItems : 0;
  const maximum = typeof schema.maxItems === 'number' ? schema.maxItems : Math.max(minimum, 2);
  const wanted =
    depth < DEPTH_LIMIT ? randomInteger(context.random, Math.min(1, maximum), Math.min(maximum, 2)) : 0;
  const size = Math.max(minimum, wanted, schema.items === false ? 0 : Math.min(prefix.length, maximum));
  const items: unknown[] = [];
  const seen = new Set<string>();
  // Uniqueness may need several attempts; a schema with too few values gets what there is.
  for (
    let tries = 0;
    items.length < size && tries < size * 20 && !context.budget.isSpent && depth < MAX_DEPTH;
    tries += 1
  ) {
    const item = instance(prefix[items.length] ?? schema.items ?? {}, context, depth + 1);
    context.budget.spend();
    if (schema.uniqueItems === true) {
      const text = JSON.stringify(item);
      context.budget.spend(text.length);
      if (seen.has(text)) continue;
      seen.add(text);
    }
    items.push(item);
  }
  return items;
}
