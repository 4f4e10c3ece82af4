import { matchLogprobs } from './match-logprobs.js';
import type { EmitSegment, Segment } from './segment.js';

type TextSegment = Extract<Segment, { kind: 'text' }>;

/** Keeps what went into a parser until something comes out: each text that comes out gets the log probabilities of its tokens. */
export class TextHold {
  private given: TextSegment[] = [];

  /** @param found what the parser has made of `segment` and of what was held before */
  passOn(segment: TextSegment | null, found: readonly Segment[], emit: EmitSegment): void {
    if (segment) this.given.push(segment);
    if (found.length === 0) return;
    const [only] = found;
    const isSame = found.length === 1 && only?.kind === 'text' && only.text === this.text;
    (isSame ? this.given : this.withLogprobs(found)).forEach(emit);
    this.given = [];
  }

  private get text(): string {
    return this.given.map(({ text }) => text).join('');
  }

  private withLogprobs(found: readonly Segment[]): readonly Segment[] {
    const given = this.given.flatMap(({ logprobs = [] }) => logprobs);
    return given.length > 0 ? matchLogprobs(found, given) : found;
  }
}
