import { isObject, type RawObject } from '../../../../contracts/raw-object.js';
import { FREEFORM_PROPERTY } from '../lower-custom-tool.js';
import { SchemaKinds } from './schema-kinds.js';
import type { SchemaRepair } from './repair-keywords.js';
import { resolvePointer } from '../../../vocabulary/resolve-pointer.js';
import { repairType } from './schema-type.js';

/** References and single alternatives that lead on to others; nobody nests them this deep on purpose. */
const MAX_STEPS = 8;
const UNIONS = ['anyOf', 'oneOf'] as const;

/**
 * Gives a schema a root that says `type: object` and has `properties`: a call's arguments are an object, and model servers and
 * chat templates read the root without looking any further.
 *
 * A reference at the root is followed and a single alternative taken; alternatives that are no object fall away beside those that
 * are. Several objects stay alternatives, their properties also shown at the root. A schema of something else becomes the one
 * property of an object.
 */
export function giveObjectRoot(schema: RawObject): SchemaRepair {
  if (isSettled(schema)) return { root: schema, origin: '#' };
  let root = schema;
  for (let step = 0; step < MAX_STEPS; step++) {
    const next = takeUnions(followReference(root));
    if (next === root) break;
    root = next;
  }
  if (isObjectRoot(root)) return { root, origin: '#' };
  const kind = new SchemaKinds(root).of(root);
  if (kind === 'other') return wrap(root);
  const { $ref: _, ...rest } = root;
  const properties = isObject(root.properties) ? root.properties : shownProperties(root);
  return { root: { ...rest, type: 'object', properties }, origin: '#' };
}

/** What nearly every tool has: nothing to look for, and nothing to make. */
function isSettled(schema: RawObject): boolean {
  return isObjectRoot(schema) && UNIONS.every((keyword) => schema[keyword] === undefined);
}

function isObjectRoot({ type, properties }: RawObject): boolean {
  return type === 'object' && isObject(properties);
}

function wrap(schema: RawObject): SchemaRepair {
  const root = { type: 'object', properties: { [FREEFORM_PROPERTY]: schema }, required: [FREEFORM_PROPERTY] };
  return { root, origin: `#/properties/${FREEFORM_PROPERTY}` };
}

function followReference(root: RawObject): RawObject {
  if (typeof root.$ref !== 'string' || isObject(root.properties)) return root;
  const { $ref, ...rest } = root;
  const target = resolvePointer($ref, root);
  return isObject(target) && target !== root ? merge(rest, target) : rest;
}

function takeUnions(root: RawObject): RawObject {
  let taken = root;
  for (const keyword of UNIONS) {
    if (Array.isArray(taken[keyword])) taken = takeUnion(taken, keyword, taken[keyword]);
  }
  const { allOf, ...rest } = taken;
  const [only, ...others] = Array.isArray(allOf) ? (allOf as unknown[]) : [];
  return isObject(only) && others.length === 0 && !isObjectRoot(root) ? merge(rest, only) : taken;
}

function takeUnion(root: RawObject, keyword: string, branches: readonly unknown[]): RawObject {
  const kinds = new SchemaKinds(root);
  const objects = branches.filter((branch) => kinds.of(branch) === 'object');
  if (objects.length === branches.length && (objects.length > 1 || isObjectRoot(root))) return root;
  const { [keyword]: _, ...rest } = root;
  if (objects.length > 1) return { ...rest, [keyword]: objects };
  if (objects.length === 1) return isObject(objects[0]) ? merge(rest, objects[0]) : rest;
  const listsObject = (rest.enum ?? rest.const) !== undefined && kinds.of(rest) === 'object';
  const saysObject =
    listsObject || isObject(root.properties) || [repairType(root.type)].flat().includes('object');
  return !saysObject && branches.some((branch) => kinds.of(branch) === 'other') ? root : rest;
}

/** What both say, as far as one schema can say it: for the same word that of the root is the last one. */
function merge(root: RawObject, inner: RawObject): RawObject {
  const merged: RawObject = { ...inner, ...root };
  if (isObject(inner.properties) && isObject(root.properties)) {
    merged.properties = { ...inner.properties, ...root.properties };
  }
  if (Array.isArray(inner.required) && Array.isArray(root.required)) {
    merged.required = [...(inner.required as unknown[]), ...(root.required as unknown[])];
  }
  return merged;
}

/** The properties of the alternatives: one that several have may be what each of them says. */
function shownProperties(root: RawObject): RawObject {
  const found = new Map<string, unknown[]>();
  const seen = new Set<unknown>();
  for (const keyword of [...UNIONS, 'allOf']) {
    for (const branch of Array.isArray(root[keyword]) ? (root[keyword] as unknown[]) : []) {
      const target =
        isObject(branch) && typeof branch.$ref === 'string' ? resolvePointer(branch.$ref, root) : branch;
      if (!isObject(target) || !isObject(target.properties) || seen.has(target)) continue;
      seen.add(target);
      for (const [name, schema] of Object.entries(target.properties)) {
        const schemas = found.get(name);
        if (schemas) schemas.push(schema);
        else found.set(name, [schema]);
      }
    }
  }
  return Object.fromEntries(
    [...found].map(([name, schemas]) => [name, schemas.length === 1 ? schemas[0] : { anyOf: schemas }]),
  );
}
