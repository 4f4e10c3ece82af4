import type { EmitSegment, Segment, SegmentStage } from '../vocabulary/segment.js';

/**
 * Lets through only the calls the request allows: the first one where parallel calls are off, and only tools of the
 * allowed set. Calls keep dense numbers; a call that is held back leaves no trace.
 */
export class LimitCalls implements SegmentStage {
  private readonly passed = new Map<number, number>();

  constructor(
    private readonly parallel: boolean,
    private readonly allowed: ReadonlySet<string> | null,
  ) {}

  pushSegment(segment: Segment, emit: EmitSegment): void {
    switch (segment.kind) {
      case 'call-start': {
        if (this.allowed && !this.allowed.has(segment.tool?.wireName ?? segment.name)) return;
        if (!this.parallel && this.passed.size > 0) return;
        const call = this.passed.size;
        this.passed.set(segment.call, call);
        emit({ ...segment, call });
        return;
      }
      case 'call-arguments':
      case 'call-end': {
        const call = this.passed.get(segment.call);
        if (call !== undefined) emit({ ...segment, call });
        return;
      }
      default:
        emit(segment);
    }
  }
}
