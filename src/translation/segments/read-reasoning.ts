import type { ResponseUsage } from '../../contracts/responses-api.js';
import type { ReasoningTextParser } from '../../reasoning-parsers/reasoning-parser.decorator.js';
import type { EmitSegment, FinishReason, Segment, SegmentStage } from '../vocabulary/segment.js';
import { TextHold } from './text-hold.js';

/**
 * Puts a reasoning parser between the upstream's text and the rest of the pipeline. Where the upstream tells reasoning apart
 * itself, its text is left alone. A server that does not cannot count the tokens of reasoning either: they get the share of the
 * output that their characters have.
 */
export class ReadReasoning implements SegmentStage {
  private readonly hold = new TextHold();
  private usage: ResponseUsage | null = null;
  private characters = 0;
  private thoughtCharacters = 0;

  constructor(private parser: ReasoningTextParser | null) {}

  pushSegment(segment: Segment, emit: EmitSegment): void {
    const { parser } = this;
    if ('text' in segment) this.characters += segment.text.length;
    if (parser !== null && segment.kind === 'text') {
      this.passOn(segment, parser.pushText(segment.text), emit);
      if (parser.isOver) this.parser = null;
      return;
    }
    if (segment.kind === 'usage') {
      this.usage = segment.usage;
      emit({ ...segment, usage: this.withReasoning(segment.usage) });
      return;
    }
    if (segment.kind === 'finish') {
      this.leave(segment.reason, emit);
      this.countAgain(emit);
    } else if (segment.kind === 'reasoning' || segment.kind === 'call-start') this.leave('stop', emit);
    emit(segment);
  }

  private leave(reason: FinishReason, emit: EmitSegment): void {
    if (this.parser) this.passOn(null, this.parser.end(reason), emit);
    this.parser = null;
  }

  private passOn(
    segment: Extract<Segment, { kind: 'text' }> | null,
    found: readonly Segment[],
    emit: EmitSegment,
  ): void {
    let isThought = false;
    for (const one of found) {
      if (one.kind !== 'reasoning') continue;
      this.thoughtCharacters += one.text.length;
      isThought = true;
    }
    // Text that follows may end the answer.
    if (isThought) this.countAgain(emit);
    this.hold.passOn(segment, found, emit);
  }

  /** The counts of an answer that comes whole are there before its text was read. */
  private countAgain(emit: EmitSegment): void {
    if (this.usage === null || this.thoughtCharacters === 0) return;
    emit({ kind: 'usage', usage: this.withReasoning(this.usage) });
  }

  private withReasoning(usage: ResponseUsage): ResponseUsage {
    if (this.thoughtCharacters === 0 || usage.output_tokens_details.reasoning_tokens > 0) return usage;
    const { output_tokens: output } = usage;
    const share = Math.max(1, Math.round((output * this.thoughtCharacters) / this.characters));
    return { ...usage, output_tokens_details: { reasoning_tokens: Math.min(output, share) } };
  }
}
