import { isObject, type RawObject } from '../../contracts/raw-object.js';
import { pairCalls } from '../request/pair-calls.js';

const KEPT_ROLES = new Set<unknown>(['system', 'developer', 'user']);

/**
 * A compaction stands for all that was said before it, but for instructions, for what the user has said, and for calls whose output
 * comes behind it.
 *
 * @param isReadable whether there is a summary in a compaction: one without stands for nothing
 * @returns whether the model is shown the item of that place
 */
export function afterCompaction(
  items: readonly unknown[],
  isReadable: (compaction: RawObject, index: number) => boolean,
): (index: number) => boolean {
  const last = items.findLastIndex(
    (item, index) => isObject(item) && item.type === 'compaction' && isReadable(item, index),
  );
  if (last <= 0) return () => true;
  const partners = pairCalls(items);
  return (index) => {
    const item = items[index];
    const isKept = isObject(item) && KEPT_ROLES.has(item.role);
    return index >= last || isKept || (partners.get(index) ?? -1) > last;
  };
}
