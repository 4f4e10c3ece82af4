import type { ChatToolCallDelta } from '../../contracts/chat-completions.js';
import type { EmitSegment } from '../vocabulary/segment.js';
import { TrackedCall } from './tracked-call.js';

/**
 * Follows the calls of one answer through their deltas. Servers leave out indices, repeat ids, names and arguments, cut names into
 * pieces, or reuse an index for the next call: a call is told from the next by its index, then by its id, then by what it would
 * become with what has come.
 */
export class ToolCallTracker {
  private readonly byIndex = new Map<number, TrackedCall>();
  private readonly byId = new Map<string, TrackedCall>();
  private readonly calls: TrackedCall[] = [];
  /** Those that have a name, which may go on. */
  private named: TrackedCall[] = [];
  private started = 0;
  private lists = 0;

  /** @param isTool whether a tool of that name is offered */
  constructor(private readonly isTool: (name: string) => boolean = () => false) {}

  pushDeltas(deltas: readonly (ChatToolCallDelta | null)[], emit: EmitSegment): void {
    this.lists++;
    deltas.forEach((delta, position) => {
      if (delta) this.pushOne(delta, deltas.length > 1 ? position : null, emit);
    });
  }

  /** Begins the calls whose names are whole, since something else follows. */
  announce(emit: EmitSegment): void {
    if (this.named.length === 0) return;
    for (const call of this.named) this.begin(call, emit);
    this.named = [];
  }

  /** The answer is over. */
  end(emit: EmitSegment): void {
    this.announce(emit);
    for (const call of this.calls) call.end(emit);
  }

  /** Whether the server has begun a call and never said of what. */
  get hasNameless(): boolean {
    return this.calls.some((call) => !call.isStarted && call.isMeant);
  }

  private pushOne(delta: ChatToolCallDelta, position: number | null, emit: EmitSegment): void {
    const name = nameOf(delta);
    const text = argumentsText(delta.function?.arguments);
    const call = this.find(delta, { name, text, position }, emit);
    if (name !== '' && !call.isStarted && call.addName(name) === 1) this.named.push(call);
    if (this.named.length > 0 && (text !== '' || call.hasArguments)) this.announce(emit);
    if (text !== '') call.addArguments(text, emit);
  }

  private begin(call: TrackedCall, emit: EmitSegment): void {
    call.start(this.started++, this.isTool, emit);
  }

  private find(delta: ChatToolCallDelta, { name, text, position }: Fragment, emit: EmitSegment): TrackedCall {
    const id = delta.id || null;
    const place = delta.index ?? position;
    const placed = place === null ? undefined : this.byIndex.get(place);
    if (placed && id === null && name === '') {
      // Nearly every delta: more arguments of a call that is known.
      placed.list = this.lists;
      return placed;
    }
    const known = placed ?? this.guess(delta.index ?? null, id, { name, position });
    const call = known?.isOver(id, name, text) === false ? known : this.open(id, emit);
    if (place !== null) this.byIndex.set(place, call);
    else call.isPlaced = false;
    if (id !== null && call.id === null) call.id = id;
    if (id !== null) this.byId.set(id, call);
    call.list = this.lists;
    return call;
  }

  /** The call that is meant where its index is missing or new. */
  private guess(
    index: number | null,
    id: string | null,
    { name, position }: Omit<Fragment, 'text'>,
  ): TrackedCall | undefined {
    const last = this.calls.at(-1);
    if (index !== null) return last?.isPlaced === false ? last : undefined;
    const same = id === null ? undefined : this.byId.get(id);
    // Entries of one list that have a name each are calls each: TGI gives all of them the id 0.
    if (same?.list === this.lists && name !== '') return undefined;
    return same ?? (position === null ? last : undefined);
  }

  private open(id: string | null, emit: EmitSegment): TrackedCall {
    // Calls begin in the order in which they came, also those that have no arguments yet.
    this.announce(emit);
    const call = new TrackedCall(id);
    this.calls.push(call);
    return call;
  }
}

interface Fragment {
  name: string;
  text: string;
  /** Where it stands among several of one delta. */
  position: number | null;
}

function nameOf(delta: ChatToolCallDelta): string {
  const name: unknown = delta.function?.name;
  return typeof name === 'string' ? name.trim() : '';
}

function argumentsText(value: string | Record<string, unknown> | null | undefined): string {
  if (value === null || value === undefined) return '';
  return typeof value === 'string' ? value : JSON.stringify(value);
}
