import type { ChatLogprob } from '../../contracts/chat-completions.js';
import type { Logprob, TopLogprob } from '../../contracts/responses-api.js';
import { LogprobMatcher } from './match-logprobs.js';

/** What servers write for a token that cannot come, which JSON has no number for. */
const NEVER = -9999;

/** Logprobs in the Responses form: bytes always a list, alternatives always there. */
export function readLogprobs(content: readonly ChatLogprob[]): Logprob[] {
  return content.map((entry) => ({
    ...readEntry(entry),
    top_logprobs: (entry.top_logprobs ?? []).map(readEntry),
  }));
}

/**
 * Keeps to each text of an answer the logprobs of its own tokens. Servers list all tokens of a whole answer, also those of reasoning,
 * tags and calls; in a stream those of a text that they held back for a while come ahead of it.
 */
export class LogprobReader {
  private waiting: Logprob[] = [];

  /**
   * @param content the tokens that came
   * @param reasoning what came ahead of the text
   * @param hasCalls whether calls came behind it
   * @returns the tokens of the text
   */
  read(content: readonly ChatLogprob[], text: string, reasoning: string, hasCalls: boolean): Logprob[] {
    const current = readLogprobs(content);
    const entries = this.waiting.length > 0 ? [...this.waiting, ...current] : current;
    this.waiting = text === '' && reasoning === '' && !hasCalls ? entries : [];
    if (text === '' || isExactly(entries, text)) return entries;
    const matcher = new LogprobMatcher(entries);
    if (reasoning !== '') matcher.next(reasoning);
    return matcher.next(text) ?? (reasoning === '' && !hasCalls ? current : []);
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
