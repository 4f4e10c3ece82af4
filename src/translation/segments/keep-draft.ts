import type { EmitSegment, Segment, SegmentStage } from '../vocabulary/segment.js';

/** What cannot be taken back. Reasoning can stand before either answer. */
const SHOWN: ReadonlySet<Segment['kind']> = new Set(['text', 'refusal', 'call-start']);

/**
 * Stands behind the stages of a question that was asked in place of an answer: where it brings nothing to show, that answer is
 * given out after all.
 */
export class KeepDraft implements SegmentStage {
  private isGivenOut = false;

  constructor(private giveOut: (() => void) | null) {}

  pushSegment(segment: Segment, emit: EmitSegment): void {
    if (SHOWN.has(segment.kind)) this.giveOut = null;
    else if (segment.kind === 'finish' || segment.kind === 'failure') this.release();
    if (!this.isGivenOut || segment.kind === 'usage') emit(segment);
  }

  /** @returns whether the answer was given out */
  release(): boolean {
    const { giveOut } = this;
    if (!giveOut) return false;
    this.giveOut = null;
    this.isGivenOut = true;
    giveOut();
    return true;
  }
}
