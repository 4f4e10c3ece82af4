import type { ResponseEvent } from '../../contracts/response-events.js';
import type { CustomToolCallItem, FunctionCallItem, ItemStatus } from '../../contracts/responses-api.js';
import { DeltaText } from './delta-text.js';
import { announceItem, type CallWriter, finishItem, type StreamOutput } from './item-writer.js';

type NamedCallItem = FunctionCallItem | CustomToolCallItem;
type CallDelta = Extract<
  ResponseEvent['type'],
  'response.function_call_arguments.delta' | 'response.custom_tool_call_input.delta'
>;

/** Writes the item of a call that names a tool and carries one text, streamed as it comes. */
export abstract class NamedCallWriter<T extends NamedCallItem> implements CallWriter {
  abstract readonly isWhole: boolean;
  abstract readonly isBroken: boolean;
  private readonly written = new DeltaText();
  protected abstract readonly deltaType: CallDelta;

  constructor(
    protected readonly output: StreamOutput,
    protected readonly id: string,
    private readonly callId: string,
    protected readonly tool: { name: string; namespace: string | null },
    readonly outputIndex: number,
  ) {
    announceItem(output, outputIndex, this.item('in_progress'));
  }

  protected get isBlank(): boolean {
    return this.text.trim() === '';
  }

  writeText(text: string): void {
    this.send(this.written.add(text));
  }

  close(status: ItemStatus): T {
    this.send(this.written.end());
    this.emitDone();
    return finishItem(this.output, this.outputIndex, this.item(status));
  }

  private send(delta: string): void {
    if (delta === '') return;
    this.output.emit({
      type: this.deltaType,
      sequence_number: this.output.nextSequence(),
      item_id: this.id,
      output_index: this.outputIndex,
      delta,
    });
  }

  /** Sends the event that holds the whole text. */
  protected abstract emitDone(): void;

  protected abstract item(status: ItemStatus): T;

  /** The fields that items of every kind begin with behind their type. */
  protected identity(): Pick<NamedCallItem, 'id' | 'call_id' | 'name' | 'namespace'> {
    const { name, namespace } = this.tool;
    return { id: this.id, call_id: this.callId, name, ...(namespace !== null && { namespace }) };
  }

  protected get text(): string {
    return this.written.read();
  }
}
