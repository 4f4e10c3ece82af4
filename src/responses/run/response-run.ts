import { Observable, type Subscriber } from 'rxjs';
import type { ResponseEvent } from '../../contracts/response-events.js';
import type { ResponseObject } from '../../contracts/responses-api.js';
import { type GatewayError, toGatewayError } from '../../errors/gateway-error.js';
import { Gate } from '../../request/gate.js';
import { reportUnhandled } from '../../request/guarded.js';
import type { Answer } from '../../translation/turn.js';
import { AnswerSource } from './answer-source.js';
import { EventBarrier } from './event-barrier.js';
import type { EventObserver } from './event-observers.js';
import { EventOutlet } from './event-outlet.js';
import { afterCalls } from './after-calls.js';
import type { RunClient } from './run-client.js';
import type { RunControls, RunOptions } from './run-options.js';
import { TurnLoop } from './turn-loop.js';

/**
 * One answer from its first question to its last event. It owns the requests to the upstream, the turns, the events and the result;
 * clients attach to it. Whatever ends it (it is done, has failed, was cancelled, its client has left) stops its work in one place,
 * and whatever is thrown on the way ends this answer alone.
 * @public
 */
export class ResponseRun extends AnswerSource implements RunControls {
  /** Closed by a client that is slow: the upstream is then not read. */
  override readonly gate = new Gate();
  override readonly firstSequence = 0;
  private readonly outlet: EventOutlet;
  private readonly barrier: EventBarrier | null;
  private answer: Answer | null = null;
  private loop: TurnLoop | null = null;
  /** Waits for the run to be handed over. */
  private starter: Subscriber<ResponseRun> | null = null;
  private startTimer: NodeJS.Timeout | undefined;
  private abortController: AbortController | null = null;
  /** The terminal event was made. */
  private isEnded = false;
  /** It was passed on. */
  private isSettled = false;
  /** Nobody hears of anything more. */
  private isOver = false;

  constructor(private readonly options: RunOptions) {
    super();
    const { recorder } = options;
    this.outlet = new EventOutlet(this.crash, this.toRefusal);
    this.barrier = recorder ? new EventBarrier(recorder, this.outlet.emit, this.crash) : null;
  }

  /** Aborted when the work is over. Made where somebody listens: a signal costs as much as many deltas. */
  get signal(): AbortSignal {
    if (!this.abortController) {
      this.abortController = new AbortController();
      if (this.isEnded || this.isOver) this.abortController.abort();
    }
    return this.abortController.signal;
  }

  override get streamed(): boolean {
    return this.options.streamed;
  }

  override get obfuscate(): boolean {
    return this.options.obfuscate ?? false;
  }

  /** The response as it ended; null while it has not, and once its client has it. */
  get result(): ResponseObject | null {
    return this.answer?.stream.result ?? null;
  }

  /** The events from now on; those from before there is a client wait for it, and are still to come. */
  get events(): Observable<ResponseEvent> {
    return this.outlet.events;
  }

  override observe(observer: EventObserver): void {
    this.outlet.observe(observer);
  }

  /**
   * Begins on subscription. Emits the run once, to be attached to: a streamed one when there is something to say, any other one
   * when it has ended well. Errors when nothing was answered. Unsubscribed before, the run is given up.
   */
  start(): Observable<ResponseRun> {
    return new Observable((starter) => {
      if (this.isOver) {
        starter.complete();
        return;
      }
      this.starter = starter;
      this.attempt(() => {
        this.work();
      });
      return () => {
        if (!this.starter) return;
        this.starter = null;
        this.abandon();
      };
    });
  }

  override attach(client: RunClient): void {
    if (this.isOver || !this.outlet.isHolding) return;
    this.outlet.attach(client);
    if (this.isSettled) this.end();
  }

  override detach(client: RunClient): void {
    if (!this.outlet.isAttached(client)) return;
    this.outlet.detach();
    this.abandon();
  }

  /** Unless it is to go on for nobody, the run is given up. */
  override abandon(): void {
    if (this.isOver || this.outlet.hasClient) return;
    if (this.options.whenLost !== 'continue') {
      this.close();
      return;
    }
    this.outlet.detach();
    // The one who has left may have been slow.
    this.gate.open();
    if (this.isSettled) this.end();
  }

  /** Ends an answer that has not ended, with or without a client: as a failed response, or as an error where nothing was said. */
  override cancel(error: GatewayError): void {
    this.attempt(() => {
      if (this.isEnded || this.isOver) return;
      if (this.starter) this.refuse(error);
      else this.fail(error);
    });
  }

