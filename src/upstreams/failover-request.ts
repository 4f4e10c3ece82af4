import type { Observable, Subscriber } from 'rxjs';
import { GatewayError } from '../errors/gateway-error.js';
import type { AnswerKind } from './answer-kind.js';
import { Attempt } from './attempt.js';
import type { RetryBudget } from './retry-budget.js';
import { isRetried } from './server-faults.js';
import type { UpstreamEvents } from './upstream-events.js';
import type { UpstreamServer } from './upstream-server.js';

export interface FailoverOptions<T> {
  /** The next server to ask; null: none takes a request. */
  choose: (except: UpstreamServer | null) => UpstreamServer | null;
  /** @param broken to be told of a failure behind the first word of the answer */
  send: (server: UpstreamServer, broken: (error: GatewayError) => void) => Observable<T>;
  kind: AnswerKind<T>;
  budget: RetryBudget;
  events: UpstreamEvents;
}

/**
 * A request to one of several servers. Where that one fails before the first word of an answer, or turns out to hang, it goes to one
 * other: once, and while the budget for it lasts. What has begun to be answered is never asked again.
 */
export class FailoverRequest<T> {
  private current: Attempt | null = null;

  constructor(
    private readonly options: FailoverOptions<T>,
    private readonly subscriber: Subscriber<T>,
  ) {}

  start(): void {
    const { budget, choose } = this.options;
    budget.earn();
    const server = choose(null);
    if (server) this.ask(server, false);
    else this.subscriber.error(new GatewayError('upstream_overloaded'));
  }

  stop(): void {
    this.current?.abort('aborted');
  }

  private ask(server: UpstreamServer, isRetry: boolean): void {
    const { events, send } = this.options;
    const attempt = new Attempt(server, isRetry, events, () => {
      this.move(attempt);
    });
    this.current = attempt;
    attempt.read(send(server, attempt.takeBroken), {
      next: (answer) => {
        this.take(attempt, answer);
      },
      error: (error: unknown) => {
        attempt.fail(error);
        if (attempt.hasAnswer || !isRetried(error) || !this.retry(attempt)) this.subscriber.error(error);
      },
      complete: () => {
        attempt.complete();
        this.subscriber.complete();
      },
    });
  }

  private take(attempt: Attempt, answer: T): void {
    const { kind } = this.options;
    attempt.answer();
    kind.keep?.(answer, attempt);
    this.subscriber.next(kind.name(answer, attempt.server));
  }

  /** A server that hangs is let go before the other is asked: closing the connection ends what it may have begun. */
  private move(attempt: Attempt): void {
    const other = this.findOther(attempt, ({ isUp }) => isUp);
    if (!other) return;
    attempt.abort('upstream_timeout');
    this.ask(other, true);
  }

  private retry(attempt: Attempt): boolean {
    const other = this.findOther(attempt);
    if (!other) return false;
    this.ask(other, true);
    return true;
  }

  private findOther(
    { isRetry, server }: Attempt,
    isWanted: (other: UpstreamServer) => boolean = () => true,
  ): UpstreamServer | null {
    if (isRetry) return null;
    const { choose, budget } = this.options;
    const other = choose(server);
    return other && isWanted(other) && budget.spend(performance.now()) ? other : null;
  }
}
