import type { EmitSegment, SegmentStage } from '../vocabulary/segment.js';

/** @returns the entrance of the stages, the last of which feeds `emit` */
export function joinStages(stages: readonly SegmentStage[], emit: EmitSegment): EmitSegment {
  return stages.reduceRight<EmitSegment>(
    (next, stage) => (segment) => {
      stage.pushSegment(segment, next);
    },
    emit,
  );
}