  /** Ends it with what there is so far, as its client has asked for. */
  stop(): void {
    this.attempt(() => {
      if (this.isEnded || this.isOver || !this.answer) return;
      this.begin();
      this.answer.stream.cancel();
      this.finish();
    });
  }

  private work(): void {
    const { options } = this;
    const answer = options.openAnswer({
      emit: this.barrier?.emit ?? this.outlet.emit,
      resume: (go) => {
        this.attempt(() => this.loop?.resume(go));
      },
      signal: () => this.signal,
    });
    this.answer = answer;
    if (options.question === null) {
      this.begin();
      answer.stream.pushSegment({ kind: 'finish', reason: 'stop' });
      answer.stream.end();
      this.finish();
      return;
    }
    if (options.streamed && options.startTimeoutMs > 0) {
      this.startTimer = setTimeout(() => {
        this.attempt(this.begin);
      }, options.startTimeoutMs);
    }
    this.loop = new TurnLoop({
      answer,
      question: options.question,
      ask: (chat) => options.ask(chat, this),
      explain: (error) => options.explain(error),
      translateAnew: (error, asked) => options.translateAnew(error, asked),
      accepted: (upstream) => {
        options.report.upstream = upstream;
        this.begin();
      },
      began: this.begin,
      progressed: () => {
        if (options.report.firstOutputAt !== undefined || !answer.stream.hasOutput) return;
        options.report.firstOutputAt = performance.now();
        options.whenAnswering?.(answer);
      },
      refused: this.refuse,
      ended: this.finish,
      crashed: this.crash,
    });
    this.loop.start();
  }

  private readonly begin = (): void => {
    this.stopTimer();
    if (!this.answer || this.answer.stream.hasBegun) return;
    this.answer.stream.start();
    if (this.options.streamed) this.handOver();
  };

  private handOver(): void {
    const { starter } = this;
    if (!starter) return;
    this.starter = null;
    try {
      starter.next(this);
      starter.complete();
    } catch (error) {
      // Thrown by a teardown of a deployer's interceptor.
      reportUnhandled(error);
    }
  }

  private fail(error: GatewayError): void {
    this.answer?.stream.failAnyway(error);
    this.finish();
  }

  /** The terminal event was made. */
  private readonly finish = (): void => {
    if (this.isOver || !this.answer) return;
    this.isEnded = true;
    this.stopWork();
    const { report } = this.options;
    const { outcome, tokens, failure, callCounts } = this.answer.stream;
    report.outcome = outcome ?? undefined;
    if (tokens) report.usage = tokens;
    if (report.toolCalls) Object.assign(report.toolCalls, callCounts);
    if (failure) report.cause = failure.cause ?? failure;
    if (failure && this.starter && !this.options.streamed) {
      this.refuse(failure);
      return;
    }
    if (this.barrier) this.barrier.whenPassed(this.settle);
    else this.settle();
  };

  private readonly settle = (): void => {
    if (this.isOver) return;
    this.isSettled = true;
    this.handOver();
    if (!this.outlet.isHolding) this.end();
  };

  /** The terminal event was delivered. */
  private end(): void {
    if (this.isOver) return;
    const { result } = this;
    this.close(() => {
      this.outlet.end(result);
    });
  }

  private readonly crash = (error: unknown): void => {
    if (this.isOver) reportUnhandled(error);
    else if (this.starter) this.refuse(toGatewayError(error));
    else if (this.outlet.refuse(error)) this.close();
    else this.fail(toGatewayError(error));
  };

  private attempt(act: () => void): void {
    try {
      act();
    } catch (error) {
      this.crash(error);
    }
  }

  /** Nothing was answered. */
  private readonly refuse = (error: unknown): void => {
    const { starter } = this;
    this.starter = null;
    const refusal = this.toRefusal(error);
    this.close();
    starter?.error(refusal);
  };

  private readonly toRefusal = (error: unknown): unknown =>
    this.answer?.hasActed() ? afterCalls(toGatewayError(error)) : error;

  /** Every way out leads through here. What is left of the run keeps nothing of the answer, however long its client takes to read it. */
  private close(last?: () => void): void {
    const wasOver = this.isOver;
    this.isOver = true;
    this.stopWork();
    if (last) last();
    else this.outlet.close();
    if (!wasOver) this.options.whenOver?.();
    if (this.options.whenLost !== 'continue') this.answer = null;
  }

  private stopTimer(): void {
    clearTimeout(this.startTimer);
    this.startTimer = undefined;
  }

  private stopWork(): void {
    this.stopTimer();
    this.loop?.stop();
    this.loop = null;
    this.abortController?.abort();
  }
}
