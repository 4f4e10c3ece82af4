import type { UrlCitation } from '../../contracts/hosted-tools-api.js';
import type { ItemStatus, Logprob, MessageItem, MessagePart } from '../../contracts/responses-api.js';
import { DeltaText } from './delta-text.js';
import type { PageCitations } from '../hosted-tools/cite-pages.js';
import { announceItem, finishItem, type ItemWriter, type StreamOutput } from './item-writer.js';

const NO_LOGPROBS: Logprob[] = [];

/** Writes a message item: text and refusal parts, one open at a time. */
export class MessageWriter implements ItemWriter {
  private readonly content: MessagePart[] = [];
  private open: 'output_text' | 'refusal' | null = null;
  private text = new DeltaText();
  private logprobs: Logprob[] = [];
  private annotations: UrlCitation[] = [];
  private citations: PageCitations | null = null;
  /** Of text that waits for the other half of its last character. */
  private heldLogprobs: Logprob[] = NO_LOGPROBS;

  /** @param openCitations finds what a part cites; null: there is nothing to cite */
  constructor(
    private readonly output: StreamOutput,
    private readonly id: string,
    readonly outputIndex: number,
    private readonly openCitations: (() => PageCitations) | null = null,
  ) {
    announceItem(output, outputIndex, {
      type: 'message',
      id,
      status: 'in_progress',
      role: 'assistant',
      content: [],
    });
  }

  writeText(text: string, logprobs: Logprob[] = NO_LOGPROBS): void {
    if (this.open !== 'output_text') this.openPart('output_text');
    const given = this.heldLogprobs.length > 0 ? [...this.heldLogprobs, ...logprobs] : logprobs;
    const delta = this.text.add(text);
    this.heldLogprobs = delta === '' ? given : NO_LOGPROBS;
    if (delta !== '') this.emitText(delta, given);
  }

  writeRefusal(text: string): void {
    if (this.open !== 'refusal') this.openPart('refusal');
    const delta = this.text.add(text);
    if (delta !== '') this.emitRefusal(delta);
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

  private emitText(delta: string, logprobs: Logprob[]): void {
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
    if (this.citations) this.annotate(this.citations.add(delta));
  }

  private annotate(found: readonly UrlCitation[]): void {
    for (const annotation of found) {
      this.output.emit({
        type: 'response.output_text.annotation.added',
        sequence_number: this.output.nextSequence(),
        item_id: this.id,
        output_index: this.outputIndex,
        content_index: this.content.length,
        annotation_index: this.annotations.length,
        annotation,
      });
      this.annotations.push(annotation);
    }
  }

  private emitRefusal(delta: string): void {
    this.output.emit({
      type: 'response.refusal.delta',
      sequence_number: this.output.nextSequence(),
      item_id: this.id,
      output_index: this.outputIndex,
      content_index: this.content.length,
      delta,
    });
  }

  private openPart(type: 'output_text' | 'refusal'): void {
    this.closePart();
    this.open = type;
    this.text = new DeltaText();
    this.logprobs = [];
    this.annotations = [];
    this.citations = type === 'output_text' ? (this.openCitations?.() ?? null) : null;
    this.emitPart(
      'response.content_part.added',
      type === 'output_text' ? { type, text: '', annotations: [], logprobs: [] } : { type, refusal: '' },
    );
  }

  private closePart(): void {
    const rest = this.text.end();
    if (this.open === 'output_text') {
      if (rest !== '') this.emitText(rest, this.heldLogprobs);
      this.closeText();
    } else if (this.open === 'refusal') {
      if (rest !== '') this.emitRefusal(rest);
      this.closeRefusal();
    }
    this.heldLogprobs = NO_LOGPROBS;
    this.open = null;
  }

  private closeText(): void {
    if (this.citations) this.annotate(this.citations.end());
    const { annotations, logprobs } = this;
    const text = this.text.read();
    this.output.emit({
      type: 'response.output_text.done',
      sequence_number: this.output.nextSequence(),
      item_id: this.id,
      output_index: this.outputIndex,
      content_index: this.content.length,
      text,
      logprobs,
    });
    this.finishPart({ type: 'output_text', text, annotations, logprobs });
  }

  private closeRefusal(): void {
    const refusal = this.text.read();
    this.output.emit({
      type: 'response.refusal.done',
      sequence_number: this.output.nextSequence(),
      item_id: this.id,
      output_index: this.outputIndex,
      content_index: this.content.length,
      refusal,
    });
    this.finishPart({ type: 'refusal', refusal });
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
}
