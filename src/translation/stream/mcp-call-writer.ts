import type { McpCallItem } from '../../contracts/responses-api.js';
import type { CallOutcome } from '../vocabulary/segment.js';
import type { ToolBinding } from '../vocabulary/tool-table.js';
import { DeltaText } from './delta-text.js';
import {
  announceItem,
  emitOfItem,
  finishItem,
  type ServedCallWriter,
  type StreamOutput,
} from './item-writer.js';

const NO_OUTCOME: CallOutcome = { output: null, error: null };

/** Writes an mcp_call item: its arguments as they come, and what it came to once it has been run. */
export class McpCallWriter implements ServedCallWriter {
  private readonly written = new DeltaText();
  private hasArguments = false;

  /** @param approvalId of the request that the client has allowed; null: it was not asked */
  constructor(
    private readonly output: StreamOutput,
    readonly id: string,
    private readonly tool: Pick<ToolBinding, 'name' | 'namespace'>,
    readonly outputIndex: number,
    private readonly approvalId: string | null = null,
  ) {
    announceItem(output, outputIndex, this.item('in_progress', NO_OUTCOME, ''));
    emitOfItem(this.output, this, { type: 'response.mcp_call.in_progress' });
  }

  writeText(text: string): void {
    this.send(this.written.add(text));
  }

  endArguments(): void {
    if (this.hasArguments) return;
    this.hasArguments = true;
    this.send(this.written.end());
    // A model may leave them away where a tool takes none.
    if (this.text.trim() === '') this.send(this.written.add('{}'));
    emitOfItem(this.output, this, { type: 'response.mcp_call_arguments.done', arguments: this.text });
  }

  finish(outcome: CallOutcome): McpCallItem {
    this.endArguments();
    const status = outcome.error ? 'failed' : 'completed';
    emitOfItem(this.output, this, { type: `response.mcp_call.${status}` });
    return finishItem(this.output, this.outputIndex, this.item(status, outcome));
  }

  close(): McpCallItem {
    this.endArguments();
    return finishItem(this.output, this.outputIndex, this.item('incomplete', NO_OUTCOME));
  }

  private get text(): string {
    return this.written.read();
  }

  private send(delta: string): void {
    if (delta !== '') emitOfItem(this.output, this, { type: 'response.mcp_call_arguments.delta', delta });
  }

  private item(status: McpCallItem['status'], outcome: CallOutcome, text = this.text): McpCallItem {
    return {
      type: 'mcp_call',
      id: this.id,
      status,
      approval_request_id: this.approvalId,
      arguments: text,
      error: outcome.error,
      name: this.tool.name,
      output: outcome.output,
      server_label: this.tool.namespace ?? '',
    };
  }
}
