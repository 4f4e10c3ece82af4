import type { EmitSegment, Segment, SegmentStage } from './segment.js';

/**
 * Holds white space back until visible text follows, so that the blank lines models write around tool calls do not become
 * messages. Blank text that turns out to be the whole answer is passed on: nothing the model wrote is lost.
 */
export class HoldBlankText implements SegmentStage {
  private held: Extract<Segment, { kind: 'text' }>[] = [];
  private textOpen = false;
  private answered = false;

  push(segment: Segment, emit: EmitSegment): void {
    switch (segment.kind) {
      case 'text':
        this.pushText(segment, emit);
        return;
      case 'reasoning':
      case 'refusal':
      case 'call-start':
        this.textOpen = false;
        if (segment.kind !== 'reasoning') {
          this.answered = true;
          this.held = [];
        }
        emit(segment);
        return;
      case 'finish':
        if (!this.answered) this.release(emit);
        emit(segment);
        return;
      default:
        emit(segment);
    }
  }

  private pushText(segment: Extract<Segment, { kind: 'text' }>, emit: EmitSegment): void {
    if (!this.textOpen && segment.text.trim() === '') {
      this.held.push(segment);
      return;
    }
    this.textOpen = true;
    this.answered = true;
    if (this.held.length > 0) this.release(emit);
    emit(segment);
  }

  private release(emit: EmitSegment): void {
    for (const segment of this.held) emit(segment);
    this.held = [];
  }
}
