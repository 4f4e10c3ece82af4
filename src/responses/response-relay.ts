import { type Observable, type Subscriber, Subscription } from 'rxjs';
import type { CallContext } from '../call/call-context.js';
import type { ChatCompletion } from '../contracts/chat-completions.js';
import type { ResponseEvent } from '../contracts/responses-api.js';
import { GatewayError, toGatewayError } from '../errors/gateway-error.js';
import type { Turn } from '../translation/turn.js';

export interface RelayOptions {
  call: CallContext;
  /** Whether the client reads a stream; else a failure becomes an HTTP error also in mid-answer. */
  streamed: boolean;
  /** Opens the way back; `emit` gets each event. */
  openTurn: (emit: (event: ResponseEvent) => void) => Turn;
  /** Asks the upstream once more, when a demanded call did not come. */
  askAgain: () => Observable<ChatCompletion>;
}

/** Carries the chunks of one answer into its turn and the turn's events to whoever has subscribed. */
export class ResponseRelay {
  private readonly upstream = new Subscription();
  private readonly turn: Turn;
  private closing: ResponseEvent[] | null = null;

  constructor(
    private readonly subscriber: Subscriber<ResponseEvent>,
    private readonly options: RelayOptions,
  ) {
    this.turn = options.openTurn((event) => {
      if (this.closing) this.closing.push(event);
      else subscriber.next(event);
    });
    options.call.closeWith = (error) => this.close(error);
  }

  /** @returns what ends it: unsubscribing aborts the upstream */
  start(chunks: Observable<ChatCompletion>): Subscription {
    this.turn.start();
    this.listen(chunks);
    return this.upstream;
  }

  private listen(chunks: Observable<ChatCompletion>): void {
    this.upstream.add(
      chunks.subscribe({
        next: (chunk) => {
          this.push(chunk);
        },
        error: (error: unknown) => {
          // Behind the finish reason only usage was still to come: the answer itself is whole.
          if (this.turn.isFinished) this.turn.end();
          else this.turn.fail(toGatewayError(error));
          this.finish();
        },
        complete: () => {
          this.complete();
        },
      }),
    );
  }

  private push(chunk: ChatCompletion): void {
    const { turn } = this;
    try {
      turn.push(chunk);
    } catch (cause) {
      // A chunk of a shape that no server should send. Thrown on, it would end the process.
      turn.fail(new GatewayError('upstream_protocol_error', { cause }));
    }
    if (turn.hasOutput) this.options.call.report.firstOutputAt ??= performance.now();
    if (turn.isEnded) this.finish();
  }

  private complete(): void {
    if (this.turn.wantsAnother) {
      this.turn.startAgain();
      this.listen(this.options.askAgain());
      return;
    }
    this.turn.end();
    this.finish();
  }

  /** The answer is ended from outside, when its subscription may be gone: the closing events are handed back. */
  private close(error: GatewayError): ResponseEvent[] {
    this.closing = [];
    this.turn.fail(error);
    this.report();
    return this.closing;
  }

  private finish(): void {
    if (this.subscriber.closed) return;
    this.report();
    const { failure } = this.turn;
    if (failure && !this.options.streamed) this.subscriber.error(failure);
    else this.subscriber.complete();
  }

  private report(): void {
    const { failure, outcome, usage } = this.turn;
    const { report, warnings } = this.options.call;
    report.outcome = outcome ?? undefined;
    if (usage) report.usage = usage;
    if (failure) report.cause = failure.cause ?? failure;
    if (warnings.length > 0) report.warnings = warnings;
  }
}
