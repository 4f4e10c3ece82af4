import type { ResponseEvent } from '../../contracts/response-events.js';
import type { OutputItem, ResponseObject, ResponseUsage } from '../../contracts/responses-api.js';
import { joinOutputText } from '../../contracts/join-output-text.js';
import { GatewayError } from '../../errors/gateway-error.js';
import type { FinishReason, Segment } from '../vocabulary/segment.js';
import { addUsage, NO_USAGE } from './usage.js';
import { errorEvent, failureCode } from './failure-events.js';
import type { ItemWriter, ReasoningWriter, StreamOutput } from './item-writer.js';
import { NO_CALLS, OpenCalls } from './open-calls.js';
import { EVENTS_OF_QUEUED, type ResponseStreamOptions } from './response-stream-options.js';
import { MessageWriter } from './message-writer.js';
import { openReasoningWriter, showsReasoning } from './open-reasoning-writer.js';
import { endingOf, WHOLE_ITEMS } from './finish-outcomes.js';
import { addUnseen, type UnseenReasoning } from './unseen-reasoning.js';
import { writeCompaction } from './write-compaction.js';
import { writeToolList } from './write-mcp-items.js';
import { listWholeItems } from './write-whole-items.js';

/**
 * The state machine of one answer: segments in, Responses events out, with ids, indices, sequence numbers and the right
 * order. `start` first; then `pushSegment` for each segment; `end` or `fail` once. After the terminal event nothing is emitted.
 */
export class ResponseStream implements StreamOutput {
  readonly emit: (event: ResponseEvent) => void;
  /** Reasoning that the client was not shown, where it is kept. */
  readonly unseen: UnseenReasoning[] = [];
  private sequence = 0;
  private outputCount = 0;
  private done: OutputItem[] = [];
  private text: MessageWriter | null = null;
  private reasoning: ReasoningWriter | null = null;
  /** Most answers have none. */
  private calls: OpenCalls | null = null;
  private usage: ResponseUsage | null = null;
  private earlierUsage: ResponseUsage = NO_USAGE;
  private finished: FinishReason | null = null;
  private final: ResponseObject | null = null;
  private error: GatewayError | null = null;
  private hasStarted = false;

  constructor(private readonly options: ResponseStreamOptions) {
    this.emit = options.emit;
    if (options.wasQueued) this.sequence = EVENTS_OF_QUEUED;
  }

  /** True once the terminal event was emitted. */
  get isEnded(): boolean {
    return this.final !== null;
  }

  /** True once the model has said how it stopped: only usage can follow. */
  get isFinished(): boolean {
    return this.finished !== null;
  }

  /** How the answer ended; null while it has not. */
  get outcome(): ResponseObject['status'] | null {
    return this.final?.status ?? null;
  }

  /** The response as it ended; null while it has not. */
  get result(): ResponseObject | null {
    return this.final;
  }

  /** What the answer failed with. */
  get failure(): GatewayError | null {
    return this.error;
  }

  /** The token counts, once the upstream has sent them. */
  get tokens(): ResponseUsage | null {
    return this.usage;
  }

  /** True once the first event was emitted. */
  get hasBegun(): boolean {
    return this.hasStarted;
  }

  /** True once an item was begun: the model has answered something. */
  get hasOutput(): boolean {
    return this.outputCount > (this.options.listings?.length ?? 0);
  }

  /** The finished items, in their order. */
  get items(): readonly OutputItem[] {
    return Object.values(this.done);
  }

  /** The item of a call that the gateway runs, while it does. */
  itemOfCall(call: number): ReturnType<OpenCalls['itemOf']> {
    return this.calls?.itemOf(call) ?? null;
  }

  /** Tool calls that are whole, and that broke off. */
  get callCounts(): Readonly<OpenCalls['counts']> {
    return this.calls?.counts ?? NO_CALLS;
  }

  /** The items of an answer that has come to a good end, before its terminal event; null for any other. */
  get wholeOutput(): readonly OutputItem[] | null {
    return this.finished === 'stop' && !this.isEnded ? this.done : null;
  }

  nextSequence(): number {
    return this.sequence++;
  }

  start(): void {
    this.hasStarted = true;
    const types = ['response.created', 'response.in_progress'] as const;
    for (const type of this.options.wasQueued ? types.slice(1) : types)
      this.emit({ type, sequence_number: this.nextSequence(), response: { ...this.options.response } });
    for (const listing of this.options.listings ?? [])
      this.addItem((index) => writeToolList(this, this.options.nextId('mcpl'), index, listing));
  }

  pushSegment(segment: Segment): void {
    if (this.isEnded) return;
    if (segment.kind === 'failure') this.fail(segment.error);
    else if (segment.kind === 'usage') this.usage = addUsage(this.earlierUsage, segment.usage);
    else if (this.finished === null || segment.kind === 'compaction') this.writeSegment(segment);
  }

  /** The model is asked, perhaps once more: what comes from now on is paid for on top of what came before. */
  beginTurn(): void {
    this.earlierUsage = this.usage ?? NO_USAGE;
  }

  /** The model is to say more: what it has said so far is not gone on with. */
  endTurn(): void {
    this.closeTextual('completed');
  }

  /** The upstream has said everything. Without a finish reason the answer was cut off: that is a failure. */
  end(): void {
    if (this.isEnded) return;
    if (this.finished === null) {
      this.fail(new GatewayError('upstream_incomplete'));
      return;
    }
    const { now, response } = this.options;
    const ending = endingOf(this.finished, now, response.created_at, this.usage ?? NO_USAGE);
    this.terminate(`response.${ending.status}`, ending);
  }

