import { isObject, type RawObject } from '../contracts/raw-object.js';
import { invalidRequest } from '../errors/gateway-error.js';
import type { IdPrefix } from '../ids/id-generator.js';
import { prefixOfItem } from '../ids/prefix-of-item.js';
import type { ItemToAdd } from './conversation-store.js';
import { isUsableId } from './usable-id.js';

/**
 * Items as clients send them, in the form in which they are stored: with an id, a type, and content that is a list of parts. What is
 * of a type that is not known stays as it is. References (`{id}` alone is one too) keep the id of what they refer to.
 *
 * @param input a text of the user, or a list of items
 * @param path of `input` in the request
 * @throws GatewayError (400) whose param is the path of what is no item
 */
export function normalizeItems(
  input: unknown,
  nextId: (prefix: IdPrefix) => string,
  path = 'input',
): ItemToAdd[] {
  if (typeof input === 'string') return [normalizeItem({ role: 'user', content: input }, nextId, path)];
  if (!Array.isArray(input)) throw invalidRequest(path, 'Expected an array of items.');
  return input.map((item, index) => normalizeItem(item, nextId, `${path}[${index}]`));
}

function normalizeItem(given: unknown, nextId: (prefix: IdPrefix) => string, path: string): ItemToAdd {
  if (!isObject(given)) throw invalidRequest(path, 'Expected an object.');
  const type = typeOf(given, path);
  if (type === 'item_reference') {
    if (typeof given.id === 'string') return { item: { type, id: given.id }, isGiven: true };
    throw invalidRequest(`${path}.id`, 'Expected the id of an item.');
  }
  const isGiven = isUsableId(given.id);
  const id = isUsableId(given.id) ? given.id : nextId(prefixOfItem(type));
  // A literal that begins with a spread has a hidden class of its own each time; Object.assign takes __proto__ for a prototype.
  const item = { id, type, ...given };
  item.id = id;
  item.type = type;
  return { item: type === 'message' ? Object.assign(item, messageFields(given, path)) : item, isGiven };
}

function typeOf({ type, role, id }: RawObject, path: string): string {
  if (typeof type === 'string' && type !== '') return type;
  if (type === undefined || type === null) {
    if (role !== undefined && role !== null) return 'message';
    if (typeof id === 'string') return 'item_reference';
  }
  throw invalidRequest(`${path}.type`, 'Expected the type of an item.');
}

function messageFields({ role, content, status }: RawObject, path: string): RawObject {
  return {
    status: typeof status === 'string' ? status : 'completed',
    content: partsOf(content, role === 'assistant', `${path}.content`),
  };
}

function partsOf(content: unknown, isAnswer: boolean, path: string): unknown[] {
  if (content === undefined || content === null) return [];
  if (Array.isArray(content)) return content;
  if (typeof content !== 'string') throw invalidRequest(path, 'Expected a string or an array of parts.');
  return [
    isAnswer
      ? { type: 'output_text', text: content, annotations: [] }
      : { type: 'input_text', text: content },
  ];
}
