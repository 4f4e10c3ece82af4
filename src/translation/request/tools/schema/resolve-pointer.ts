import { isObject, type RawObject } from '../../read-field.js';

/** What a `$ref` into the same document stands for; undefined where it leads nowhere, or out of the document. */
export function resolvePointer(reference: string, root: RawObject): unknown {
  if (reference !== '#' && !reference.startsWith('#/')) return undefined;
  let node: unknown = root;
  for (const part of reference.split('/').slice(1)) {
    const name = decode(part).replaceAll('~1', '/').replaceAll('~0', '~');
    if (!(isObject(node) || Array.isArray(node)) || !Object.hasOwn(node, name)) return undefined;
    node = (node as RawObject)[name];
  }
  return node;
}

function decode(part: string): string {
  if (!part.includes('%')) return part;
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}
