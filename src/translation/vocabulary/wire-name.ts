import { hashText } from '../../contracts/hash-text.js';

const MAX_LENGTH = 64;
const HASH_LENGTH = 8;
const NOT_ALLOWED = /[^\w-]/g;

/**
 * The function name that stands for a tool upstream: the tool's own where it has no namespace, else `<namespace>__<name>`,
 * cut to 64 characters with a hash and numbered where it is taken. The same tools give the same names in every turn.
 */
export function wireName(
  { name, namespace }: { name: string; namespace: string | null },
  isTaken: (name: string) => boolean,
): string {
  const full = namespace === null ? name : `${namespace}__${name}`.replace(NOT_ALLOWED, '_');
  const base = namespace === null || full.length <= MAX_LENGTH ? full : shorten(full);
  if (!isTaken(base)) return base;
  for (let number = 2; ; number++) {
    const suffix = `_${number}`;
    const candidate = `${base.slice(0, MAX_LENGTH - suffix.length)}${suffix}`;
    if (!isTaken(candidate)) return candidate;
  }
}

function shorten(name: string): string {
  const hash = hashText(name).toString(16).padStart(HASH_LENGTH, '0');
  return `${name.slice(0, MAX_LENGTH - HASH_LENGTH - 1)}_${hash}`;
}
