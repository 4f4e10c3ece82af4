import type { ChatContentPart } from '../../contracts/chat-completions.js';
import type { UserMessageItem, UserMessagePart } from '../../contracts/compaction-api.js';
import { type ContentReading, parseContent } from '../request/parse-content.js';
import type { MediaPolicy } from '../request/media/media-policy.js';
import { isObject, type RawObject } from '../../contracts/raw-object.js';

/**
 * The user's messages out of an input, as items in one form whatever form they came in. They survive a compaction as they
 * are: a summary may lose what was asked for, the messages themselves do not.
 */
export function keepUserMessages(
  input: unknown,
  nextId: () => string,
  media: MediaPolicy,
): UserMessageItem[] {
  const reading = { media, ignored: new Set<string>() };
  if (typeof input === 'string') return asItem({ content: input }, 'input', nextId, reading);
  if (!Array.isArray(input)) return [];
  return input.flatMap((item: unknown, index) =>
    isUserMessage(item) ? asItem(item, `input[${index}]`, nextId, reading) : [],
  );
}

function isUserMessage(item: unknown): item is RawObject {
  return isObject(item) && (item.type ?? 'message') === 'message' && item.role === 'user';
}

function asItem(
  item: RawObject,
  path: string,
  nextId: () => string,
  reading: ContentReading,
): UserMessageItem[] {
  const content = parseContent(item.content, `${path}.content`, reading).map(asPart);
  if (content.length === 0) return [];
  const id = typeof item.id === 'string' && item.id !== '' ? item.id : nextId();
  return [{ type: 'message', id, status: 'completed', role: 'user', content }];
}

function asPart(part: ChatContentPart): UserMessagePart {
  if (part.type === 'text') return { type: 'input_text', text: part.text };
  if (part.type !== 'image_url') return part;
  const { url, detail } = part.image_url;
  return { type: 'input_image', image_url: url, detail: detail ?? 'auto' };
}
