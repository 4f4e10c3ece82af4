import type { BuiltinKind } from '../vocabulary/builtin-kind.js';
import type { ToolBinding, ToolTable } from '../vocabulary/tool-table.js';
import type { CallReader } from './call-reader.js';
import { FreeformReader } from './freeform-reader.js';
import { PatchReader } from './patch-reader.js';
import type { EmitSegment, Segment, SegmentStage } from '../vocabulary/segment.js';

type CallStart = Extract<Segment, { kind: 'call-start' }>;

/** Their arguments become an action, which the writer of the item reads: whether they are a call is known there. */
const ACTIONS: ReadonlySet<ToolBinding['kind'] | undefined> = new Set<BuiltinKind>([
  'shell',
  'local_shell',
  'computer',
  'computer_use_preview',
]);

/**
 * Gives calls back the tool the client declared: its own name and namespace, and for freeform tools and patches the plain text in
 * place of the JSON it was wrapped in.
 */
export class RaiseCalls implements SegmentStage {
  private readonly readers = new Map<number, CallReader>();
  /** Patches that do not yet say of which file: their item begins with that. */
  private readonly patches = new Map<number, { start: CallStart; reader: PatchReader }>();
  private readonly actions = new Set<number>();

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
        if (this.actions.has(segment.call) || this.readers.get(segment.call)?.isBroken) return;
        this.end(segment.call, emit);
        emit(segment);
        return;
      case 'finish':
        if (segment.reason === 'stop') this.endAll(emit);
        else this.endWhole(emit);
        for (const call of this.patches.keys()) this.announce(call, emit);
        emit(segment);
        return;
      default:
        emit(segment);
    }
  }

  private start(segment: CallStart, emit: EmitSegment): void {
    const tool = this.tools.resolve(segment.name);
    const { kind, call, patch } = segment;
    const start = tool ? { kind, call, name: tool.name, tool, patch } : segment;
    if (ACTIONS.has(tool?.kind)) this.actions.add(segment.call);
    if (tool?.kind === 'custom') this.readers.set(segment.call, new FreeformReader());
    if (tool?.kind !== 'apply_patch') {
      emit(start);
      return;
    }
    const reader = new PatchReader();
    this.readers.set(segment.call, reader);
    this.patches.set(segment.call, { start, reader });
  }

  private pushArguments(segment: Extract<Segment, { kind: 'call-arguments' }>, emit: EmitSegment): void {
    const reader = this.readers.get(segment.call);
    if (!reader) {
      emit(segment);
      return;
    }
    const text = reader.pushText(segment.text);
    if (this.patches.get(segment.call)?.reader.target) this.announce(segment.call, emit);
    if (text !== '') emit({ ...segment, text });
  }

  private announce(call: number, emit: EmitSegment): void {
    const patch = this.patches.get(call);
    if (!patch) return;
    this.patches.delete(call);
    const { start, reader } = patch;
    emit(reader.target ? { ...start, patch: reader.target } : start);
  }

  /** A call that the model broke off although it has said everything stays open. */
  private endAll(emit: EmitSegment): void {
    for (const [call, reader] of this.readers) {
      if (reader.isBroken) continue;
      this.end(call, emit);
      emit({ kind: 'call-end', call });
    }
  }

  /** Calls whose wrapper has closed are over, also when the answer was cut behind them. */
  private endWhole(emit: EmitSegment): void {
    for (const [call, reader] of this.readers) {
      if (!reader.isWhole) continue;
      this.end(call, emit);
      emit({ kind: 'call-end', call });
    }
  }

  private end(call: number, emit: EmitSegment): void {
    const reader = this.readers.get(call);
    if (!reader) return;
    this.readers.delete(call);
    const text = reader.end();
    this.announce(call, emit);
    if (text !== '') emit({ kind: 'call-arguments', call, text });
  }
}
