import type { ConversationObject } from '../contracts/state-api.js';
import { GatewayError } from '../errors/gateway-error.js';
import type { StoredConversation } from '../state/conversation-store.js';
import { shownId } from '../state/usable-id.js';

export function showConversation({ id, createdAt, metadata }: StoredConversation): ConversationObject {
  return { id, object: 'conversation', created_at: createdAt, metadata };
}

export function itemNotFound(id: string): GatewayError {
  return new GatewayError('not_found', { message: `Item with id '${shownId(id)}' not found.` });
}
