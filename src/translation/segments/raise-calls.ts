import type { ToolTable } from '../vocabulary/tool-table.js';
import { FreeformReader } from './freeform-reader.js';
import type { EmitSegment, Segment, SegmentStage } from '../vocabulary/segment.js';

/**
 * Gives calls back the tool the client declared: its own name and namespace, and for freeform tools the plain input in place
 * of the JSON it was wrapped in.
 */
export class RaiseCalls implements SegmentStage {
  private readonly freeform = new Map<number, FreeformReader>();

  constructor(private readonly tools: ToolTable) {}

  pushSegment(segment: Segment, emit: EmitSegment): void {
    switch (segment.kind) {
      case 'call-start':
        this.endWhole(emit);
        this.start(segment, emit);
        return;
      case 'call-arguments':
        this.pushArguments(segment, emit);
        return;
      case 'call-end':
        this.end(segment.call, emit);
        emit(segment);
        return;
      case 'finish':
        if (segment.reason === 'stop') this.endAll(emit);
        else this.endWhole(emit);
        emit(segment);
        return;
      default:
        emit(segment);
    }
  }

  private start(segment: Extract<Segment, { kind: 'call-start' }>, emit: EmitSegment): void {
    const tool = this.tools.resolve(segment.name);
    if (tool?.kind === 'custom') this.freeform.set(segment.call, new FreeformReader());
    emit(tool ? { ...segment, name: tool.name, tool } : segment);
  }

  private pushArguments(segment: Extract<Segment, { kind: 'call-arguments' }>, emit: EmitSegment): void {
    const reader = this.freeform.get(segment.call);
    if (!reader) {
      emit(segment);
      return;
    }
    const text = reader.pushText(segment.text);
    if (text !== '') emit({ ...segment, text });
  }

  /** A call that the model broke off although it has said everything stays open. */
  private endAll(emit: EmitSegment): void {
    for (const [call, reader] of this.freeform) {
      if (reader.isBroken) continue;
      this.end(call, emit);
      emit({ kind: 'call-end', call });
    }
  }

  /** Calls whose wrapper has closed are over, also when the answer was cut behind them. */
  private endWhole(emit: EmitSegment): void {
    for (const [call, reader] of this.freeform) {
      if (!reader.isWhole) continue;
      this.end(call, emit);
      emit({ kind: 'call-end', call });
    }
  }

  private end(call: number, emit: EmitSegment): void {
    const reader = this.freeform.get(call);
    if (!reader) return;
    this.freeform.delete(call);
    const text = reader.end();
    if (text !== '') emit({ kind: 'call-arguments', call, text });
  }
}
