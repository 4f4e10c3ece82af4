import type { Logprob } from '../../contracts/responses-api.js';

interface Token {
  /** In characters of the text. */
  length: number;
  /** Null where it is not known what the text was made of. */
  entry: Logprob | null;
}

/** The log probabilities of a text that is shown later than it comes, and in other pieces. */
export class TokenQueue {
  private tokens: Token[] = [];
  /** Characters of the first token that are gone. */
  private spent = 0;
  private isSpoiled = false;

  add(text: string, entries: readonly Logprob[] = []): void {
    const isKnown = entries.map(({ token }) => token).join('') === text;
    if (isKnown) this.tokens.push(...entries.map((entry) => ({ length: entry.token.length, entry })));
    else this.tokens.push({ length: text.length, entry: null });
  }

  /** @returns the tokens of that many characters which are shown whole, each with its last character */
  show(length: number): Logprob[] {
    return this.advance(length, false);
  }

  /** That many characters are not shown: their tokens would tell them. */
  drop(length: number): void {
    this.advance(length, true);
  }

  private advance(length: number, isDropped: boolean): Logprob[] {
    const found: Logprob[] = [];
    let left = length;
    for (let first = this.tokens[0]; first && left > 0; first = this.tokens[0]) {
      this.isSpoiled ||= isDropped;
      const taken = Math.min(left, first.length - this.spent);
      left -= taken;
      this.spent += taken;
      if (this.spent < first.length) break;
      if (first.entry && !this.isSpoiled) found.push(first.entry);
      this.tokens.shift();
      this.spent = 0;
      this.isSpoiled = false;
    }
    return found;
  }
}
