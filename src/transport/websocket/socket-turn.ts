import { Observable, type Subscriber } from 'rxjs';
import type { LifecycleEvent, ResponseEvent } from '../../contracts/response-events.js';
import type { ResponseObject } from '../../contracts/responses-api.js';
import { GatewayError } from '../../errors/gateway-error.js';
import type { DrainService } from '../../request/drain.service.js';
import { unsubscribeSafely } from '../../request/guarded.js';
import type { RequestContext } from '../../request/request-context.js';
import type { Running } from '../../request/running-list.js';
import type { ResponseRun } from '../../responses/run/response-run.js';
import type { RunClient } from '../../responses/run/run-client.js';
import { EventFramer } from '../http/event-framer.js';
import type { EventReader } from '../http/event-reader.js';
import { TERMINAL_EVENTS } from '../http/terminal-events.js';
import type { Conversation, Joined } from './conversation.js';
import { errorFrame } from './error-frame.js';
import type { FrameSender } from './frame-sender.js';

export type TurnOutcome =
  | { kind: 'answered'; response: ResponseObject }
  /** Nothing was answered; an error frame has said why. */
  | { kind: 'refused'; error: GatewayError }
  /** The client is gone. */
  | { kind: 'aborted' };

/** One turn of a connection: the client of a run, which carries its events over the socket, and knows how it ended. */
export class SocketTurn implements EventReader, RunClient {
  /** false: a warm-up. */
  generate = true;
  /** The whole conversation of this turn; set once it is known. */
  joined: Joined | null = null;
  /** Of the response that is running; known once the client knows it. */
  responseId: string | null = null;
  private framer: EventFramer | null = null;
  private obfuscate = false;
  private ending: TurnOutcome | null = null;
  private run: ResponseRun | null = null;
  private subscriber: Subscriber<null> | null = null;

  constructor(
    readonly context: RequestContext,
    /** What the connection keeps of the response before. */
    readonly kept: Conversation | null,
    private readonly sender: FrameSender,
    private readonly drain: DrainService,
  ) {}

  get outcome(): TurnOutcome {
    return this.ending ?? { kind: 'refused', error: new GatewayError('upstream_incomplete') };
  }

  get hasBegun(): boolean {
    return this.framer !== null;
  }

  relay(runs: Observable<ResponseRun>): Observable<null> {
    return new Observable((subscriber) => {
      const running: Running = {
        slot: -1,
        cancel: (error) => {
          if (this.run) this.run.cancel(error);
          else subscriber.error(error);
        },
      };
      this.subscriber = subscriber;
      if (this.ending) {
        this.settle();
        return;
      }
      this.drain.enter(running);
      const chain = runs.subscribe({
        next: (run) => {
          this.run = run;
          queueMicrotask(() => {
            this.take(run);
          });
        },
        error: (error) => {
          subscriber.error(error);
        },
      });
      subscriber.add(() => {
        this.drain.leave(running);
        unsubscribeSafely(chain);
      });
    });
  }

  next(event: ResponseEvent): void {
    this.framer ??= new EventFramer(this.obfuscate);
    this.sender.send(this.framer.format(event));
    if (event.type === 'response.created') this.responseId = event.response.id;
    if (TERMINAL_EVENTS.has(event.type)) {
      this.ending = { kind: 'answered', response: (event as LifecycleEvent).response };
    }
  }

  end(): void {
    this.settle();
  }

  /** Nothing was answered, and nothing will be. */
  refuse(error: unknown): void {
    this.subscriber?.error(error);
  }

  /** Tells the client of it, unless it knows how the turn has ended. */
  tell(error: GatewayError): void {
    if (this.ending) return;
    this.ending = { kind: 'refused', error };
    this.sender.send(errorFrame(error, this.context.id));
  }

  /** The client is gone: the upstream is given up. */
  abort(): void {
    this.ending ??= { kind: 'aborted' };
    this.run?.detach(this);
    this.settle();
  }

  private take(run: ResponseRun): void {
    if (this.subscriber?.closed) {
      run.abandon();
      return;
    }
    this.obfuscate = run.obfuscate;
    this.sender.hold(run.gate);
    run.attach(this);
  }

  private settle(): void {
    this.run = null;
    if (!this.subscriber || this.subscriber.closed) return;
    this.subscriber.next(null);
    this.subscriber.complete();
  }
}
