import type { ReasoningTextParser } from '../../reasoning-parsers/reasoning-parser.decorator.js';
import type { EmitSegment, FinishReason, Segment, SegmentStage } from './segment.js';
import { TextHold } from './text-hold.js';

/**
 * Puts a reasoning parser between the upstream's text and the rest of the pipeline. Where the upstream tells reasoning apart
 * itself, its text is left alone.
 */
export class ReadReasoning implements SegmentStage {
  private readonly hold = new TextHold();

  constructor(private parser: ReasoningTextParser | null) {}

  push(segment: Segment, emit: EmitSegment): void {
    const { parser } = this;
    if (parser !== null && segment.kind === 'text') {
      this.hold.passOn(segment, parser.push(segment.text), emit);
      if (parser.isOver) this.parser = null;
      return;
    }
    if (segment.kind === 'finish') this.leave(segment.reason, emit);
    if (segment.kind === 'reasoning' || segment.kind === 'call-start') this.leave('stop', emit);
    emit(segment);
  }

  private leave(reason: FinishReason, emit: EmitSegment): void {
    if (this.parser) this.hold.passOn(null, this.parser.end(reason), emit);
    this.parser = null;
  }
}
