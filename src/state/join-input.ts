import { isObject, type RawObject } from '../contracts/raw-object.js';
import { invalidRequest } from '../errors/gateway-error.js';
import { referredItemNotFound } from './not-found.js';
import { isSameItem } from './same-item.js';
import { shownId } from './usable-id.js';

/** The input of a request behind everything that was said before. */
export interface JoinedInput {
  /** What the model is shown. */
  items: readonly unknown[];
  /** How many of the items were there before. */
  kept: number;
  /** For each item behind them its place in the input that the client has sent. */
  places: readonly number[];
  /** Those items as the client has sent them, where it may have referred to others. */
  own: readonly unknown[];
}

const OUTPUT_TYPES = new Set([
  'function_call_output',
  'custom_tool_call_output',
  'tool_search_output',
  'shell_call_output',
  'local_shell_call_output',
  'apply_patch_call_output',
  'computer_call_output',
]);
const CALL_TYPES = new Set([
  'function_call',
  'custom_tool_call',
  'tool_search_call',
  'shell_call',
  'local_shell_call',
  'apply_patch_call',
  'computer_call',
]);
const INDEX = /^input\[(\d+)\]/;

/** @throws GatewayError for what is no input at all */
export function toItems(input: unknown): readonly unknown[] {
  if (input === undefined || input === null || input === '') return [];
  if (typeof input === 'string') return [{ type: 'message', role: 'user', content: input }];
  if (Array.isArray(input)) return input;
  throw invalidRequest('input', `Expected a string or an array of items, got ${typeof input}.`);
}

/** The id that an item refers to; undefined where it is the item itself. */
export function referredId(item: unknown): string | undefined {
  if (!isObject(item) || typeof item.id !== 'string') return undefined;
  const { type, role, id } = item;
  if (type === 'item_reference') return id;
  return (type === undefined || type === null) && (role === undefined || role === null) ? id : undefined;
}

/** The id of a call that comes back without its output: the Agents SDK leaves it out, as OpenAI has it by the id. */
export function shortenedId(item: unknown): string | undefined {
  if (!isObject(item) || item.type !== 'mcp_call' || typeof item.id !== 'string') return undefined;
  return item.status === 'completed' && item.output === undefined ? item.id : undefined;
}

/**
 * Joins the input of a request with what it continues. What it repeats of that is left out.
 *
 * @param kept what stands before it
 * @param continues whether the input continues something: then an output needs its call
 * @param found the items that the input refers to or has shortened, by their ids
 * @param advice for whoever refers to an item that is not found, a sentence
 * @throws GatewayError when an item that is referred to is not found, one has the id of another, or an output answers no call
 */
export function joinInput(
  kept: readonly unknown[],
  input: unknown,
  {
    continues,
    found,
    advice,
  }: { continues: boolean; found: ReadonlyMap<string, RawObject>; advice?: string },
): JoinedInput {
  const known = byId(kept);
  const items: unknown[] = [];
  const own: unknown[] = [];
  const places: number[] = [];
  toItems(input).forEach((item, index) => {
    const id = referredId(item);
    const whole = wholeOf(shortenedId(item), known, found);
    const meant = id === undefined ? (whole ?? item) : (known.get(id) ?? found.get(id));
    if (meant === undefined) throw referredItemNotFound(id ?? '', 'input', index, advice);
    if (repeats(meant, known)) return;
    items.push(meant);
    own.push(whole ? { type: 'item_reference', id: whole.id } : item);
    places.push(index);
  });
  const joined = { items: [...kept, ...items], kept: kept.length, places, own };
  if (continues) requireCalls(joined);
  return joined;
}

/** A path within the joined input as a path within the input the client has sent. */
export function toOwnPath(param: string, { kept, places }: Pick<JoinedInput, 'kept' | 'places'>): string {
  return param.replace(INDEX, (path, index: string) => {
    const own = places[Number(index) - kept];
    return own === undefined ? 'previous_response_id' : path.replace(index, String(own));
  });
}

function wholeOf(id: string | undefined, ...kept: ReadonlyMap<string, RawObject>[]): RawObject | undefined {
  const item = id === undefined ? undefined : kept.map((items) => items.get(id)).find(Boolean);
  return item?.type === 'mcp_call' ? item : undefined;
}

function byId(items: readonly unknown[]): Map<string, RawObject> {
  const known = new Map<string, RawObject>();
  for (const item of items) if (isObject(item) && typeof item.id === 'string') known.set(item.id, item);
  return known;
}

/** @throws GatewayError where the id stands for something else */
function repeats(item: unknown, known: ReadonlyMap<string, RawObject>): boolean {
  if (!isObject(item) || typeof item.id !== 'string') return false;
  const before = known.get(item.id);
  if (!before) return false;
  if (isSameItem(before, item)) return true;
  throw invalidRequest(
    'input',
    `Duplicate item found with id ${shownId(item.id)}. Remove duplicate items from your input and try again.`,
  );
}

/** All that was said is at hand, so an output without its call can only be a mistake. */
function requireCalls({ items, kept, places }: JoinedInput): void {
  const calls = new Set<unknown>();
  for (const [index, item] of items.entries()) {
    const { type, id, call_id: callId } = isObject(item) ? item : {};
    if (typeof type !== 'string') continue;
    if (CALL_TYPES.has(type)) calls.add(callId ?? id);
    if (index < kept || !OUTPUT_TYPES.has(type) || typeof callId !== 'string' || calls.has(callId)) continue;
    throw invalidRequest(
      `input[${places[index - kept]}].call_id`,
      `No tool call found for the output with call_id '${callId}'.`,
    );
  }
}
