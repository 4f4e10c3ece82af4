import type { ChatToolCallDelta } from '../../contracts/chat-completions.js';
import type { EmitSegment } from './segment.js';

interface TrackedCall {
  call: number;
  id: string | null;
  /** Arguments that came before the name. */
  early: string;
  started: boolean;
}

/**
 * Follows the calls of one answer through their deltas. Servers leave out indices, repeat ids and names in every delta,
 * or reuse an index for the next call: a call is told from the next by its index, then by its id.
 */
export class ToolCallTracker {
  private readonly byIndex = new Map<number, TrackedCall>();
  private last: TrackedCall | null = null;
  private started = 0;

  push(deltas: readonly ChatToolCallDelta[], emit: EmitSegment): void {
    deltas.forEach((delta, position) => {
      this.pushOne(delta, deltas.length > 1 ? position : null, emit);
    });
  }

  private pushOne(delta: ChatToolCallDelta, position: number | null, emit: EmitSegment): void {
    const name = delta.function?.name;
    const tracked = this.find(delta, position);
    if (typeof name === 'string' && name !== '' && !tracked.started) {
      tracked.started = true;
      tracked.call = this.started++;
      emit({ kind: 'call-start', call: tracked.call, name });
      if (tracked.early !== '') emit({ kind: 'call-arguments', call: tracked.call, text: tracked.early });
    }
    const text = argumentsText(delta.function?.arguments);
    if (text === '') return;
    if (tracked.started) emit({ kind: 'call-arguments', call: tracked.call, text });
    else tracked.early += text;
  }

  private find(delta: ChatToolCallDelta, position: number | null): TrackedCall {
    const id = delta.id || null;
    const index = delta.index ?? position;
    const known = index === null ? this.last : this.byIndex.get(index);
    const isNext = known?.id && id !== null && id !== known.id;
    if (known && !isNext) {
      known.id ??= id;
      return known;
    }
    const tracked: TrackedCall = { call: -1, id, early: '', started: false };
    if (index !== null) this.byIndex.set(index, tracked);
    this.last = tracked;
    return tracked;
  }
}

function argumentsText(value: string | Record<string, unknown> | null | undefined): string {
  if (value === null || value === undefined) return '';
  return typeof value === 'string' ? value : JSON.stringify(value);
}
