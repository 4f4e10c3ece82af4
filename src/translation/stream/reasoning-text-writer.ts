import type { ItemStatus, ReasoningItem } from '../../contracts/responses-api.js';
import { DeltaText } from './delta-text.js';
import { announceItem, finishItem, type ReasoningWriter, type StreamOutput } from './item-writer.js';

const EVENT_NAMES = {
  text: { delta: 'response.reasoning_text.delta', done: 'response.reasoning_text.done' },
  'open-responses': { delta: 'response.reasoning.delta', done: 'response.reasoning.done' },
} as const;

/** Writes a reasoning item with its raw text, under OpenAI's event names or those of Open Responses. */
export class ReasoningTextWriter implements ReasoningWriter {
  private readonly text = new DeltaText();
  private readonly names: (typeof EVENT_NAMES)[keyof typeof EVENT_NAMES];

  constructor(
    private readonly output: StreamOutput,
    private readonly id: string,
    readonly outputIndex: number,
    form: keyof typeof EVENT_NAMES,
    private readonly seal: ((text: string) => string) | null,
  ) {
    this.names = EVENT_NAMES[form];
    announceItem(output, outputIndex, { type: 'reasoning', id, status: 'in_progress', summary: [] });
    this.emitPart('response.content_part.added', '');
  }

  writeText(text: string): void {
    this.send(this.text.add(text));
  }

  close(status: ItemStatus): ReasoningItem {
    this.send(this.text.end());
    const text = this.text.read();
    this.output.emit({
      type: this.names.done,
      sequence_number: this.output.nextSequence(),
      item_id: this.id,
      output_index: this.outputIndex,
      content_index: 0,
      text,
    });
    this.emitPart('response.content_part.done', text);
    return finishItem(this.output, this.outputIndex, {
      type: 'reasoning',
      id: this.id,
      status,
      summary: [],
      content: [{ type: 'reasoning_text', text }],
      ...(this.seal && { encrypted_content: this.seal(text) }),
    });
  }

  private send(delta: string): void {
    if (delta === '') return;
    this.output.emit({
      type: this.names.delta,
      sequence_number: this.output.nextSequence(),
      item_id: this.id,
      output_index: this.outputIndex,
      content_index: 0,
      delta,
    });
  }

  private emitPart(type: 'response.content_part.added' | 'response.content_part.done', text: string): void {
    this.output.emit({
      type,
      sequence_number: this.output.nextSequence(),
      item_id: this.id,
      output_index: this.outputIndex,
      content_index: 0,
      part: { type: 'reasoning_text', text },
    });
  }
}
