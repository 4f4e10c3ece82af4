import type { ChatContentPart } from '../../../contracts/chat-completions.js';
import { isObject, type RawObject } from '../../../contracts/raw-object.js';
import { parseContent } from '../parse-content.js';
import type { InputReading } from './input-reading.js';
import { addCall } from './parse-calls.js';
import { FAILED, NOT_KEPT } from './parse-hosted-item.js';

/** Ids of the approval requests whose calls an input has, carried out. */
export function listCarriedOut(input: readonly unknown[]): ReadonlySet<unknown> {
  const ids = input
    .filter(isObject)
    .filter(({ type, approval_request_id: id }) => type === 'mcp_call' && typeof id === 'string')
    .map(({ approval_request_id: id }) => id);
  return new Set(ids);
}

/**
 * Reads an item of a tool that a gateway has run. A request for approval, what the client said to it and the call that came of it are
 * one call to the model. What is odd in them is passed over, as in all history.
 *
 * @param carriedOut see {@link listCarriedOut}; asked for where the client has allowed something
 * @returns false when the type is another one, or the item does not tell enough
 */
export function parseMcpItem(
  item: RawObject,
  type: string,
  path: string,
  reading: InputReading,
  carriedOut: () => ReadonlySet<unknown>,
): boolean {
  switch (type) {
    case 'mcp_list_tools':
      return typeof item.server_label === 'string' && reading.tools.hasServer(item.server_label);
    case 'mcp_approval_request':
      return typeof item.id === 'string' && addNamedCall(item, item.id, reading);
    case 'mcp_approval_response':
      return addDecision(item, reading, carriedOut);
    case 'mcp_call':
      return addMcpCall(item, path, reading);
    default:
      return false;
  }
}

function addMcpCall(item: RawObject, path: string, reading: InputReading): boolean {
  // Of a hosted tool's call, which has an item of its own for the client, it has the id of that.
  const { approval_request_id: approvalId, id, call_id: shownId = id } = item;
  const isAllowed = typeof approvalId === 'string' && reading.messages.isWaitingFor(approvalId);
  const callId = isAllowed ? approvalId : shownId;
  if (typeof callId !== 'string' || (!isAllowed && !addNamedCall(item, callId, reading))) return false;
  const result = resultOf(item, path, reading);
  if (result) reading.messages.addToolOutput(callId, result);
  return true;
}

function addNamedCall(item: RawObject, id: string, reading: InputReading): boolean {
  const { name, server_label: label, arguments: given = {} } = item;
  if (typeof name !== 'string' || name === '') return false;
  if (!isObject(given) && typeof given !== 'string') return false;
  addCall(
    { id, name, namespace: typeof label === 'string' && label !== '' ? label : null },
    typeof given === 'string' ? given : JSON.stringify(given),
    reading,
  );
  return true;
}

function addDecision(
  item: RawObject,
  { messages }: InputReading,
  carriedOut: () => ReadonlySet<unknown>,
): boolean {
  const { approval_request_id: id, approve, reason } = item;
  if (typeof id !== 'string') return false;
  if (approve === true && messages.isWaitingFor(id) && carriedOut().has(id)) return true;
  const decision =
    approve === true
      ? 'The user allowed this call, but it was not carried out.'
      : 'The user refused this call.';
  const text = typeof reason === 'string' && reason !== '' ? `${decision} ${reason}` : decision;
  messages.addToolOutput(id, [{ type: 'text', text }]);
  return true;
}

/** @returns null where it was not carried out */
function resultOf(item: RawObject, path: string, reading: InputReading): ChatContentPart[] | null {
  const { error, output, status } = item;
  if (error !== undefined && error !== null && error !== '') {
    return [{ type: 'text', text: `Error: ${describeError(error)}` }];
  }
  if (output !== undefined && output !== null) {
    const content = isObject(output) ? JSON.stringify(output) : output;
    return parseContent(
      typeof content === 'string' || Array.isArray(content) ? content : JSON.stringify(content),
      `${path}.output`,
      { ...reading, leavesNotes: true },
    );
  }
  if (status === 'failed') return [{ type: 'text', text: FAILED }];
  return status === 'completed' ? [{ type: 'text', text: NOT_KEPT }] : null;
}

/** What a person would be told. */
function describeError(error: unknown): string {
  if (typeof error === 'string') return error;
  if (!isObject(error)) return JSON.stringify(error);
  if (typeof error.message === 'string' && error.message !== '') return error.message;
  const texts = Array.isArray(error.content)
    ? error.content.filter(isObject).flatMap(({ text }) => (typeof text === 'string' ? [text] : []))
    : [];
  return texts.length > 0 ? texts.join('\n') : JSON.stringify(error);
}
