import type { ItemStatus, ToolSearchCallItem } from '../../contracts/responses-api.js';
import { readJsonObject } from '../read-json-object.js';
import { DeltaText } from './delta-text.js';
import { announceItem, type CallWriter, finishItem, type StreamOutput } from './item-writer.js';

/** Writes a tool_search_call item. Its arguments are an object, so they come whole, with the finished item. */
export class ToolSearchWriter implements CallWriter {
  private readonly written = new DeltaText();

  constructor(
    private readonly output: StreamOutput,
    private readonly id: string,
    private readonly callId: string,
    readonly outputIndex: number,
  ) {
    announceItem(output, outputIndex, this.item('in_progress', {}));
  }

  get isWhole(): boolean {
    return readJsonObject(this.text) !== null;
  }

  get isBroken(): boolean {
    return this.text.trim() !== '' && !this.isWhole;
  }

  writeText(text: string): void {
    this.written.add(text);
  }

  close(status: ItemStatus): ToolSearchCallItem {
    this.written.end();
    const { text } = this;
    return finishItem(
      this.output,
      this.outputIndex,
      this.item(status, readJsonObject(text) ?? { query: text }),
    );
  }

  private item(status: ItemStatus, searchArguments: Record<string, unknown>): ToolSearchCallItem {
    return {
      type: 'tool_search_call',
      id: this.id,
      call_id: this.callId,
      execution: 'client',
      arguments: searchArguments,
      status,
    };
  }

  private get text(): string {
    return this.written.read();
  }
}
