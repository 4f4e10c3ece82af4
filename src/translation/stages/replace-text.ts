import type { EmitSegment, Segment, SegmentStage } from '../vocabulary/segment.js';
import { PatternWindow, type TextReplacement, type Stretch } from './pattern-window.js';
import { TokenQueue } from './token-queue.js';

type Textual = Extract<Segment, { text: string }>;

/** @public */
export interface ReplaceTextOptions extends TextReplacement {
  /**
   * Where: by default `text`, `refusal` and `reasoning`. `call-arguments` are JSON text, or the input of a custom tool; a match
   * should not reach over a quote or a backslash there.
   */
  kinds?: readonly Textual['kind'][];
}

const PROSE: readonly Textual['kind'][] = ['text', 'refusal', 'reasoning'];

/**
 * Replaces every match of a pattern in the texts of an answer, wherever the texts were cut. A text ends where another item
 * begins; what was held back is shown there. Log probabilities of changed text are left out.
 *
 * @public
 * @example
 * new ReplaceText({ pattern: /\b[\w.+-]{1,64}@[\w-]{1,63}\.\w{2,12}\b/, by: '[e-mail]', maxLength: 144 })
 */
export class ReplaceText implements SegmentStage {
  private readonly kinds: ReadonlySet<Segment['kind']>;
  private readonly prose: OpenText;
  private readonly calls = new Map<number, OpenText>();

  constructor(private readonly options: ReplaceTextOptions) {
    this.kinds = new Set(options.kinds ?? PROSE);
    this.prose = new OpenText(options);
  }

  pushSegment(segment: Segment, emit: EmitSegment): void {
    if (segment.kind === 'usage') {
      emit(segment);
      return;
    }
    if (!('call' in segment) || segment.kind === 'call-start') this.prose.endBefore(segment, emit);
    if (segment.kind === 'call-end') this.endCall(segment.call, emit);
    else if (segment.kind === 'finish') for (const call of this.calls.keys()) this.endCall(call, emit);
    if (!('text' in segment) || !this.kinds.has(segment.kind)) emit(segment);
    else if (segment.kind === 'call-arguments') this.openCall(segment.call).pushSegment(segment, emit);
    else this.prose.pushSegment(segment, emit);
  }

  private openCall(call: number): OpenText {
    let text = this.calls.get(call);
    if (!text) this.calls.set(call, (text = new OpenText(this.options)));
    return text;
  }

  private endCall(call: number, emit: EmitSegment): void {
    this.calls.get(call)?.end(emit);
    this.calls.delete(call);
  }
}

/** A text of which more may come. */
class OpenText {
  private readonly window: PatternWindow;
  private tokens = new TokenQueue();
  private last: Textual | null = null;

  constructor(options: TextReplacement) {
    this.window = new PatternWindow(options);
  }

  pushSegment(segment: Textual, emit: EmitSegment): void {
    this.last = segment;
    this.tokens.add(segment.text, segment.kind === 'text' ? segment.logprobs : undefined);
    this.show(segment, this.window.pushText(segment.text), emit);
  }

  /** @param next what follows: nothing ends where it goes on with the same text */
  endBefore(next: Segment, emit: EmitSegment): void {
    if (this.last && this.last.kind !== next.kind) this.end(emit);
  }

  end(emit: EmitSegment): void {
    if (this.last) this.show(this.last, this.window.end(), emit);
    this.last = null;
    this.tokens = new TokenQueue();
  }

  private show(segment: Textual, stretches: readonly Stretch[], emit: EmitSegment): void {
    let text = '';
    const logprobs = [];
    for (const stretch of stretches) {
      text += stretch.text;
      if (stretch.isChanged) this.tokens.drop(stretch.length);
      else logprobs.push(...this.tokens.show(stretch.length));
    }
    if (text === '') return;
    if (segment.kind === 'text')
      emit(logprobs.length > 0 ? { kind: 'text', text, logprobs } : { kind: 'text', text });
    else emit({ ...segment, text });
  }
}
