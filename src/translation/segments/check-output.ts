import type { GatewayError } from '../../errors/gateway-error.js';
import type { Verdict } from '../output-check/verdict.js';
import type { EmitSegment, Segment, SegmentStage } from '../vocabulary/segment.js';

export type FinishSegment = Extract<Segment, { kind: 'finish' }>;

export interface OutputCheck {
  /** Checks the text of an answer that has come to its end; `done` is called later. */
  run(text: string, finish: FinishSegment, done: (verdict: Verdict) => void): void;
  /** What a verdict that is final makes the answer fail with; null: it stands. */
  judge(verdict: Verdict): GatewayError | null;
}

/**
 * Has the text of an answer without calls checked before the answer finishes. Where the form may be asked for once more, the
 * text is held until it is known to fit: a draft that is dropped must not have been shown.
 */
export class CheckOutput implements SegmentStage {
  private text = '';
  private held: Segment[] | null;
  private mustFit = true;
  private isFinished = false;

  /**
   * @param askAgain asks for the text in the right form instead, if it still may, and calls `giveOut` where none comes; null: the
   * answer stands as it came
   */
  constructor(
    private readonly check: OutputCheck,
    private readonly askAgain: ((draft: string, giveOut: () => void) => boolean) | null,
  ) {
    this.held = askAgain ? [] : null;
  }

  pushSegment(segment: Segment, emit: EmitSegment): void {
    switch (segment.kind) {
      case 'text':
        this.text += segment.text;
        this.pass(segment, emit);
        return;
      case 'refusal':
      case 'call-start':
        // Neither is an answer in the form that was asked for, nor is the text beside it.
        this.mustFit = false;
        this.release(emit);
        emit(segment);
        return;
      case 'finish':
        this.end(segment, emit);
        return;
      default:
        emit(segment);
    }
  }

  private pass(segment: Segment, emit: EmitSegment): void {
    if (this.held) this.held.push(segment);
    else emit(segment);
  }

  private end(finish: FinishSegment, emit: EmitSegment): void {
    if (this.isFinished) return;
    this.isFinished = true;
    if (finish.reason === 'stop' && this.mustFit) {
      this.check.run(this.text, finish, (verdict) => {
        this.decide(verdict, finish, emit);
      });
      return;
    }
    this.release(emit);
    emit(finish);
  }

  private decide(verdict: Verdict, finish: FinishSegment, emit: EmitSegment): void {
    const giveOut = (): void => {
      this.release(emit);
      const error = this.check.judge(verdict);
      emit(error ? { kind: 'failure', error } : finish);
    };
    if (verdict.kind !== 'broken' || !this.askAgain?.(this.text, giveOut)) giveOut();
  }

  private release(emit: EmitSegment): void {
    for (const segment of this.held ?? []) emit(segment);
    this.held = null;
  }
}
