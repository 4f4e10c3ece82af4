import { isObject, type RawObject } from '../contracts/raw-object.js';

/** What an item says, apart from what clients leave out or add when they send it back. */
const CONTENTS = new Map([
  ['function_call', ['call_id', 'name', 'arguments']],
  ['custom_tool_call', ['call_id', 'name', 'input']],
  ['shell_call', ['call_id', 'action']],
  ['local_shell_call', ['call_id', 'action']],
  ['apply_patch_call', ['call_id', 'operation']],
  ['computer_call', ['call_id', 'action', 'actions']],
  ['function_call_output', ['call_id', 'output']],
  ['custom_tool_call_output', ['call_id', 'output']],
]);
/** Of these the record is what counts: clients have them shortened, or sealed anew. */
const KEPT_TYPES = new Set(['reasoning', 'compaction']);

/** Whether two items of one id are the same. */
export function isSameItem(one: RawObject, other: RawObject): boolean {
  const type = typeOf(one);
  if (type !== typeOf(other)) return false;
  if (KEPT_TYPES.has(type)) return true;
  if (type === 'message') return one.role === other.role && textOf(one.content) === textOf(other.content);
  const fields = CONTENTS.get(type);
  if (fields) return fields.every((field) => isEqual(one[field], other[field]));
  return isEqual({ ...one, status: null }, { ...other, status: null });
}

function typeOf({ type, role }: RawObject): string {
  if (typeof type === 'string') return type;
  return role === undefined ? '' : 'message';
}

/** The texts of a message, and all of those of its parts that are none. */
function textOf(content: unknown): string {
  if (typeof content === 'string') return content;
  if (!Array.isArray(content)) return '';
  return content
    .map((part: unknown) => {
      if (!isObject(part)) return '';
      const text = part.text ?? part.refusal;
      return typeof text === 'string' ? text : JSON.stringify(part);
    })
    .join('');
}

/** Deep; what is null or absent is the same. */
function isEqual(one: unknown, other: unknown): boolean {
  if (Array.isArray(one) && Array.isArray(other)) {
    return one.length === other.length && one.every((value, index) => isEqual(value, other[index]));
  }
  if (!isObject(one) || !isObject(other)) return (one ?? null) === (other ?? null);
  return [...new Set([...Object.keys(one), ...Object.keys(other)])].every((key) =>
    isEqual(one[key], other[key]),
  );
}
