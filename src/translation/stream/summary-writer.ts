import type { ItemStatus, ReasoningItem } from '../../contracts/responses-api.js';
import { DeltaText } from './delta-text.js';
import { announceItem, finishItem, type ReasoningWriter, type StreamOutput } from './item-writer.js';

/** Writes a reasoning item whose text is shown as one summary part: the form that every measured client shows. */
export class SummaryWriter implements ReasoningWriter {
  private readonly text = new DeltaText();

  constructor(
    private readonly output: StreamOutput,
    private readonly id: string,
    readonly outputIndex: number,
    private readonly seal: ((text: string) => string) | null,
  ) {
    announceItem(output, outputIndex, { type: 'reasoning', id, status: 'in_progress', summary: [] });
    output.emit({
      type: 'response.reasoning_summary_part.added',
      sequence_number: output.nextSequence(),
      item_id: id,
      output_index: outputIndex,
      summary_index: 0,
      part: { type: 'summary_text', text: '' },
    });
  }

  writeText(text: string): void {
    this.send(this.text.add(text));
  }

  close(status: ItemStatus): ReasoningItem {
    this.send(this.text.end());
    const text = this.text.read();
    const part = { type: 'summary_text' as const, text };
    this.output.emit({
      type: 'response.reasoning_summary_text.done',
      sequence_number: this.output.nextSequence(),
      item_id: this.id,
      output_index: this.outputIndex,
      summary_index: 0,
      text,
    });
    this.output.emit({
      type: 'response.reasoning_summary_part.done',
      sequence_number: this.output.nextSequence(),
      item_id: this.id,
      output_index: this.outputIndex,
      summary_index: 0,
      part,
    });
    return finishItem(this.output, this.outputIndex, {
      type: 'reasoning',
      id: this.id,
      status,
      summary: [part],
      ...(this.seal && { encrypted_content: this.seal(text) }),
    });
  }

  private send(delta: string): void {
    if (delta === '') return;
    this.output.emit({
      type: 'response.reasoning_summary_text.delta',
      sequence_number: this.output.nextSequence(),
      item_id: this.id,
      output_index: this.outputIndex,
      summary_index: 0,
      delta,
    });
  }
}
