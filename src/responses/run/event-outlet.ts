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

  /**
   * @param crash is told what an observer has thrown, or the client at an event that cannot be written
   * @param toRefusal makes of that what a client is told who was answered nothing
   */
  constructor(
    private readonly crash: (error: unknown) => void,
    private readonly toRefusal: (error: unknown) => unknown = (error) => error,
  ) {}

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

  /** There is nothing yet, and no error either. */
  begin(): void {
    if (this.client?.hasBegun === false) this.client.begin?.();
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
    client.refuse(this.toRefusal(error));
    return true;
  }

  /** The client gets nothing more, and no end. */
  breakOff(): void {
    const { client } = this;
    this.close();
    client?.breakOff?.();
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
    try {
      this.observers?.next(event);
    } catch (error) {
      if (!this.outlive(error)) return;
    }
    try {
      this.client?.next(event);
    } catch (error) {
      // An observer has made something of it that cannot be written.
      this.outlive(error);
    }
  }

  /** @returns whether events are still delivered: the first error becomes a failure, and the events of that must reach the client */
  private outlive(error: unknown): boolean {
    if (this.hasCrashed) {
      reportUnhandled(error);
      return true;
    }
    this.hasCrashed = true;
    this.crash(error);
    return false;
  }
}
