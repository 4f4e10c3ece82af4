import type { CustomToolCallItem, ItemStatus } from '../../contracts/responses-api.js';
import { NamedCallWriter } from './named-call-writer.js';

/** Writes a custom_tool_call item: what comes in is the tool's plain input, already unwrapped. */
export class CustomCallWriter extends NamedCallWriter<CustomToolCallItem> {
  /** Plain text can always go on: the call's end is told, not seen. */
  override readonly isWhole = false;
  /** The end of an input that could be read was told. */
  override readonly isBroken = true;
  protected override readonly deltaType = 'response.custom_tool_call_input.delta';

  protected override emitDone(): void {
    this.output.emit({
      type: 'response.custom_tool_call_input.done',
      sequence_number: this.output.nextSequence(),
      item_id: this.id,
      output_index: this.outputIndex,
      input: this.text,
    });
  }

  protected override item(status: ItemStatus): CustomToolCallItem {
    return { type: 'custom_tool_call', ...this.identity(), input: this.text, status };
  }
}
