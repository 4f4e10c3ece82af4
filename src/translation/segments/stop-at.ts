import type { Logprob } from '../../contracts/responses-api.js';
import { UsageEstimate } from './estimate-usage.js';
import type { EmitSegment, Segment, SegmentStage } from '../vocabulary/segment.js';

/**
 * Ends the answer's text at the first stop text. LMDeploy drops stop words of more than one token without a word, so the
 * gateway enforces them for every server, up to the first call: one that is being written is not cut. Never holds back more than the start of a possible stop text.
 */
export class StopAt implements SegmentStage {
  private held = '';
  private heldLogprobs: Logprob[] = [];
  private isCut = false;
  private readonly usage: UsageEstimate;

  /** @param countInput estimates the tokens of the request */
  constructor(
    private stops: readonly string[],
    countInput: () => number,
  ) {
    this.usage = new UsageEstimate(countInput);
  }

  pushSegment(segment: Segment, emit: EmitSegment): void {
    // The rest is read all the same where another answer is to be asked for.
    if (this.isCut && segment.kind !== 'usage') return;
    this.usage.count(segment);
    if (segment.kind === 'text') {
      this.pushText(segment, emit);
      return;
    }
    if (segment.kind !== 'usage') this.release(emit);
    if (segment.kind === 'call-start') this.stops = [];
    emit(segment);
  }

  private pushText(segment: Extract<Segment, { kind: 'text' }>, emit: EmitSegment): void {
    const text = this.held + segment.text;
    if (segment.logprobs) this.heldLogprobs.push(...segment.logprobs);
    const end = this.firstStop(text);
    const safe = end >= 0 ? end : text.length - this.possibleStart(text);
    this.held = text.slice(0, safe);
    this.release(emit);
    if (end >= 0) this.cut(emit);
    else this.held = text.slice(safe);
  }

  private cut(emit: EmitSegment): void {
    this.isCut = true;
    if (!this.usage.isCounted) emit({ kind: 'usage', usage: this.usage.read() });
    emit({ kind: 'finish', reason: 'stop', cut: true });
  }

  /** Where the stop text begins that is complete first: the same wherever the text was cut. */
  private firstStop(text: string): number {
    let start = -1;
    let end = Infinity;
    for (const stop of this.stops) {
      const at = text.indexOf(stop);
      if (at < 0 || at + stop.length > end) continue;
      start = at + stop.length < end ? at : Math.min(at, start);
      end = at + stop.length;
    }
    return start;
  }

  /** Length of the longest end of the text that begins a stop text. */
  private possibleStart(text: string): number {
    let longest = 0;
    for (const stop of this.stops) {
      for (let length = Math.min(stop.length - 1, text.length); length > longest; length--) {
        if (text.endsWith(stop.slice(0, length))) longest = length;
      }
    }
    return longest;
  }

  private release(emit: EmitSegment): void {
    if (this.held === '') return;
    const text = this.held;
    const logprobs = this.takeLogprobs(text);
    this.held = '';
    emit(logprobs.length > 0 ? { kind: 'text', text, logprobs } : { kind: 'text', text });
  }

  /** The tokens of the text that is let through; one that it shares with what is held goes along. */
  private takeLogprobs(text: string): Logprob[] {
    let bytes = this.heldLogprobs.length > 0 ? Buffer.byteLength(text) : 0;
    let count = 0;
    for (; bytes > 0 && count < this.heldLogprobs.length; count++) {
      bytes -= this.heldLogprobs[count]?.bytes.length ?? 0;
    }
    return this.heldLogprobs.splice(0, count);
  }
}