  fail(error: GatewayError): void {
    if (this.isEnded) return;
    this.error = error;
    this.abandon();
    this.emit(errorEvent(error, this.nextSequence()));
    this.terminate('response.failed', {
      status: 'failed',
      error: { code: failureCode(error), message: error.message },
      usage: this.usage,
    });
  }

  /** Ends the answer as its client has asked for. */
  cancel(): void {
    if (this.isEnded) return;
    this.abandon();
    // There is no event of its own for it.
    this.terminate('response.incomplete', { status: 'cancelled', usage: this.usage ?? NO_USAGE });
  }

  /** For an answer whose terminal event was lost on its way to the client: it ends once more, as a failure. */
  failAnyway(error: GatewayError): void {
    this.final = null;
    this.fail(error);
  }

  private writeSegment(segment: Exclude<Segment, { kind: 'failure' | 'usage' }>): void {
    switch (segment.kind) {
      case 'text':
        (this.text ?? this.openMessage()).writeText(segment.text, segment.logprobs);
        return;
      case 'refusal':
        (this.text ?? this.openMessage()).writeRefusal(segment.text);
        return;
      case 'reasoning':
        (this.reasoning ?? this.openReasoning())?.writeText(segment.text);
        if (!this.reasoning && this.options.keepsUnseen)
          addUnseen(this.unseen, segment.text, this.outputCount);
        return;
      case 'call-start':
        this.closeBeforeNext();
        this.openCalls().open(segment, this.outputCount++);
        return;
      case 'call-arguments':
        this.calls?.writeText(segment.call, segment.text);
        return;
      case 'call-end':
        this.calls?.end(segment.call);
        return;
      case 'call-result':
        this.calls?.settle(segment.call, segment.outcome);
        return;
      case 'allowed-call':
        this.openCalls().openAllowed(segment, this.outputCount++);
        return;
      case 'approval-request':
      case 'tool-search':
        this.closeBeforeNext();
        for (const { prefix, write } of listWholeItems(segment))
          this.addItem((index) => write(this, this.options.nextId(prefix), index));
        return;
      case 'compaction':
        this.addItem((index) => writeCompaction(this, this.options.nextId('cmp'), index, segment.content));
        return;
      case 'finish':
        this.finish(segment.reason);
        if (segment.cut) this.end();
    }
  }

  private finish(reported: FinishReason): void {
    // A model that has said everything and left a call broken has not come to its end.
    const isBroken = reported === 'stop' && this.calls?.hasBroken;
    this.finished = isBroken ? 'malformed_call' : reported;
    const status = WHOLE_ITEMS.has(this.finished) ? 'completed' : 'incomplete';
    this.closeTextual(status);
    this.calls?.finish(reported === 'stop', status);
  }

  private openCalls(): OpenCalls {
    this.calls ??= new OpenCalls(this, this.options, (item, outputIndex) => {
      this.done[outputIndex] = item;
    });
    return this.calls;
  }

  private openMessage(): MessageWriter {
    this.closeBeforeNext();
    const { nextId } = this.options;
    this.text = new MessageWriter(this, nextId('msg'), this.outputCount++, this.calls?.citations ?? null);
    return this.text;
  }

  private openReasoning(): ReasoningWriter | null {
    const form = { output: this.options.reasoningOutput, seal: this.options.sealReasoning ?? null };
    if (!showsReasoning(form)) return null;
    this.closeBeforeNext();
    this.reasoning = openReasoningWriter(this, form, this.options.nextId('rs'), this.outputCount++);
    return this.reasoning;
  }

  private addItem(write: (outputIndex: number) => OutputItem): void {
    const index = this.outputCount++;
    this.done[index] = write(index);
  }

  private closeBeforeNext(): void {
    this.closeTextual('completed');
    this.calls?.endWhole();
  }

  private closeTextual(status: 'completed' | 'incomplete'): void {
    const { reasoning, text } = this;
    // First: what cannot be closed must not be tried again by the failure that this becomes.
    this.reasoning = null;
    this.text = null;
    if (reasoning) this.close(reasoning, status);
    if (text) this.close(text, status);
  }

  /** Closes what is open. An item that cannot be, e.g. since its envelope cannot be made, is left out: the failure must still reach the client. */
  private abandon(): void {
    const { reasoning, text } = this;
    const open = [reasoning, text, ...(this.calls?.takeAll() ?? [])].filter((writer) => writer !== null);
    this.reasoning = null;
    this.text = null;
    for (const writer of open) {
      try {
        this.close(writer, 'incomplete');
      } catch {
        // The failure itself says so.
      }
    }
    // An item that was never closed has left a gap.
    this.done = Object.values(this.done);
  }

  private close(writer: ItemWriter, status: 'completed' | 'incomplete'): void {
    this.done[writer.outputIndex] = writer.close(status);
  }

  private terminate(
    type: 'response.completed' | 'response.incomplete' | 'response.failed',
    outcome: Partial<ResponseObject>,
  ): void {
    const output = { output: this.done, output_text: joinOutputText(this.done) };
    this.final = { ...this.options.response, ...outcome, ...output };
    this.emit({ type, sequence_number: this.nextSequence(), response: this.final });
  }
}
