import type { Logprob } from '../../contracts/responses-api.js';
import type { Segment } from '../vocabulary/segment.js';

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
  return segments.map((segment) => matcher.fill(segment, otherwise));
}

/**
 * Looks for the tokens of texts. Tokens are compared by their bytes, since one may be a part of a character,
 * and texts are looked for in their order, preferably where a token begins.
 */
export class LogprobMatcher {
  private readonly bytes: Buffer;
  /** Where each token begins, and where the last one ends. */
  private readonly starts: number[] = [0];

  /**
   * @param at byte from which on texts are looked for
   * @param used tokens that have gone with a text already
   */
  constructor(
    private readonly entries: readonly Logprob[],
    private at = 0,
    private used = 0,
  ) {
    const bytes: number[] = [];
    for (const entry of entries) {
      for (const byte of entry.bytes) bytes.push(byte);
      this.starts.push(bytes.length);
    }
    this.bytes = Buffer.from(bytes);
  }

  /** @returns the segment that comes next; a text has its tokens */
  fill(segment: Segment, otherwise: Logprob[] = []): Segment {
    const found = 'text' in segment ? this.next(segment.text) : null;
    return segment.kind === 'text' ? { ...segment, logprobs: found ?? otherwise } : segment;
  }

  /** @returns the tokens of the next such text, or null where it is not there */
  private next(text: string): Logprob[] | null {
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

  /** What goes on behind the last text: for one that comes later, with the token that it may share with the last. */
  get rest(): { entries: readonly Logprob[]; at: number; used: number } {
    const first = this.tokenAt(this.at);
    return {
      entries: this.entries.slice(first),
      at: this.at - this.startOf(first),
      used: Math.max(0, this.used - first),
    };
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
