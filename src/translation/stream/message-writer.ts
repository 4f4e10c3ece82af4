import type { ItemStatus, Logprob, MessageItem, MessagePart } from '../../contracts/responses-api.js';
import { GrowingText } from './growing-text.js';
import { announceItem, finishItem, type ItemWriter, type StreamOutput } from './item-writer.js';

const NO_LOGPROBS: Logprob[] = [];

/** Writes a message item: text and refusal parts, one open at a time. */
export class MessageWriter implements ItemWriter {
  private readonly content: MessagePart[] = [];
  private open: 'output_text' | 'refusal' | null = null;
  private written = new GrowingText();
  private logprobs: Logprob[] = [];

  constructor(
    private readonly output: StreamOutput,
    private readonly id: string,
    readonly outputIndex: number,
  ) {
    announceItem(output, outputIndex, {
      type: 'message',
      id,
      status: 'in_progress',
      role: 'assistant',
      content: [],
    });
  }

  writeText(delta: string, logprobs: Logprob[] = NO_LOGPROBS): void {
    if (this.open !== 'output_text') this.openPart('output_text');
    this.written.add(delta);
    if (logprobs.length > 0) this.logprobs.push(...logprobs);
    this.output.emit({
      type: 'response.output_text.delta',
      sequence_number: this.output.nextSequence(),
      item_id: this.id,
      output_index: this.outputIndex,
      content_index: this.content.length,
      delta,
      logprobs,
    });
  }

  writeRefusal(delta: string): void {
    if (this.open !== 'refusal') this.openPart('refusal');
    this.written.add(delta);
    this.output.emit({
      type: 'response.refusal.delta',
      sequence_number: this.output.nextSequence(),
      item_id: this.id,
      output_index: this.outputIndex,
      content_index: this.content.length,
      delta,
    });
  }

  close(status: ItemStatus): MessageItem {
    this.closePart();
    const item: MessageItem = {
      type: 'message',
      id: this.id,
      status,
      role: 'assistant',
      content: this.content,
    };
    return finishItem(this.output, this.outputIndex, item);
  }

  private openPart(type: 'output_text' | 'refusal'): void {
    this.closePart();
    this.open = type;
    this.written = new GrowingText();
    this.logprobs = [];
    this.emitPart(
      'response.content_part.added',
      type === 'output_text' ? { type, text: '', annotations: [], logprobs: [] } : { type, refusal: '' },
    );
  }

  private closePart(): void {
    if (this.open === 'output_text') this.closeText();
    else if (this.open === 'refusal') this.closeRefusal();
    this.open = null;
  }

  private closeText(): void {
    const { text, logprobs } = this;
    this.output.emit({
      type: 'response.output_text.done',
      sequence_number: this.output.nextSequence(),
      item_id: this.id,
      output_index: this.outputIndex,
      content_index: this.content.length,
      text,
      logprobs,
    });
    this.finishPart({ type: 'output_text', text, annotations: [], logprobs });
  }

  private closeRefusal(): void {
    this.output.emit({
      type: 'response.refusal.done',
      sequence_number: this.output.nextSequence(),
      item_id: this.id,
      output_index: this.outputIndex,
      content_index: this.content.length,
      refusal: this.text,
    });
    this.finishPart({ type: 'refusal', refusal: this.text });
  }

  private finishPart(part: MessagePart): void {
    this.emitPart('response.content_part.done', part);
    this.content.push(part);
  }

  private emitPart(
    type: 'response.content_part.added' | 'response.content_part.done',
    part: MessagePart,
  ): void {
    this.output.emit({
      type,
      sequence_number: this.output.nextSequence(),
      item_id: this.id,
      output_index: this.outputIndex,
      content_index: this.content.length,
      part,
    });
  }

  private get text(): string {
    return this.written.read();
  }
}
