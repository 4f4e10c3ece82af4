import type { CustomToolCallItem, ItemStatus } from '../../contracts/responses-api.js';
import { announceItem, type CallWriter, finishItem, type StreamOutput } from './item-writer.js';

/** Writes a custom_tool_call item: what comes in is the tool's plain input, already unwrapped. */
export class CustomCallWriter implements CallWriter {
  /** Plain text can always go on: the call's end is told, not seen. */
  readonly isWhole = false;
  private text = '';

  constructor(
    private readonly output: StreamOutput,
    private readonly id: string,
    private readonly callId: string,
    private readonly tool: { name: string; namespace: string | null },
    readonly outputIndex: number,
  ) {
    announceItem(output, outputIndex, this.item('in_progress'));
  }

  write(delta: string): void {
    this.text += delta;
    this.output.emit({
      type: 'response.custom_tool_call_input.delta',
      sequence_number: this.output.nextSequence(),
      item_id: this.id,
      output_index: this.outputIndex,
      delta,
    });
  }

  close(status: ItemStatus): CustomToolCallItem {
    this.output.emit({
      type: 'response.custom_tool_call_input.done',
      sequence_number: this.output.nextSequence(),
      item_id: this.id,
      output_index: this.outputIndex,
      input: this.text,
    });
    return finishItem(this.output, this.outputIndex, this.item(status));
  }

  private item(status: ItemStatus): CustomToolCallItem {
    const { name, namespace } = this.tool;
    return {
      type: 'custom_tool_call',
      id: this.id,
      call_id: this.callId,
      name,
      ...(namespace !== null && { namespace }),
      input: this.text,
      status,
    };
  }
}
