import type { ToolTextParser } from '../../tool-parsers/tool-parser.decorator.js';
import type { EmitSegment, Segment, SegmentStage } from './segment.js';

/** Puts a tool parser between the upstream's raw text and the rest of the pipeline. */
export class ParseRawText implements SegmentStage {
  constructor(private readonly parser: ToolTextParser) {}

  push(segment: Segment, emit: EmitSegment): void {
    if (segment.kind === 'text') {
      this.parser.push(segment.text).forEach(emit);
      return;
    }
    if (segment.kind === 'finish') this.parser.end(segment.reason).forEach(emit);
    emit(segment);
  }
}
