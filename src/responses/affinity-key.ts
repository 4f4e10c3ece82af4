import type { ChatMessage, ChatRequest } from '../contracts/chat-completions.js';
import type { CreateResponseBody } from '../contracts/responses-request.js';
import { type RequestContext, tenantOf } from '../request/request-context.js';

export interface AffinityFacts {
  body: Pick<CreateResponseBody, 'prompt_cache_key'>;
  conversationId: string | null;
  chat: Pick<ChatRequest, 'messages'>;
  context: Pick<RequestContext, 'caller'>;
}

/** Of a message; the rest rarely tells two conversations apart. */
const MAX_CHARACTERS = 1_024;

/**
 * What the turns of a conversation have in common, so that they go to the model server that has their beginning in its cache: the key
 * the client gives, the conversation, or how it begins, which clients that resend their history repeat.
 */
export function affinityKeyOf({ body, conversationId, chat, context }: AffinityFacts): string {
  const key = body.prompt_cache_key ?? conversationId ?? beginningOf(chat.messages);
  return `${tenantOf(context)}\n${key}`;
}

/** Instructions and the first question. */
function beginningOf(messages: readonly ChatMessage[]): string {
  const question = messages.findIndex(({ role }) => role === 'user');
  return messages
    .slice(0, Math.max(question, 0) + 1)
    .map(textOf)
    .join('\n');
}

function textOf({ content }: ChatMessage): string {
  if (typeof content === 'string') return content.slice(0, MAX_CHARACTERS);
  const texts = (content ?? []).flatMap((part) =>
    part.type === 'text' ? [part.text.slice(0, MAX_CHARACTERS)] : [],
  );
  return texts.join('\n').slice(0, MAX_CHARACTERS);
}
