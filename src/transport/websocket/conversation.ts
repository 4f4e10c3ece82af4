import type { OutputItem, ResponseObject } from '../../contracts/responses-api.js';
import { GatewayError, invalidRequest } from '../../errors/gateway-error.js';

/** What a connection keeps of its newest response: enough to continue it, whether it was to be stored or not. */
export interface Conversation {
  /** Id of that response. */
  id: string;
  /** Everything that was said: inputs and outputs in order. */
  items: readonly unknown[];
  /** About the size of the items, in characters of JSON. */
  size: number;
}

/** The input of a turn behind everything that was said before. */
export interface Joined {
  items: readonly unknown[];
  /** How many of the items were there before. */
  kept: number;
  size: number;
}

const OUTPUT_TYPES = new Set(['function_call_output', 'custom_tool_call_output', 'tool_search_output']);
const CALL_TYPES = new Set(['function_call', 'custom_tool_call', 'tool_search_call']);
const INDEX = /^input\[(\d+)\]/;

/**
 * Joins the input of a turn with the conversation it continues.
 *
 * @param kept what the connection holds
 * @param previousId id of the response to continue; undefined: the turn begins a conversation
 * @param maxSize of the whole conversation; beyond it a POST with all of it would be refused too
 * @throws GatewayError when that response is not held, its conversation is full, or an output answers no call
 */
export function joinInput(
  kept: Conversation | null,
  previousId: string | undefined,
  input: unknown,
  maxSize: number,
): Joined {
  const own = toItems(input);
  const ownSize = sizeOf(own);
  if (previousId === undefined) return { items: own, kept: 0, size: ownSize };
  if (kept?.id !== previousId) {
    throw new GatewayError('previous_response_not_found', {
      param: 'previous_response_id',
      message: `Previous response with id '${previousId}' not found.`,
    });
  }
  const joined = { items: [...kept.items, ...own], kept: kept.items.length, size: kept.size + ownSize };
  if (joined.size > maxSize) {
    throw new GatewayError('request_too_large', {
      param: 'previous_response_id',
      message: 'The conversation is too large to continue.',
    });
  }
  requireCalls(joined);
  return joined;
}

/** What there is to keep once a turn was answered. */
export function remember({ items, size }: Joined, { id, output }: ResponseObject): Conversation {
  return { id, items: [...items, ...output], size: size + sizeOf(output) };
}

/** A path within the joined input as a path within the input the client has sent. */
export function toOwnPath(param: string, { kept }: Pick<Joined, 'kept'>): string {
  return param.replace(INDEX, (path, index: string) => {
    const own = Number(index) - kept;
    return own < 0 ? 'previous_response_id' : path.replace(index, String(own));
  });
}

function toItems(input: unknown): readonly unknown[] {
  if (input === undefined || input === null) return [];
  if (typeof input === 'string') return [{ type: 'message', role: 'user', content: input }];
  if (Array.isArray(input)) return input;
  throw invalidRequest('input', `Expected a string or an array of items, got ${typeof input}.`);
}

/** All that was said is at hand, so an output without its call can only be a mistake. */
function requireCalls({ items, kept }: Joined): void {
  const calls = new Set<unknown>();
  for (const [index, item] of items.entries()) {
    const { type, id, call_id: callId } = fieldsOf(item);
    if (typeof type !== 'string') continue;
    if (CALL_TYPES.has(type)) calls.add(callId ?? id);
    if (index < kept || !OUTPUT_TYPES.has(type) || typeof callId !== 'string' || calls.has(callId)) continue;
    throw invalidRequest(
      `input[${index - kept}].call_id`,
      `No tool call found for the output with call_id '${callId}'.`,
    );
  }
}

function fieldsOf(item: unknown): { type?: unknown; id?: unknown; call_id?: unknown } {
  return typeof item === 'object' && item !== null ? item : {};
}

function sizeOf(items: readonly unknown[] | readonly OutputItem[]): number {
  return JSON.stringify(items).length;
}
