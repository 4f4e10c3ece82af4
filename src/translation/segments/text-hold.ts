import { LogprobMatcher } from './match-logprobs.js';
import type { EmitSegment, Segment } from '../vocabulary/segment.js';

type TextSegment = Extract<Segment, { kind: 'text' }>;

const NOTHING: LogprobMatcher['rest'] = { entries: [], at: 0, used: 0 };

/** Keeps what went into a parser until something comes out: each text that comes out gets the log probabilities of its tokens. */
export class TextHold {
  private given: TextSegment[] = [];
  /** Tokens of what the parser still holds although something came out. */
  private rest = NOTHING;

  /** @param found what the parser has made of `segment` and of what was held before */
  passOn(segment: TextSegment | null, found: readonly Segment[], emit: EmitSegment): void {
    const { given } = this;
    if (found.length > 0 && given.length === 0 && !segment?.logprobs && this.rest.entries.length === 0) {
      // Nearly every text: there is nothing to be matched.
      for (const one of found) emit(one);
      return;
    }
    if (segment) given.push(segment);
    if (found.length === 0) return;
    this.given = [];
    const [only] = found;
    const isSame = found.length === 1 && only?.kind === 'text' && only.text === joined(given);
    (isSame && this.rest.entries.length === 0 ? given : this.withLogprobs(found, given)).forEach(emit);
  }

  private withLogprobs(found: readonly Segment[], given: readonly TextSegment[]): readonly Segment[] {
    const entries = [...this.rest.entries];
    for (const { logprobs } of given) if (logprobs) entries.push(...logprobs);
    if (entries.length === 0) return found;
    const matcher = new LogprobMatcher(entries, this.rest.at, this.rest.used);
    const filled = found.map((segment) => matcher.fill(segment));
    // Which tokens a call was made of cannot be told: a text behind it must not be looked for among them.
    this.rest = found.some((segment) => 'call' in segment) ? NOTHING : matcher.rest;
    return filled;
  }
}

function joined(given: readonly TextSegment[]): string {
  const [first] = given;
  return first && given.length === 1 ? first.text : given.map(({ text }) => text).join('');
}
