import type { Random } from '../engine/seeded-random.js';
import { isJson, type Json } from '../server/chat-request.js';
import { schemaInstance } from './schema-instance.js';

/** The arguments that were given, and made-up values for the required ones that were not. */
export function fillArguments(given: Json, schema: Json, random: Random): Json {
  const required: unknown[] = Array.isArray(schema.required) ? schema.required : [];
  const missing = required.filter((name) => typeof name === 'string' && !(name in given));
  if (missing.length === 0) return given;
  const instance = schemaInstance(schema, random);
  if (!isJson(instance)) return given;
  const isMissing = (name: string) => missing.includes(name);
  return { ...Object.fromEntries(Object.entries(instance).filter(([name]) => isMissing(name))), ...given };
}
