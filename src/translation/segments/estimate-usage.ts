import type { ResponseUsage } from '../../contracts/responses-api.js';
import { buildUsage } from './read-usage.js';
import type { Segment } from '../vocabulary/segment.js';

/** Characters of a token, where all that is known is a text. */
const CHARACTERS_PER_TOKEN = 4;

/**
 * Knows the usage of an answer that is ended before the upstream has told it: it is counted by its pieces, of which most servers
 * make one a token.
 */
export class UsageEstimate {
  /** Whether the upstream has told it. */
  isCounted = false;
  private pieces = 0;
  private thoughts = 0;
  private characters = 0;

  /** @param countInput estimates the tokens of the request */
  constructor(private readonly countInput: () => number) {}

  count(segment: Segment): void {
    if (segment.kind === 'usage') this.isCounted = true;
    else if ('text' in segment) {
      this.pieces++;
      if (segment.kind === 'reasoning') this.thoughts++;
      this.characters += segment.text.length;
    }
  }

  read(): ResponseUsage {
    const output = Math.max(this.pieces, Math.ceil(this.characters / CHARACTERS_PER_TOKEN));
    const reasoning = this.pieces === 0 ? 0 : Math.round((output * this.thoughts) / this.pieces);
    return buildUsage({ input: this.countInput(), output, reasoning });
  }
}
