import { type Observable, Subscription } from 'rxjs';
import type { ChatCompletion, ChatRequest } from '../../contracts/chat-completions.js';
import { GatewayError, toGatewayError } from '../../errors/gateway-error.js';
import { Guarded, unsubscribeSafely } from '../../request/guarded.js';
import type { Question } from '../../translation/segments/ask-again.js';
import type { Answer, FollowUp, Turn } from '../../translation/turn.js';
import type { UpstreamAnswer } from '../../upstreams/upstream.client.js';

/** What a loop asks, and whom it tells what comes of it. */
export interface TurnLoopOptions {
  answer: Answer;
  question: Question;
  /** Asks the upstream. */
  ask: (chat: ChatRequest) => Observable<UpstreamAnswer>;
  /** Errors with what to say of the error of a question that was not answered. */
  explain: (error: unknown) => Observable<never>;
  /** What to ask instead where the upstream has refused to answer what it was `asked` and would take another form; else null. */
  translateAnew: (error: unknown, asked: Question) => Question | null;
  /** A server has accepted the question; `upstream` is its name. */
  accepted: (upstream: string) => void;
  /** There is something to say, before a server has accepted anything. */
  began: () => void;
  /** A chunk of its answer was read. */
  progressed: () => void;
  /** The model has answered nothing, and will not. */
  refused: (error: unknown) => void;
  /** The stream of the answer has ended. */
  ended: () => void;
  /** Something was thrown on the way. */
  crashed: (error: unknown) => void;
}

/**
 * Asks the model, reads its answer, and asks again for as long as a turn comes to another question: a call that was demanded, a
 * form that did not fit, a server that takes the request in another form only. What was shown of earlier turns stays.
 */
export class TurnLoop {
  private turn: Turn | null = null;
  private reading = new Subscription();
  /** The upstream has said everything, or nothing more is wanted of it. */
  private isRead = false;

  constructor(private readonly options: TurnLoopOptions) {}

  start(): void {
    const { answer, question, began } = this.options;
    const { opening } = answer;
    if (!opening) {
      this.ask({ question, draft: null });
      return;
    }
    began();
    opening((next) => {
      this.ask({ question: next, draft: null });
    });
  }

  /** Aborts the request that is under way. */
  stop(): void {
    unsubscribeSafely(this.reading);
  }

  /** Goes on with a turn whose end had to wait. */
  resume(go: () => void): void {
    if (this.options.answer.stream.isEnded) return;
    go();
    this.advance();
  }

  private ask(followUp: FollowUp): void {
    const { options } = this;
    const turn = options.answer.openTurn(followUp);
    const reading = new Subscription();
    let isAccepted = false;
    this.turn = turn;
    this.reading = reading;
    this.isRead = false;
    const observer = {
      next: ({ upstream, chunks }: UpstreamAnswer) => {
        isAccepted = true;
        options.accepted(upstream);
        this.read(turn, chunks);
      },
      error: (error: unknown) => {
        if (isAccepted) this.interrupt(turn, error);
        else this.explain(turn, error);
      },
      complete: () => {
        if (!isAccepted) this.refuse(turn, new GatewayError('upstream_protocol_error'));
      },
    };
    reading.add(options.ask(followUp.question.chat).subscribe(new Guarded(observer, options.crashed)));
  }

  private explain(turn: Turn, reason: unknown): void {
    const observer = {
      next: () => undefined,
      error: (error: unknown) => {
        this.refuse(turn, error);
      },
      complete: () => undefined,
    };
    const { explain, crashed } = this.options;
    this.reading.add(explain(reason).subscribe(new Guarded<never>(observer, crashed)));
  }

  private read(turn: Turn, chunks: Observable<ChatCompletion>): void {
    const observer = {
      next: (chunk: ChatCompletion) => {
        this.pushChunk(turn, chunk);
      },
      error: (error: unknown) => {
        this.interrupt(turn, error);
      },
      complete: () => {
        this.isRead = true;
        this.advance();
      },
    };
    this.reading.add(chunks.subscribe(new Guarded(observer, this.options.crashed)));
  }

  private pushChunk(turn: Turn, chunk: ChatCompletion): void {
    try {
      turn.pushChunk(chunk);
    } catch (cause) {
      turn.fail(new GatewayError('upstream_protocol_error', { cause }));
    }
    this.options.progressed();
    if (this.options.answer.stream.isEnded) this.options.ended();
    else if (turn.isCut) this.stopReading();
  }

  /** What comes next: nothing yet, another turn, or the end. */
  private advance(): void {
    const { turn } = this;
    if (this.options.answer.stream.isEnded) {
      this.options.ended();
      return;
    }
    if (!turn || !this.isRead || turn.isWaiting) return;
    const followUp = turn.end();
    if (followUp) this.ask(followUp);
    else this.options.ended();
  }

  private stopReading(): void {
    if (this.isRead) return;
    this.isRead = true;
    this.stop();
  }

  private interrupt(turn: Turn, error: unknown): void {
    if (!turn.isFinished && !this.options.answer.stream.hasOutput) {
      this.refuse(turn, error);
      return;
    }
    // Behind the finish reason only usage was still to come: the answer itself is whole.
    if (turn.isFinished) this.isRead = true;
    else turn.fail(toGatewayError(error));
    this.advance();
  }

  private refuse(turn: Turn, error: unknown): void {
    const question = this.options.translateAnew(error, turn.asked.question);
    if (question) {
      this.ask({ question, draft: turn.asked.draft });
      return;
    }
    if (this.options.answer.stream.hasBegun) {
      turn.fail(toGatewayError(error));
      this.options.ended();
    } else this.options.refused(error);
  }
}
