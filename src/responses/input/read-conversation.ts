import { isObject } from '../../contracts/raw-object.js';
import { invalidRequest } from '../../errors/gateway-error.js';

/** @returns the id in `conversation`, which is a text or `{ id }`; null where none is given */
export function readConversationId(conversation: unknown): string | null {
  if (conversation === undefined || conversation === null || conversation === '') return null;
  const id: unknown = isObject(conversation) ? conversation.id : conversation;
  if (typeof id === 'string') return id;
  throw invalidRequest('conversation', "Expected the id of a conversation, or { id: '…' }.");
}
