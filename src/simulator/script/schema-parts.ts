import { isJson, type Json } from '../chat-request.js';

/** Of allOf within allOf: one that refers to itself has no end. */
const MAX_NESTED = 32;
const MAX_REF = 500;

/** What one made-up value may cost: schemas are callers' programs, and the simulator runs where the gateway does. */
export class Budget {
  constructor(private left: number) {}

  get isSpent(): boolean {
    return this.left <= 0;
  }

  spend(steps = 1): void {
    this.left -= steps;
  }
}

/** The schema a local `$ref` leads to, with what stands beside the reference. */
export function resolveRef(schema: Json, root: Json): Json {
  let current = schema;
  for (let hops = 0; hops < 16 && typeof current.$ref === 'string'; hops += 1) {
    const { $ref: ref, ...beside } = current;
    current = { ...follow(ref, root), ...beside };
  }
  return current;
}

function follow(ref: string, root: Json): Json {
  if (ref.length > MAX_REF) return {};
  const path = ref.replace(/^#\/?/, '').split('/').filter(Boolean);
  const target = path.reduce<unknown>(
    (value, key) =>
      isJson(value) ? value[decodeURIComponent(key).replace(/~1/g, '/').replace(/~0/g, '~')] : undefined,
    root,
  );
  return isJson(target) ? target : {};
}

/** A schema with its allOf parts folded in: properties and required are united, the rest is overwritten. */
export function mergeAllOf(schema: Json, root: Json, budget: Budget): Json {
  const { allOf, ...merged } = schema;
  if (!Array.isArray(allOf)) return schema;
  const properties: Json = { ...(isJson(schema.properties) && schema.properties) };
  const required = Array.isArray(schema.required) ? [...(schema.required as unknown[])] : [];
  fold(allOf, { root, budget, merged, properties, required }, 0);
  return { ...merged, properties, required };
}

interface Fold {
  root: Json;
  budget: Budget;
  merged: Json;
  properties: Json;
  required: unknown[];
}

function fold(parts: unknown[], into: Fold, depth: number): void {
  for (const part of parts) {
    if (into.budget.isSpent || depth > MAX_NESTED) return;
    if (!isJson(part)) continue;
    const { allOf, properties, required, ...rest } = resolveRef(part, into.root);
    into.budget.spend(1 + Object.keys(rest).length);
    Object.assign(into.merged, rest);
    if (isJson(properties)) {
      into.budget.spend(Object.keys(properties).length);
      Object.assign(into.properties, properties);
    }
    if (Array.isArray(required)) {
      into.budget.spend(required.length);
      for (const name of required) into.required.push(name);
    }
    if (Array.isArray(allOf)) fold(allOf, into, depth + 1);
  }
}
