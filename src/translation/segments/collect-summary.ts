import { GatewayError } from '../../errors/gateway-error.js';
import type { EmitSegment, Segment, SegmentStage } from '../vocabulary/segment.js';

/**
 * Makes one compaction of the answer to a compaction turn. It comes whole or not at all: clients replace their history by it,
 * so a summary that was cut off must not look like one.
 *
 * The text is the summary. Where there is none, the reasoning is: behind some reasoning parsers an answer that never closed its
 * thinking arrives as nothing else.
 */
export class CollectSummary implements SegmentStage {
  private text = '';
  private reasoning = '';

  /** @param seal makes the text that only the gateway can read again */
  constructor(private readonly seal: (summary: string) => string) {}

  pushSegment(segment: Segment, emit: EmitSegment): void {
    switch (segment.kind) {
      case 'text':
        this.text += segment.text;
        return;
      case 'reasoning':
        this.reasoning += segment.text;
        return;
      case 'refusal':
      case 'call-start':
      case 'call-arguments':
      case 'call-end':
        return;
      case 'finish':
        this.finish(segment, emit);
        return;
      default:
        emit(segment);
    }
  }

  private finish(segment: Extract<Segment, { kind: 'finish' }>, emit: EmitSegment): void {
    const summary = this.text.trim() || this.reasoning.trim();
    if (segment.reason === 'stop' && summary === '') {
      emit({
        kind: 'failure',
        error: new GatewayError('upstream_error', { message: 'The model did not write a summary.' }),
      });
      return;
    }
    if (segment.reason === 'stop') emit({ kind: 'compaction', content: this.seal(summary) });
    emit(segment);
  }
}
