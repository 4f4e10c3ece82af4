import type { ToolTextParser } from '../../tool-parsers/tool-parser.decorator.js';
import type { EmitSegment, Segment, SegmentStage } from '../vocabulary/segment.js';
import { TextHold } from './text-hold.js';

type CallSegment = Extract<Segment, { call: number }>;

/**
 * Puts a tool parser between the upstream's text and the rest of the pipeline. Calls that the upstream has read itself are let
 * through, numbered along with those of the parser.
 */
export class ParseRawText implements SegmentStage {
  private readonly hold = new TextHold();
  /** The numbers of the server's calls, and of the parser's, among all of them. */
  private readonly numbers = { upstream: new Map<number, number>(), parser: new Map<number, number>() };
  private count = 0;
  private readonly unfinished = new Set<number>();

  /** @param warn gets told of text that looked like a call and could not be read */
  constructor(
    private readonly parser: ToolTextParser,
    private readonly warn: (warning: string) => void = () => undefined,
  ) {}

  pushSegment(segment: Segment, emit: EmitSegment): void {
    switch (segment.kind) {
      case 'text':
        this.hold.passOn(segment, this.parser.pushText(segment.text), this.follow(emit));
        return;
      case 'finish':
        this.hold.passOn(null, this.parser.end(segment.reason), this.follow(emit));
        if (this.parser.malformed) this.warn('malformed_tool_call');
        // A call that breaks off although the model has said everything must not pass for a whole one.
        emit(
          segment.reason === 'stop' && this.unfinished.size > 0
            ? { ...segment, reason: 'malformed_call' }
            : segment,
        );
        return;
      case 'call-start':
      case 'call-arguments':
      case 'call-end':
        emit(this.renumber(segment, 'upstream'));
        return;
      default:
        emit(segment);
    }
  }

  private follow(emit: EmitSegment): EmitSegment {
    return (segment) => {
      if (!('call' in segment)) {
        emit(segment);
        return;
      }
      const call = this.renumber(segment, 'parser');
      if (call.kind === 'call-start') this.unfinished.add(call.call);
      if (call.kind === 'call-end') this.unfinished.delete(call.call);
      emit(call);
    };
  }

  private renumber(segment: CallSegment, source: 'upstream' | 'parser'): CallSegment {
    const numbers = this.numbers[source];
    const call = numbers.get(segment.call) ?? this.count++;
    numbers.set(segment.call, call);
    return call === segment.call ? segment : { ...segment, call };
  }
}
