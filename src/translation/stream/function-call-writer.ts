import type { FunctionCallItem, ItemStatus } from '../../contracts/responses-api.js';
import { announceItem, finishItem, type ItemWriter, type StreamOutput } from './item-writer.js';

/** Writes a function_call item. */
export class FunctionCallWriter implements ItemWriter {
  private text = '';

  constructor(
    private readonly output: StreamOutput,
    private readonly id: string,
    private readonly callId: string,
    private readonly name: string,
    readonly outputIndex: number,
  ) {
    announceItem(output, outputIndex, {
      type: 'function_call',
      id,
      call_id: callId,
      name,
      arguments: '',
      status: 'in_progress',
    });
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

  /** Whether the arguments so far are a whole JSON text: no further fragment can belong to them. */
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
      name: this.name,
      arguments: this.text,
    });
    return finishItem(this.output, this.outputIndex, {
      type: 'function_call',
      id: this.id,
      call_id: this.callId,
      name: this.name,
      arguments: this.text,
      status,
    });
  }
}
