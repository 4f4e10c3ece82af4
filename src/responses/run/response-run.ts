import { type Observable, type Subscriber, Subscription } from 'rxjs';
import type { RequestContext } from '../../request/request-context.js';
import { guarded, unsubscribeSafely, reportUnhandled } from '../../request/guarded.js';
import type { ChatCompletion, ChatRequest } from '../../contracts/chat-completions.js';
import type { ResponseEvent } from '../../contracts/response-events.js';
import { GatewayError, toGatewayError } from '../../errors/gateway-error.js';
import type { TranslatedRequest } from '../../translation/request/translate-request.js';
import type { TurnHandlers } from '../../translation/translation.service.js';
import type { Turn } from '../../translation/turn.js';

export interface RunOptions {
  context: RequestContext;
  request: TranslatedRequest;
  /** Whether the client reads a stream; else a failure becomes an HTTP error also in mid-answer. */
  streamed: boolean;
  /** Silence of the upstream after which the events begin without it, ms; 0: they wait. */
  startTimeoutMs: number;
  openTurn: (handlers: Pick<TurnHandlers, 'emit' | 'resume' | 'signal'>) => Turn;
  /** Asks the upstream: emits the chunks of its answer once it has accepted. */
  ask: (chat: ChatRequest) => Observable<Observable<ChatCompletion>>;
  /** What to ask instead, where the upstream has refused to answer and would take another form; else null. */
  recover: (error: unknown) => TranslatedRequest | null;
}

/**
 * One answer from its first question to its last event: asks the upstream, carries the chunks into the turn and the turn's
 * events to whoever has subscribed, and asks again where the turn wants another answer. Whatever is thrown on the way ends
 * this answer alone.
 */
export class ResponseRun {
  private readonly work = new Subscription();
  /** Made where somebody listens: a signal costs as much as many deltas. */
  private abortController: AbortController | null = null;
  private readonly turn: Turn;
  private reading = new Subscription();
  private hasBegun = false;
  /** The upstream has said everything. */
  private isRead = false;
  private closing: ResponseEvent[] | null = null;

  constructor(
    private readonly subscriber: Subscriber<ResponseEvent>,
    private readonly options: RunOptions,
  ) {
    this.turn = options.openTurn({
      emit: (event) => {
        if (this.closing) this.closing.push(event);
        else subscriber.next(event);
      },
      resume: (go) => {
        this.attempt(() => {
          this.resume(go);
        });
      },
      signal: () => (this.abortController ??= new AbortController()).signal,
    });
    options.context.closeWith = (error) => this.close(error);
  }

  /** @returns what ends it: unsubscribing aborts the upstream */
  start(): Subscription {
    const { streamed, startTimeoutMs, request } = this.options;
    this.work.add(() => {
      this.abortController?.abort();
    });
    if (streamed && startTimeoutMs > 0) this.beginAfter(startTimeoutMs);
    this.ask(request.chat);
    return this.work;
  }

  private beginAfter(milliseconds: number): void {
    const timer = setTimeout(() => {
      this.attempt(() => {
        this.begin();
      });
    }, milliseconds);
    this.work.add(() => {
      clearTimeout(timer);
    });
  }

  private begin(): void {
    if (this.hasBegun) return;
    this.hasBegun = true;
    this.turn.start();
  }

  private ask(chat: ChatRequest): void {
    let accepted = false;
    const refuse = (error: unknown): void => {
      if (accepted) this.interrupt(error);
      else this.refuse(error);
    };
    this.isRead = false;
    this.reading = new Subscription();
    this.work.add(this.reading);
    const observer = {
      next: (chunks: Observable<ChatCompletion>) => {
        accepted = true;
        this.begin();
        this.listen(chunks);
      },
      error: refuse,
      complete: () => {
        if (!accepted) refuse(new GatewayError('upstream_protocol_error'));
      },
    };
    this.reading.add(this.options.ask(chat).subscribe(guarded(observer, this.crash)));
  }

  private listen(chunks: Observable<ChatCompletion>): void {
    const observer = {
      next: (chunk: ChatCompletion) => {
        this.pushChunk(chunk);
      },
      error: (error: unknown) => {
        this.interrupt(error);
      },
      complete: () => {
        this.isRead = true;
        this.advance();
      },
    };
    this.reading.add(chunks.subscribe(guarded(observer, this.crash)));
  }

  private pushChunk(chunk: ChatCompletion): void {
    const { turn } = this;
    try {
      turn.pushChunk(chunk);
    } catch (cause) {
      // A chunk of a shape that no server should send.
      turn.fail(new GatewayError('upstream_protocol_error', { cause }));
    }
    if (turn.hasOutput) this.options.context.report.firstOutputAt ??= performance.now();
    if (turn.isEnded) this.finish();
    else if (turn.isCut) this.stopReading();
  }

  /** Goes on with an answer whose end had to wait. */
  private resume(go: () => void): void {
    if (this.subscriber.closed) return;
    go();
    this.advance();
  }

  /** What comes next: nothing yet, another question, or the end. */
  private advance(): void {
    const { turn } = this;
    if (turn.isEnded) {
      this.finish();
      return;
    }
    if (!this.isRead || turn.isWaiting) return;
    const next = turn.takeNext();
    if (next) {
      this.ask(next);
      return;
    }
    turn.end();
    this.finish();
  }

  private stopReading(): void {
    if (this.isRead) return;
    this.isRead = true;
    this.reading.unsubscribe();
  }

  private interrupt(error: unknown): void {
    const { turn } = this;
    if (!turn.isFinished && !turn.hasOutput) {
      this.refuse(error);
      return;
    }
    // Behind the finish reason only usage was still to come: the answer itself is whole.
    if (turn.isFinished) this.isRead = true;
    else turn.fail(toGatewayError(error));
    this.advance();
  }

  private refuse(error: unknown): void {
    const other = this.options.recover(error);
    if (other) {
      this.turn.replace(other);
      this.ask(other.chat);
    } else if (this.hasBegun) {
      this.turn.fail(toGatewayError(error));
      this.finish();
    } else {
      this.subscriber.error(error);
    }
  }

  private readonly crash = (error: unknown): void => {
    const failure = toGatewayError(error);
    if (this.subscriber.closed) {
      // The answer is over, and its end may not have reached the client.
      reportUnhandled(error);
    } else if (this.hasBegun) {
      this.turn.fail(failure);
      this.finish();
    } else {
      this.subscriber.error(failure);
    }
  };

  private attempt(act: () => void): void {
    try {
      act();
    } catch (error) {
      this.crash(error);
    }
  }

  /**
   * The answer is ended from outside, when its subscription may be gone: the closing events are handed back, also where
   * the answer had ended already and its client never learned of it.
   */
  private close(error: GatewayError): ResponseEvent[] {
    this.closing = [];
    this.turn.failAnyway(error);
    this.report();
    return this.closing;
  }

  private finish(): void {
    if (this.subscriber.closed) return;
    this.report();
    const { failure } = this.turn;
    try {
      if (failure && !this.options.streamed) this.subscriber.error(failure);
      else this.subscriber.complete();
    } finally {
      // Also where an interceptor swallows the end, or throws in its teardown.
      unsubscribeSafely(this.work);
    }
  }

  private report(): void {
    const { failure, outcome, usage } = this.turn;
    const { report, warnings } = this.options.context;
    report.outcome = outcome ?? undefined;
    if (usage) report.usage = usage;
    if (failure) report.cause = failure.cause ?? failure;
    if (warnings.length > 0) report.warnings = warnings;
  }
}
