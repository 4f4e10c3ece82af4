import { isObject } from '../../contracts/raw-object.js';

const KEPT_ROLES = new Set<unknown>(['system', 'developer', 'user']);

/** A compaction stands for all that was said before it, but for instructions and for what the user has said. */
export function afterCompaction(items: readonly unknown[]): readonly unknown[] {
  const last = items.findLastIndex((item) => isObject(item) && item.type === 'compaction');
  if (last <= 0) return items;
  return items.filter((item, index) => index >= last || (isObject(item) && KEPT_ROLES.has(item.role)));
}
