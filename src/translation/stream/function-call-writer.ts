import type { FunctionCallItem, ItemStatus } from '../../contracts/responses-api.js';
import { announceItem, finishItem, type CallWriter, type StreamOutput } from './item-writer.js';

/** Writes a function_call item. */
export class FunctionCallWriter implements CallWriter {
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
      type: 'response.function_call_arguments.delta',
      sequence_number: this.output.nextSequence(),
      item_id: this.id,
      output_index: this.outputIndex,
      delta,
    });
  }

  get isWhole(): boolean {
    try {
      JSON.parse(this.text);
      return true;
    } catch {
      return false;
    }
  }

  close(status: ItemStatus): FunctionCallItem {
    if (status === 'completed' && this.text.trim() === '') this.write('{}');
    this.output.emit({
      type: 'response.function_call_arguments.done',
      sequence_number: this.output.nextSequence(),
      item_id: this.id,
      output_index: this.outputIndex,
      name: this.tool.name,
      arguments: this.text,
    });
    return finishItem(this.output, this.outputIndex, this.item(status));
  }

  private item(status: ItemStatus): FunctionCallItem {
    const { name, namespace } = this.tool;
    return {
      type: 'function_call',
      id: this.id,
      call_id: this.callId,
      name,
      ...(namespace !== null && { namespace }),
      arguments: this.text,
      status,
    };
  }
}
