import type { CustomToolCallItem, ItemStatus } from '../../contracts/responses-api.js';
import { NamedCallWriter } from './named-call-writer.js';

/** Writes a custom_tool_call item: what comes in is the tool's plain input, already unwrapped. */
export class CustomCallWriter extends NamedCallWriter<CustomToolCallItem> {
  /** Plain text can always go on: only a `call-end` ends it. */
  override readonly isWhole = false;
  /** A call whose input could be read has had its `call-end`: one that is still open is broken. */
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
