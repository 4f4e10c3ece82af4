import { joinStages } from '../segments/join-stages.js';
import { UsageEstimate } from '../segments/estimate-usage.js';
import type { EmitSegment, SegmentStage } from '../vocabulary/segment.js';

export interface GuardedStagesOptions {
  /** Takes what the last stage lets through. */
  emit: EmitSegment;
  /** Whether the answer has ended: then the stages see nothing more. */
  isEnded: () => boolean;
  /** Gets what a stage throws. */
  fail: (error: unknown) => void;
  /** Estimates the tokens of the request. */
  countInput: () => number;
}

/** Has the stages of deployers at work on one answer. A stage may end it on its own, before its usage is known. */
export function guardStages(stages: readonly SegmentStage[], options: GuardedStagesOptions): EmitSegment {
  const { emit, isEnded, fail, countInput } = options;
  const usage = new UsageEstimate(countInput);
  const entrance = joinStages(stages, (segment) => {
    if (segment.kind === 'finish' && segment.cut && !usage.isCounted) {
      emit({ kind: 'usage', usage: usage.read() });
    }
    emit(segment);
  });
  return (segment) => {
    if (isEnded()) return;
    usage.count(segment);
    try {
      entrance(segment);
    } catch (error) {
      fail(error);
    }
  };
}
