import { isObject, type RawObject } from '../../contracts/raw-object.js';

/** Of a reference. Longer ones would only be taken apart, at each place they stand, to find nothing. */
const MAX_CHARACTERS = 4_096;

/** What a `$ref` into the same document stands for; undefined where it leads nowhere, or out of the document. */
export function resolvePointer(reference: string, root: unknown): unknown {
  if ((reference !== '#' && !reference.startsWith('#/')) || reference.length > MAX_CHARACTERS)
    return undefined;
  let node = root;
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
