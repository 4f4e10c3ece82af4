import type { ItemStatus, ReasoningItem } from '../../contracts/responses-api.js';
import { DeltaText } from './delta-text.js';
import { announceItem, finishItem, type ReasoningWriter, type StreamOutput } from './item-writer.js';

/** Writes a reasoning item that shows nothing: the client only keeps the envelope for the next turn. */
export class SealedReasoningWriter implements ReasoningWriter {
  private readonly text = new DeltaText();

  constructor(
    private readonly output: StreamOutput,
    private readonly id: string,
    readonly outputIndex: number,
    private readonly seal: (text: string) => string,
  ) {
    announceItem(output, outputIndex, { type: 'reasoning', id, status: 'in_progress', summary: [] });
  }

  writeText(text: string): void {
    this.text.add(text);
  }

  close(status: ItemStatus): ReasoningItem {
    this.text.end();
    return finishItem(this.output, this.outputIndex, {
      type: 'reasoning',
      id: this.id,
      status,
      summary: [],
      encrypted_content: this.seal(this.text.read()),
    });
  }
}
