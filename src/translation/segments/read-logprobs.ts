import type { ChatLogprob } from '../../contracts/chat-completions.js';
import type { Logprob, TopLogprob } from '../../contracts/responses-api.js';
import { matchLogprobs } from './match-logprobs.js';
import type { Segment } from '../vocabulary/segment.js';

/** What servers write for a token that cannot come, which JSON has no number for. */
const NEVER = -9999;

/** Logprobs in the Responses form: bytes always a list, alternatives always there. */
export function readLogprobs(content: readonly ChatLogprob[]): Logprob[] {
  return content.filter(isToken).map((entry) => ({
    ...readEntry(entry),
    top_logprobs: (entry.top_logprobs ?? []).filter(isToken).map(readEntry),
  }));
}

function isToken(entry: ChatLogprob | null): boolean {
  return typeof entry?.token === 'string';
}

/**
 * Keeps to each text of an answer the logprobs of its own tokens. Servers list all tokens of a whole answer, also those of reasoning,
 * tags and calls; in a stream those of a text that they held back for a while come ahead of it.
 */
export class LogprobReader {
  private waiting: Logprob[] = [];

  /**
   * @param content the tokens that came
   * @param texts what they came with, in its order
   * @param hasCalls whether calls came behind the texts
   * @returns the same, with the tokens of each text
   */
  attach(content: readonly ChatLogprob[], texts: readonly Segment[], hasCalls: boolean): readonly Segment[] {
    const current = readLogprobs(content);
    const entries = this.waiting.length > 0 ? [...this.waiting, ...current] : current;
    this.waiting = texts.length === 0 && !hasCalls ? entries : [];
    const [only] = texts;
    const isAll = texts.length === 1 && only?.kind === 'text' && isExactly(entries, only.text);
    if (isAll) return [{ ...only, logprobs: entries }];
    return matchLogprobs(texts, entries, texts.length === 1 && !hasCalls ? current : []);
  }
}

function isExactly(entries: readonly Logprob[], text: string): boolean {
  return entries.map(({ token }) => token).join('') === text;
}

function readEntry({ token, logprob, bytes }: ChatLogprob): TopLogprob {
  return {
    // Bytes that are no whole character some servers write as half a pair.
    token: token.toWellFormed(),
    logprob: typeof logprob === 'number' ? logprob : NEVER,
    bytes: Array.isArray(bytes) ? bytes : [...new TextEncoder().encode(token)],
  };
}
