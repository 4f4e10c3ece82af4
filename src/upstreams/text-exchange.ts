import type { Subscriber } from 'rxjs';
import type { GatewayError } from '../errors/gateway-error.js';
import { type AnswerHeaders, UpstreamExchange } from './upstream-exchange.js';

/** An answer of any status, read to its end. */
export interface TextAnswer {
  status: number;
  headers: AnswerHeaders;
  text: string;
}

/** A request whose answer is read as a whole. */
export class TextExchange extends UpstreamExchange {
  constructor(
    private readonly answer: Subscriber<TextAnswer>,
    maxBodyBytes: number,
  ) {
    super(maxBodyBytes);
  }

  protected begin(): void {
    // The body says it all.
  }

  protected take(bytes: Buffer): void {
    this.collect(bytes);
  }

  protected end(): void {
    if (this.over) return;
    this.settle();
    const { status, headers } = this;
    this.answer.next({ status, headers, text: this.takeBody().toString('utf8') });
    this.answer.complete();
  }

  protected report(error: GatewayError): void {
    this.answer.error(error);
  }
}
