import { type ChatCompletion, choiceOf } from '../contracts/chat-completions.js';

/**
 * Characters of a chunk that stay in memory until the answer is whole: its texts; all of it where there is more than text, such as
 * logprobs, lists of parts, or the beginning of a call.
 */
export function measureChunk(chunk: ChatCompletion | null, length: number): number {
  const choice = chunk ? choiceOf(chunk) : undefined;
  const delta = choice?.delta ?? choice?.message;
  if (!choice || !delta) return 0;
  if (choice.logprobs) return length;
  const texts: unknown[] = [delta.content, delta.reasoning_content, delta.reasoning, delta.refusal];
  if (Array.isArray(delta.tool_calls)) {
    for (const call of delta.tool_calls) {
      if (call?.id || call?.function?.name) return length;
      texts.push(call?.function?.arguments);
    }
  }
  let size = 0;
  for (const text of texts) {
    if (typeof text === 'string') size += text.length;
    else if (text) return length;
  }
  return size;
}
