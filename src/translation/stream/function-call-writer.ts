import type { FunctionCallItem, ItemStatus } from '../../contracts/responses-api.js';
import { readJsonObject } from '../read-json-object.js';
import { NamedCallWriter } from './named-call-writer.js';

/** Writes a function_call item. */
export class FunctionCallWriter extends NamedCallWriter<FunctionCallItem> {
  protected override readonly deltaType = 'response.function_call_arguments.delta';

  override get isWhole(): boolean {
    return readJsonObject(this.text) !== null;
  }

  /** No arguments at all are none: `{}`. */
  override get isBroken(): boolean {
    return !this.isBlank && !this.isWhole;
  }

  override close(status: ItemStatus): FunctionCallItem {
    if (status === 'completed' && this.isBlank) this.writeText('{}');
    return super.close(status);
  }

  protected override emitDone(): void {
    this.output.emit({
      type: 'response.function_call_arguments.done',
      sequence_number: this.output.nextSequence(),
      item_id: this.id,
      output_index: this.outputIndex,
      name: this.tool.name,
      arguments: this.text,
    });
  }

  protected override item(status: ItemStatus): FunctionCallItem {
    return { type: 'function_call', ...this.identity(), arguments: this.text, status };
  }
}
