import type { ItemStatus, ReasoningItem } from '../../contracts/responses-api.js';
import { GrowingText } from './growing-text.js';
import { announceItem, finishItem, type ReasoningWriter, type StreamOutput } from './item-writer.js';

/** Writes a reasoning item that shows nothing: the client only keeps the envelope for the next turn. */
export class SealedReasoningWriter implements ReasoningWriter {
  private readonly written = new GrowingText();

  constructor(
    private readonly output: StreamOutput,
    private readonly id: string,
    readonly outputIndex: number,
    private readonly seal: (text: string) => string,
  ) {
    announceItem(output, outputIndex, { type: 'reasoning', id, status: 'in_progress', summary: [] });
  }

  write(delta: string): void {
    this.written.add(delta);
  }

  close(status: ItemStatus): ReasoningItem {
    return finishItem(this.output, this.outputIndex, {
      type: 'reasoning',
      id: this.id,
      status,
      summary: [],
      encrypted_content: this.seal(this.text),
    });
  }

  private get text(): string {
    return this.written.read();
  }
}
