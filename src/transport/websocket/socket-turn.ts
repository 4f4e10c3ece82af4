import { Observable, type Subscriber, Subscription } from 'rxjs';
import type { RequestContext } from '../../request/request-context.js';
import { guarded, unsubscribeSafely } from '../../request/guarded.js';
import type { LifecycleEvent, ResponseEvent } from '../../contracts/response-events.js';
import type { ResponseObject } from '../../contracts/responses-api.js';
import { GatewayError } from '../../errors/gateway-error.js';
import type { DrainService } from '../../request/drain.service.js';
import { EventFramer } from '../http/event-framer.js';
import type { EventReader } from '../http/event-reader.js';
import { asGatewayError } from '../../request/gateway-exception.filter.js';
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

/** One turn of a connection: carries its events to the client, and knows how it ended. */
export class SocketTurn implements EventReader {
  /** false: a warm-up. */
  generate = true;
  /** The whole conversation of this turn; set once it is known. */
  joined: Joined | null = null;
  /** Of the response that is running; known once the client knows it. */
  responseId: string | null = null;
  private framer: EventFramer | null = null;
  private ending: TurnOutcome | null = null;
  private readonly events = new Subscription();
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

  /** Sends events until they end. Errors when there was none yet; else the answer itself tells of its failure. */
  relay(events: Observable<ResponseEvent>): Observable<null> {
    return new Observable((subscriber) => {
      this.subscriber = subscriber;
      this.drain.enter(this.context);
      subscriber.add(() => {
        unsubscribeSafely(this.events);
        this.drain.leave(this.context);
      });
      if (this.ending) this.settle();
      else this.listen(events);
    });
  }

  /** Nothing was answered, and nothing will be. */
  refuse(error: GatewayError): void {
    if (this.ending) return;
    this.ending = { kind: 'refused', error };
    this.sender.send(errorFrame(error, this.context.id));
  }

  /** The client is gone: the upstream is given up. */
  abort(): void {
    this.ending ??= { kind: 'aborted' };
    this.settle();
  }

  private listen(events: Observable<ResponseEvent>): void {
    const cancel = (error: unknown): void => {
      unsubscribeSafely(this.events);
      this.fail(asGatewayError(error));
    };
    this.context.onCancel(cancel);
    const observer = {
      next: (event: ResponseEvent) => {
        this.send(event);
      },
      error: (error: unknown) => {
        this.fail(asGatewayError(error));
      },
      complete: () => {
        this.complete();
      },
    };
    this.events.add(events.subscribe(guarded(observer, cancel)));
  }

  private send(event: ResponseEvent): void {
    if (this.ending) return;
    this.framer ??= new EventFramer(this.context.obfuscate);
    this.sender.send(this.framer.format(event));
    if (event.type === 'response.created') this.responseId = event.response.id;
    if (TERMINAL_EVENTS.has(event.type)) {
      this.ending = { kind: 'answered', response: (event as LifecycleEvent).response };
    }
  }

  private fail(error: GatewayError): void {
    if (!this.framer) {
      this.subscriber?.error(error);
      return;
    }
    if (!this.ending) for (const event of this.context.closeWith?.(error) ?? []) this.send(event);
    this.refuse(error);
    this.settle();
  }

  private complete(): void {
    this.refuse(new GatewayError('upstream_incomplete'));
    this.settle();
  }

  private settle(): void {
    this.subscriber?.next(null);
    this.subscriber?.complete();
  }
}
