import type { Logprob } from '../../contracts/responses-api.js';
import type { Segment } from './segment.js';

/**
 * Gives each text its tokens among all those of an answer.
 *
 * @param otherwise for texts that are not found among the tokens
 */
export function matchLogprobs(
  segments: readonly Segment[],
  entries: readonly Logprob[],
  otherwise: Logprob[] = [],
): Segment[] {
  const matcher = new LogprobMatcher(entries);
  return segments.map((segment) => {
    const found = 'text' in segment ? matcher.next(segment.text) : null;
    return segment.kind === 'text' ? { ...segment, logprobs: found ?? otherwise } : segment;
  });
}

/**
 * Looks for the tokens of texts. Tokens are compared by their bytes, since one may be a part of a character,
 * and texts are looked for in their order, preferably where a token begins.
 */
class LogprobMatcher {
  private readonly bytes: Buffer;
  /** Where each token begins, and where the last one ends. */
  private readonly starts: number[] = [0];
  private at = 0;
  private used = 0;

  constructor(private readonly entries: readonly Logprob[]) {
    const bytes: number[] = [];
    for (const entry of entries) {
      for (const byte of entry.bytes) bytes.push(byte);
      this.starts.push(bytes.length);
    }
    this.bytes = Buffer.from(bytes);
  }

  /** @returns the tokens of the next such text, or null where it is not there */
  next(text: string): Logprob[] | null {
    const wanted = Buffer.from(text);
    const from = this.find(wanted);
    if (from < 0) return null;
    this.at = from + wanted.length;
    const found: Logprob[] = [];
    for (let token = Math.max(this.used, this.tokenAt(from)); this.startOf(token) < this.at; token++) {
      const entry = this.entries[token];
      if (entry && this.startOf(token + 1) > from) found.push(entry);
      this.used = token + 1;
    }
    return found;
  }

  private find(wanted: Buffer): number {
    const first = this.bytes.indexOf(wanted, this.at);
    for (let from = first; from >= 0; from = this.bytes.indexOf(wanted, from + 1)) {
      if (this.startOf(this.tokenAt(from)) === from) return from;
    }
    return first;
  }

  /** The token that the byte belongs to. */
  private tokenAt(byte: number): number {
    let low = 0;
    let high = this.entries.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.startOf(middle + 1) <= byte) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  private startOf(token: number): number {
    return this.starts[token] ?? Infinity;
  }
}
