import type { ItemStatus, OutputItem } from '../../contracts/responses-api.js';
import { isHostedKind } from '../vocabulary/hosted-kind.js';
import type { CallOutcome, Segment } from '../vocabulary/segment.js';
import { isRunHere, type ToolBinding } from '../vocabulary/tool-table.js';
import { PageCitations } from '../hosted-tools/cite-pages.js';
import type { WebPage } from '../hosted-tools/read-pages.js';
import { HostedCallWriter } from './hosted-call-writer.js';
import type { CallWriter, ItemWriter, ServedCallWriter, StreamOutput } from './item-writer.js';
import { McpCallWriter } from './mcp-call-writer.js';
import { type CallStart, openCallWriter } from './open-call-writer.js';
import { NO_KINDS, type ResponseStreamOptions } from './response-stream-options.js';

/** Where there were no calls. */
export const NO_CALLS = { parsed: 0, broken: 0 } as const;

/** The calls of an answer that are being written: the client's, and those that the gateway runs. */
export class OpenCalls {
  /** Calls that are whole, and that broke off; those that a failure or a cancel has ended are neither. */
  readonly counts = { parsed: 0, broken: 0 };
  /** What the searches of the answer have found. */
  private readonly pages: WebPage[] = [];
  private readonly calls = new Map<number, CallWriter>();
  private readonly served = new Map<number, ServedCallWriter>();

  /** @param finished gets each finished item */
  constructor(
    private readonly output: StreamOutput,
    private readonly options: ResponseStreamOptions,
    private readonly finished: (item: OutputItem, outputIndex: number) => void,
  ) {}

  open(segment: CallStart, outputIndex: number): void {
    const { output } = this;
    const { nextId } = this.options;
    if (isRunHere(segment.tool)) this.served.set(segment.call, this.openServed(segment.tool, outputIndex));
    else this.calls.set(segment.call, openCallWriter(output, segment, nextId, outputIndex));
  }

  /** One that the client has allowed. */
  openAllowed(segment: Extract<Segment, { kind: 'allowed-call' }>, outputIndex: number): void {
    const { call, tool, approvalId } = segment;
    const writer = new McpCallWriter(this.output, this.options.nextId('mcp'), tool, outputIndex, approvalId);
    this.served.set(call, writer);
    writer.writeText(segment.arguments);
    writer.endArguments();
  }

  writeText(call: number, text: string): void {
    (this.calls.get(call) ?? this.served.get(call))?.writeText(text);
  }

  /** The call is whole. */
  end(call: number): void {
    const served = this.served.get(call);
    if (served) served.endArguments();
    else this.close(call, 'completed');
  }

  /** Ends what the next item shows to be over. A call whose arguments are not whole stays open: some servers announce several first. */
  endWhole(): void {
    for (const [call, writer] of this.calls) {
      if (writer.isWhole) this.close(call, 'completed');
    }
  }

  /** The item of a call that the gateway runs, while it does. */
  itemOf(call: number): Pick<ServedCallWriter, 'id' | 'outputIndex'> | null {
    return this.served.get(call) ?? null;
  }

  /** A call was run. */
  settle(call: number, outcome: CallOutcome): void {
    const writer = this.served.get(call);
    if (!writer) return;
    this.served.delete(call);
    this.counts.parsed++;
    this.finished(writer.finish(outcome), writer.outputIndex);
    if (writer instanceof HostedCallWriter) this.pages.push(...writer.pages);
  }

  /** Finds what a text cites of what was found; null: nothing was. */
  get citations(): (() => PageCitations) | null {
    const { pages } = this;
    return pages.length === 0 ? null : () => new PageCitations(pages);
  }

  get hasBroken(): boolean {
    return [...this.calls.values()].some((call) => call.isBroken);
  }

  /** The model has stopped. @param isDone whether it came to its end; `status`: of what it has left */
  finish(isDone: boolean, status: ItemStatus): void {
    for (const [call, writer] of this.calls) {
      const isEnded = writer.isWhole || (isDone && !writer.isBroken);
      this.close(call, isEnded ? 'completed' : status);
    }
    for (const writer of this.served.values()) this.finished(writer.close(), writer.outputIndex);
    this.counts.broken += this.served.size;
    this.served.clear();
  }

  /** Those that are open, which are open no more. */
  takeAll(): ItemWriter[] {
    const open = [...this.calls.values(), ...this.served.values()];
    this.calls.clear();
    this.served.clear();
    return open;
  }

  private openServed(tool: ToolBinding, outputIndex: number): ServedCallWriter {
    const { output } = this;
    const { nextId, response, shownResults: shown = NO_KINDS } = this.options;
    return isHostedKind(tool.kind)
      ? new HostedCallWriter(output, nextId, tool.kind, outputIndex, { responseId: response.id, shown })
      : new McpCallWriter(output, nextId('mcp'), tool, outputIndex);
  }

  private close(call: number, status: ItemStatus): void {
    const writer = this.calls.get(call);
    if (!writer) return;
    this.calls.delete(call);
    this.counts[status === 'completed' ? 'parsed' : 'broken']++;
    this.finished(writer.close(status), writer.outputIndex);
  }
}
