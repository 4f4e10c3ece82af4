import type { EmitSegment, Segment, SegmentStage } from '../vocabulary/segment.js';

/**
 * Makes the answer of reasoning that is all there is, where the request has switched thinking off: some reasoning parsers wait for a
 * close tag that then never comes. Holds reasoning back until text or a call shows that it is some.
 */
export class AnswerOfReasoning implements SegmentStage {
  private held: Segment[] | null = [];

  pushSegment(segment: Segment, emit: EmitSegment): void {
    const { held } = this;
    if (held === null || segment.kind === 'usage') {
      emit(segment);
    } else if (segment.kind === 'reasoning' || (segment.kind === 'text' && segment.text.trim() === '')) {
      held.push(segment);
    } else {
      this.held = null;
      for (const one of held) {
        const isAnswer = segment.kind === 'finish' && one.kind === 'reasoning';
        emit(isAnswer ? { kind: 'text', text: one.text } : one);
      }
      emit(segment);
    }
  }
}
