import type { ChatLogprob } from '../../contracts/chat-completions.js';
import type { Logprob, TopLogprob } from '../../contracts/responses-api.js';

/** Logprobs in the Responses form: bytes always a list, alternatives always there. */
export function readLogprobs(content: readonly ChatLogprob[]): Logprob[] {
  return content.map((entry) => ({
    ...readEntry(entry),
    top_logprobs: (entry.top_logprobs ?? []).map(readEntry),
  }));
}

function readEntry({ token, logprob, bytes }: ChatLogprob): TopLogprob {
  // Bytes that are no whole character some servers write as half a pair.
  return { token: token.toWellFormed(), logprob, bytes: bytes ?? [...new TextEncoder().encode(token)] };
}
