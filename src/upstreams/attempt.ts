import { type Observable, type Observer, Subscription } from 'rxjs';
import { toGatewayError } from '../errors/gateway-error.js';
import { isServerFault } from './server-faults.js';
import type { UpstreamAttempt, UpstreamEvents } from './upstream-events.js';
import type { UpstreamServer } from './upstream-server.js';

/** One request to one server: what it counts for there, and what it says of the server's health. */
export class Attempt {
  hasAnswer = false;
  private readonly startedAt = performance.now();
  private readonly isTrial: boolean;
  private readonly reading = new Subscription();
  private readonly release: () => void;
  private readonly stopWaiting: () => void;
  private isReported = false;
  /** Whether the server's health has been told of it. */
  private isJudged = false;
  /** The answer goes on when its Observable has ended. */
  private isKept = false;

  /** @param move called when the server turns out to hang while this waits for an answer */
  constructor(
    readonly server: UpstreamServer,
    readonly isRetry: boolean,
    private readonly events: UpstreamEvents,
    move: () => void,
  ) {
    this.isTrial = server.health?.begin() ?? false;
    this.release = server.hold();
    this.stopWaiting = server.addWaiting({ slot: -1, move });
  }

  read<T>(answers: Observable<T>, observer: Observer<T>): void {
    this.reading.add(answers.subscribe(observer));
  }

  /** The first word has come. The server has proved itself when the answer is whole; a trial need not wait for that. */
  answer(): void {
    this.hasAnswer = true;
    this.report('accepted');
    if (this.isTrial) this.judge(true);
  }

  /** The answer is not over before `over` is called. */
  keepUntil(whenOver: (over: (isBroken: boolean) => void) => void): void {
    this.isKept = true;
    whenOver((isBroken) => {
      this.judge(!isBroken);
      this.release();
    });
  }

  readonly takeBroken = (error: unknown): void => {
    if (!isServerFault(error)) return;
    // A trial was judged by its first word.
    this.isJudged = false;
    this.judge(false);
  };

  fail(error: unknown): void {
    this.report(toGatewayError(error).errorName);
    this.judge(!isServerFault(error));
    this.end();
  }

  complete(): void {
    this.report('upstream_protocol_error');
    if (this.isKept) return;
    this.judge(this.hasAnswer);
    this.end();
  }

  /** Nobody waits for it any more, or for more of it: mostly since all was read. */
  abort(outcome: UpstreamAttempt['outcome']): void {
    this.report(outcome);
    if (!this.isKept) this.judge(this.hasAnswer ? true : null);
    this.end();
  }

  private end(): void {
    this.stopWaiting();
    if (!this.isKept) this.release();
    this.reading.unsubscribe();
  }

  private judge(isGood: boolean | null): void {
    if (this.isJudged) return;
    this.isJudged = true;
    this.server.health?.end(this.isTrial, isGood);
  }

  private report(outcome: UpstreamAttempt['outcome']): void {
    if (this.isReported) return;
    this.isReported = true;
    this.stopWaiting();
    this.events.attempts.next({
      upstream: this.server.name,
      outcome,
      latencyMs: performance.now() - this.startedAt,
      isRetry: this.isRetry,
    });
  }
}
