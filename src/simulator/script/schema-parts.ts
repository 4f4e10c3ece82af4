import { isJson, type Json } from '../server/chat-request.js';

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
  const path = ref.replace(/^#\/?/, '').split('/').filter(Boolean);
  const target = path.reduce<unknown>(
    (value, key) =>
      isJson(value) ? value[decodeURIComponent(key).replace(/~1/g, '/').replace(/~0/g, '~')] : undefined,
    root,
  );
  return isJson(target) ? target : {};
}

/** A schema with its allOf parts folded in: properties and required are united, the rest is overwritten. */
export function mergeAllOf(schema: Json, root: Json): Json {
  const { allOf, ...rest } = schema;
  if (!Array.isArray(allOf)) return schema;
  return allOf.filter(isJson).reduce<Json>((merged, part) => {
    const next = mergeAllOf(resolveRef(part, root), root);
    return {
      ...merged,
      ...next,
      properties: { ...object(merged.properties), ...object(next.properties) },
      required: [...array(merged.required), ...array(next.required)],
    };
  }, rest);
}

const object = (value: unknown): Json => (isJson(value) ? value : {});
const array = (value: unknown): unknown[] => (Array.isArray(value) ? value : []);
