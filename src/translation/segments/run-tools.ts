import { readCallArguments } from '../read-json-object.js';
import type { DeferredTool } from '../tool-search/deferred-tool.js';
import { readQuery, searchTools } from '../tool-search/search-tools.js';
import { isRunHere, type ToolBinding } from '../vocabulary/tool-table.js';
import type { EmitSegment, Segment, SegmentStage } from '../vocabulary/segment.js';

/** A call that the gateway is to run. */
export interface RunnableCall {
  /** Its number in the answer. */
  call: number;
  tool: ToolBinding;
  /** JSON text, as the model wrote it. */
  arguments: string;
}

/** A call that is not run, and not shown to the client: the model alone is told. */
export interface RefusedCall {
  name: string;
  arguments: string;
  /** Why, for the model. */
  reason: string;
}

/** Runs the calls of a turn. */
export interface ToolRun {
  /** The number of the next call of the answer. */
  nextCall(): number;
  /** Whether one more call may be run; it then counts. */
  take(): boolean;
  /** Whether the model may search for tools once more. @param query as it will be reminded of */
  takeSearch(query: string): boolean;
  /** Whether a name that no tool has is one of a server whose tools are run here. */
  isServed(name: string): boolean;
  /** @param ended called with what the calls came to, one by one, and then `done`; nothing is called back once the answer is over */
  run(calls: readonly RunnableCall[], ended: EmitSegment, done: () => void): void;
  /** The model is asked what it says to the results. @param refused calls that it is told of besides */
  goOn(refused: readonly RefusedCall[]): void;
}

const LIMIT = 'The limit of tool calls is reached. Answer with what you know.';
const SEARCH_LIMIT = 'The limit of searches is reached. Answer with what you know.';
const UNKNOWN = 'There is no tool of that name.';
const NO_OBJECT = 'The arguments are not a JSON object.';

type CallStart = Extract<Segment, { kind: 'call-start' }>;

/** A call that is not passed on as it comes. */
interface HeldCall {
  start: CallStart;
  text: string;
  /** null: the client is asked about it. */
  refusal: string | null;
}

/**
 * Has the calls of a turn run that the gateway runs, once the model has said everything. Where the client has nothing to do itself,
 * the model is asked again; else the answer ends, and goes on with what the client sends next. Stands last.
 */
export class RunTools implements SegmentStage {
  /** The numbers under which calls are passed on. */
  private readonly numbers = new Map<number, number>();
  private readonly running = new Map<number, RunnableCall>();
  private readonly held = new Map<number, HeldCall>();
  private readonly refused: RefusedCall[] = [];
  private hasSearched = false;
  private asksClient = false;
  private isOver = false;

  /** @param deferred what the model may search for */
  constructor(
    private readonly tools: ToolRun,
    private readonly deferred: readonly DeferredTool[] = [],
  ) {}

  pushSegment(segment: Segment, emit: EmitSegment): void {
    // Behind its end a turn has nothing but what it has cost.
    if (this.isOver && segment.kind !== 'usage' && segment.kind !== 'failure') return;
    switch (segment.kind) {
      case 'call-start':
        this.start(segment, emit);
        return;
      case 'call-arguments':
        this.pushArguments(segment, emit);
        return;
      case 'call-end':
        this.endCall(segment.call, emit);
        return;
      case 'finish':
        this.finish(segment, emit);
        return;
      default:
        emit(segment);
    }
  }

  private start(segment: CallStart, emit: EmitSegment): void {
    const { tool, call } = segment;
    if (!tool && this.tools.isServed(segment.name)) {
      this.held.set(call, { start: segment, text: '', refusal: UNKNOWN });
    } else if (tool?.kind === 'gateway_search' || (isRunHere(tool) && tool.needsApproval)) {
      this.held.set(call, { start: segment, text: '', refusal: null });
    } else if (isRunHere(tool) && !this.tools.take()) {
      this.held.set(call, { start: segment, text: '', refusal: LIMIT });
    } else {
      const number = this.tools.nextCall();
      this.numbers.set(call, number);
      if (isRunHere(tool)) this.running.set(call, { call: number, tool, arguments: '' });
      else this.asksClient = true;
      emit({ ...segment, call: number });
    }
  }

  private pushArguments(segment: Extract<Segment, { kind: 'call-arguments' }>, emit: EmitSegment): void {
    const held = this.held.get(segment.call);
    if (held) {
      held.text += segment.text;
      return;
    }
    const running = this.running.get(segment.call);
    if (running) running.arguments += segment.text;
    this.pass(segment, emit);
  }

  private endCall(call: number, emit: EmitSegment): void {
    const held = this.held.get(call);
    if (held) this.endHeld(call, held, emit);
    else this.pass({ kind: 'call-end', call }, emit);
  }

  private endHeld(call: number, { start, text, refusal }: HeldCall, emit: EmitSegment): void {
    this.held.delete(call);
    const reason = refusal ?? (readCallArguments(text) ? null : NO_OBJECT);
    if (reason !== null || !start.tool) {
      this.refused.push({ name: nameOf(start), arguments: text, reason: reason ?? UNKNOWN });
      return;
    }
    if (start.tool.kind === 'gateway_search') {
      this.search(nameOf(start), text, emit);
      return;
    }
    this.asksClient = true;
    emit({ kind: 'approval-request', tool: start.tool, arguments: text.trim() === '' ? '{}' : text });
  }

  private search(name: string, text: string, emit: EmitSegment): void {
    const query = readQuery(text);
    if (!this.tools.takeSearch(query)) {
      this.refused.push({ name, arguments: text, reason: SEARCH_LIMIT });
      return;
    }
    this.hasSearched = true;
    emit({ kind: 'tool-search', found: searchTools(this.deferred, query) });
  }

  private finish(segment: Extract<Segment, { kind: 'finish' }>, emit: EmitSegment): void {
    this.isOver = true;
    // Half a call is never run, nor is one beside it.
    if (segment.reason !== 'stop') {
      emit(segment);
      return;
    }
    for (const [call, held] of this.held) this.endHeld(call, held, emit);
    for (const call of this.running.keys()) this.pass({ kind: 'call-end', call }, emit);
    const calls = [...this.running.values()];
    if (calls.length === 0) this.conclude(segment, emit);
    else {
      this.tools.run(calls, emit, () => {
        this.conclude(segment, emit);
      });
    }
  }

  private conclude(finish: Segment, emit: EmitSegment): void {
    const hasTold = this.running.size > 0 || this.refused.length > 0 || this.hasSearched;
    if (hasTold && !this.asksClient) this.tools.goOn(this.refused);
    else emit(finish);
  }

  private pass(segment: Extract<Segment, { call: number }>, emit: EmitSegment): void {
    const call = this.numbers.get(segment.call);
    if (call !== undefined) emit({ ...segment, call });
  }
}

/** As the model knows it. */
function nameOf({ name, tool }: CallStart): string {
  return tool?.wireName ?? name;
}
