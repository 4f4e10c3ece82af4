import { pick, type Random, randomInteger } from '../engine/seeded-random.js';
import { isJson, type Json } from '../server/chat-request.js';
import { numberInstance } from './number-instance.js';
import { mergeAllOf, resolveRef } from './schema-parts.js';
import { stringInstance } from './string-instance.js';

/** Below this depth only what a schema requires is made, so that recursive schemas end. */
const DEPTH_LIMIT = 5;

interface Context {
  root: Json;
  random: Random;
}

/** A value that is valid against a JSON schema, the same one for the same random numbers. */
export function schemaInstance(schema: unknown, random: Random): unknown {
  return instance(schema, { root: isJson(schema) ? schema : {}, random }, 0);
}

function instance(value: unknown, context: Context, depth: number): unknown {
  if (!isJson(value)) return 'any';
  const schema = mergeAllOf(resolveRef(value, context.root), context.root);
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
      return stringInstance(schema, context.random);
  }
}

function chooseType(schema: Json, random: Random, depth: number): string {
  const { type } = schema;
  if (typeof type === 'string') return type;
  const types = Array.isArray(type) ? type.filter((entry) => typeof entry === 'string') : [];
  if (depth > DEPTH_LIMIT && types.includes('null')) return 'null';
  const chosen = pick(random, types);
  if (chosen) return chosen;
  if (isJson(schema.properties) || Array.isArray(schema.required)) return 'object';
  if (schema.items !== undefined || Array.isArray(schema.prefixItems)) return 'array';
  return 'minimum' in schema || 'maximum' in schema ? 'number' : 'string';
}

/** Deep down the plainest option is taken: one without properties or references. */
function chooseOption(schema: Json, options: unknown[], { random, root }: Context, depth: number): unknown {
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
  const properties: Json = isJson(schema.properties) ? schema.properties : {};
  const required: unknown[] = Array.isArray(schema.required) ? schema.required : [];
  const known = Object.keys(properties).filter((name) => depth < DEPTH_LIMIT || required.includes(name));
  const further = required.filter(
    (name): name is string => typeof name === 'string' && !(name in properties),
  );
  const rest = schema.additionalProperties;
  return Object.fromEntries([
    ...known.map((name) => [name, instance(properties[name], context, depth + 1)]),
    ...further.map((name) => [name, instance(isJson(rest) ? rest : {}, context, depth + 1)]),
  ]) as Json;
}

function arrayInstance(schema: Json, context: Context, depth: number): unknown[] {
  const prefix: unknown[] = Array.isArray(schema.prefixItems) ? schema.prefixItems : [];
  const minimum = typeof schema.minItems === 'number' ? schema.minItems : 0;
  const maximum = typeof schema.maxItems === 'number' ? schema.maxItems : Math.max(minimum, 2);
  const wanted =
    depth < DEPTH_LIMIT ? randomInteger(context.random, Math.min(1, maximum), Math.min(maximum, 2)) : 0;
  const size = Math.max(minimum, wanted, schema.items === false ? 0 : Math.min(prefix.length, maximum));
  const items: unknown[] = [];
  // Uniqueness may need several attempts; a schema with too few values gets what there is.
  for (let tries = 0; items.length < size && tries < size * 20; tries += 1) {
    const item = instance(prefix[items.length] ?? schema.items ?? {}, context, depth + 1);
    const repeated = items.some((other) => JSON.stringify(other) === JSON.stringify(item));
    if (!repeated || schema.uniqueItems !== true) items.push(item);
  }
  return items;
}
