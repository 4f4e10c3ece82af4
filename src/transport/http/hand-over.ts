import { type Observer, type Subscriber } from 'rxjs';
import type { GatewayError } from '../../errors/gateway-error.js';
import type { Running } from '../../request/running-list.js';
import { AnswerSource } from '../../responses/run/answer-source.js';
import { PipedAnswer } from './piped-answer.js';

/** What answers the client itself, without Nest. */
type HandedOver = AnswerSource | PipedAnswer;

/**
 * What a handler makes of one request, on its way out of Nest. It can be cancelled: as an error while Nest waits, and through what
 * answers from then on. It outlives Nest's part, and holds nothing of that any more then.
 */
export class HandOver implements Running, Observer<unknown> {
  slot = -1;
  private answer: HandedOver | null = null;

  /**
   * @param waiting Nest: it gets a value, or an error that becomes an HTTP error
   * @param attach has the client answered
   * @param reply prepares for any other value
   */
  constructor(
    private waiting: Subscriber<unknown> | null,
    private attach: ((answer: HandedOver) => void) | null,
    private reply: ((value: unknown) => void) | null,
  ) {}

  readonly refuse = (error: unknown): void => {
    this.waiting?.error(error);
  };

  next(value: unknown): void {
    if (value instanceof AnswerSource || value instanceof PipedAnswer) {
      this.answer = value;
      // In a moment, when the interceptors on the way have heard of the end too.
      queueMicrotask(() => {
        this.finish();
      });
    } else {
      this.reply?.(value);
      this.waiting?.next(value);
    }
  }

  error(error: unknown): void {
    this.refuse(error);
  }

  complete(): void {
    if (!this.answer) this.waiting?.complete();
  }

  cancel(error: GatewayError): void {
    if (this.answer) this.answer.cancel(error);
    else this.refuse(error);
  }

  private finish(): void {
    const { answer, waiting, attach } = this;
    if (!answer || !waiting || !attach) return;
    try {
      if (waiting.closed) answer.abandon();
      else attach(answer);
    } catch (error) {
      waiting.error(error);
    }
    this.waiting = null;
    this.attach = null;
    this.reply = null;
    if (waiting.closed) return;
    waiting.next(undefined);
    waiting.complete();
  }
}
