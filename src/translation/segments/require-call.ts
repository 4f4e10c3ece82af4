import type { EmitSegment, Segment, SegmentStage } from '../vocabulary/segment.js';

/**
 * Holds an answer back until a call begins, where the request demands one: most servers do not enforce it. An answer that ends
 * without a call waits for what another question brings, where one may be asked, else it is passed on as incomplete.
 */
export class RequireCall implements SegmentStage {
  private held: Segment[] | null = [];

  /** @param askAgain whether the turn is asked once more; then nothing of this answer is shown, unless `giveOut` is called */
  constructor(private readonly askAgain: (giveOut: () => void) => boolean) {}

  pushSegment(segment: Segment, emit: EmitSegment): void {
    if (this.held === null || segment.kind === 'usage' || segment.kind === 'failure') {
      emit(segment);
    } else if (segment.kind === 'call-start') {
      this.release(emit);
      emit(segment);
    } else if (segment.kind !== 'finish') {
      this.held.push(segment);
    } else {
      const giveOut = (): void => {
        this.release(emit);
        emit(segment.reason === 'stop' ? { ...segment, reason: 'no_required_call' } : segment);
      };
      if (segment.reason !== 'stop' || !this.askAgain(giveOut)) giveOut();
    }
  }

  private release(emit: EmitSegment): void {
    for (const segment of this.held ?? []) emit(segment);
    this.held = null;
  }
}
