import { type Observer, type Subscriber } from 'rxjs';
import type { GatewayError } from '../../errors/gateway-error.js';
import type { Running } from '../../request/running-list.js';
import { ResponseRun } from '../../responses/run/response-run.js';

/**
 * What a handler makes of one request, on its way out of Nest. It can be cancelled: as an error while Nest waits, and through the run
 * from then on. It outlives Nest's part, and holds nothing of that any more then.
 */
export class HandOver implements Running, Observer<unknown> {
  slot = -1;
  private run: ResponseRun | null = null;

  /**
   * @param waiting Nest: it gets a value, or an error that becomes an HTTP error
   * @param attach attaches the client to the run
   * @param reply prepares for any other value
   */
  constructor(
    private waiting: Subscriber<unknown> | null,
    private attach: ((run: ResponseRun) => void) | null,
    private reply: ((value: unknown) => void) | null,
  ) {}

  readonly refuse = (error: unknown): void => {
    this.waiting?.error(error);
  };

  next(value: unknown): void {
    if (value instanceof ResponseRun) {
      this.run = value;
      // In a moment, when the interceptors on the way have heard of the end too.
      queueMicrotask(this.finish);
    } else {
      this.reply?.(value);
      this.waiting?.next(value);
    }
  }

  error(error: unknown): void {
    this.refuse(error);
  }

  complete(): void {
    if (!this.run) this.waiting?.complete();
  }

  cancel(error: GatewayError): void {
    if (this.run) this.run.cancel(error);
    else this.refuse(error);
  }

  private readonly finish = (): void => {
    const { run, waiting, attach } = this;
    if (!run || !waiting || !attach) return;
    try {
      if (waiting.closed) run.abandon();
      else attach(run);
    } catch (error) {
      waiting.error(error);
    }
    this.waiting = null;
    this.attach = null;
    this.reply = null;
    if (waiting.closed) return;
    waiting.next(undefined);
    waiting.complete();
  };
}
