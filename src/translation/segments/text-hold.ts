import type { EmitSegment, Segment } from './segment.js';

type TextSegment = Extract<Segment, { kind: 'text' }>;

/** Keeps what went into a parser until something comes out: text that comes out as it went in keeps its log probabilities. */
export class TextHold {
  private given: TextSegment[] = [];

  /** @param found what the parser has made of `segment` and of what was held before */
  passOn(segment: TextSegment | null, found: readonly Segment[], emit: EmitSegment): void {
    if (segment) this.given.push(segment);
    if (found.length === 0) return;
    const [only] = found;
    const isSame = found.length === 1 && only?.kind === 'text' && only.text === this.text;
    (isSame ? this.given : found).forEach(emit);
    this.given = [];
  }

  private get text(): string {
    return this.given.map(({ text }) => text).join('');
  }
}
