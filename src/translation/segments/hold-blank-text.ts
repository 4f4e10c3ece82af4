import type { EmitSegment, Segment, SegmentStage } from '../vocabulary/segment.js';

/**
 * Holds white space back until visible text follows, so that the blank lines models write around tool calls do not become
 * messages. Blank text that turns out to be the whole answer is passed on: nothing the model wrote is lost. An answer that stops
 * with no more than that is `empty`: mostly the server could not read a call and has swallowed it.
 */
export class HoldBlankText implements SegmentStage {
  private held: Extract<Segment, { kind: 'text' }>[] = [];
  private textOpen = false;
  private answered = false;

  /** @param warn receives a warning for an empty answer; null: the request itself may be the reason */
  constructor(private readonly warn: ((warning: string) => void) | null) {}

  pushSegment(segment: Segment, emit: EmitSegment): void {
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
        this.finish(segment, emit);
        return;
      default:
        emit(segment);
    }
  }

  private finish(segment: Extract<Segment, { kind: 'finish' }>, emit: EmitSegment): void {
    if (!this.answered) this.release(emit);
    const isEmpty = !this.answered && segment.reason === 'stop' && !segment.cut && this.warn !== null;
    if (isEmpty) this.warn('empty_answer');
    emit(isEmpty ? { ...segment, reason: 'empty' } : segment);
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
