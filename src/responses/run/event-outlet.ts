import { Observable } from 'rxjs';
import type { ResponseEvent } from '../../contracts/response-events.js';
import type { ResponseObject } from '../../contracts/responses-api.js';
import { reportUnhandled } from '../../request/guarded.js';
import { type EventObserver, EventObservers } from './event-observers.js';
import type { RunClient } from './run-client.js';

/** Where the events of an answer go: to its observers, and then straight to its client. They wait until there is one. */
export class EventOutlet {
  private held: ResponseEvent[] | null = [];
  private client: RunClient | null = null;
  private observers: EventObservers | null = null;
  private hasCrashed = false;
  private isClosed = false;

  /** @param crash is told what an observer has thrown */
  constructor(private readonly crash: (error: unknown) => void) {}

  get hasClient(): boolean {
    return this.client !== null;
  }

  /** Whether events are waiting for a client. */
  get isHolding(): boolean {
    return this.held !== null;
  }

  get events(): Observable<ResponseEvent> {
    return new Observable((subscriber) => {
      this.observe(subscriber);
      return () => this.observers?.remove(subscriber);
    });
  }

  observe(observer: EventObserver): void {
    (this.observers ??= new EventObservers()).add(observer);
  }

  readonly emit = (event: ResponseEvent): void => {
    if (this.held) this.held.push(event);
    else this.deliver(event);
  };

  attach(client: RunClient): void {
    this.release(client);
  }

  isAttached(client: RunClient): boolean {
    return this.client === client;
  }

  /** There is no client, and will be none: events are for the observers only. */
  detach(): void {
    this.release(null);
  }

  /** The terminal event was the last. */
  end(response: ResponseObject | null): void {
    const { client } = this;
    try {
      this.observers?.complete();
    } catch (error) {
      if (this.refuse(error)) return;
      reportUnhandled(error);
    }
    this.close();
    client?.end(response);
  }

  /** @returns whether the client could still be told that nothing was answered */
  refuse(error: unknown): boolean {
    const { client } = this;
    if (!client || client.hasBegun) return false;
    this.close(error);
    client.refuse(error);
    return true;
  }

  /** Nobody hears of anything more. @param error set where nothing was answered */
  close(error?: unknown): void {
    this.isClosed = true;
    this.held = null;
    this.client = null;
    this.observers?.close(error);
    this.observers = null;
  }

  private release(client: RunClient | null): void {
    const held = this.held ?? [];
    this.client = client;
    this.held = null;
    for (const event of held) this.deliver(event);
  }

  private deliver(event: ResponseEvent): void {
    if (this.isClosed) return;
    if (this.observers && !this.show(this.observers, event)) return;
    this.client?.next(event);
  }

  /** @returns whether the event still goes to the client */
  private show(observers: EventObservers, event: ResponseEvent): boolean {
    try {
      observers.next(event);
      return true;
    } catch (error) {
      // The events of the failure that this becomes must reach the client.
      if (this.hasCrashed) {
        reportUnhandled(error);
        return true;
      }
      this.hasCrashed = true;
      this.crash(error);
      return false;
    }
  }
}
