import type { EventLog } from '../../coordination/event-log.js';
import { GatewayError } from '../../errors/gateway-error.js';
import { Gate } from '../../request/gate.js';
import { reportUnhandled } from '../../request/guarded.js';
import { AnswerSource } from '../run/answer-source.js';
import type { EventObserver } from '../run/event-observers.js';
import { EventOutlet } from '../run/event-outlet.js';
import type { RunClient } from '../run/run-client.js';

const BATCH = 500;

/** What is done about a log to which nothing is added: whoever wrote it may have died. */
export interface Silence {
  /** ms */
  afterMs: number;
  look: () => Promise<void>;
}

/** The events of an answer out of their log, and from then on those that it still gets: what a client of a background response reads. */
export class LoggedAnswer extends AnswerSource {
  override readonly streamed = true;
  override readonly gate = new Gate();
  override readonly firstSequence: number;
  private readonly outlet = new EventOutlet((error) => {
    this.refuse(error);
  });
  private unfollow: (() => void) | null = null;
  private isWanted = false;
  private isReading = false;
  private isOver = false;
  private quietSince = performance.now();

  /** @param after sequence number of the last event that the client has; -1: it has none */
  constructor(
    private readonly log: EventLog,
    readonly name: string,
    private after: number,
    override readonly obfuscate: boolean,
    private readonly silence: Silence | null = null,
  ) {
    super();
    this.firstSequence = after + 1;
  }

  override observe(observer: EventObserver): void {
    this.outlet.observe(observer);
  }

  override attach(client: RunClient): void {
    if (this.isOver) return;
    this.outlet.attach(client);
    this.unfollow = this.log.follow(this.name, this.pull);
    this.gate.attach({ pause: () => undefined, resume: this.pull });
    this.pull();
  }

  override detach(client: RunClient): void {
    if (this.outlet.isAttached(client)) this.abandon();
  }

  override abandon(): void {
    this.stop();
    this.outlet.close();
  }

  /** The answer itself goes on; its client can read on elsewhere. */
  override cancel(error: GatewayError): void {
    this.refuse(error);
  }

  private refuse(error: unknown): void {
    if (this.isOver) return;
    this.stop();
    // What was begun breaks off without a terminal event: the client knows that there is more to come.
    if (!this.outlet.refuse(error)) this.outlet.breakOff();
  }

  private readonly pull = (): void => {
    this.isWanted = true;
    if (!this.isReading) this.read().catch(reportUnhandled);
  };

  private async read(): Promise<void> {
    this.isReading = true;
    try {
      while (this.isWanted && !this.isOver && !this.gate.isClosed) {
        this.isWanted = false;
        const part = await this.log.read(this.name, this.after, BATCH);
        if (!part) {
          this.refuse(new GatewayError('store_unavailable', { message: 'The events are no longer kept.' }));
          return;
        }
        for (const event of part.events) {
          this.after = event.sequence_number;
          this.outlet.emit(event);
        }
        if (part.isEnded) this.end();
        else if (part.events.length > 0) this.goOn();
        else await this.wait();
      }
    } catch {
      // The log cannot be reached: it says when there is something to read again.
    } finally {
      this.isReading = false;
    }
  }

  private goOn(): void {
    this.quietSince = performance.now();
    this.isWanted = true;
  }

  private async wait(): Promise<void> {
    this.outlet.begin();
    const { silence } = this;
    if (!silence || performance.now() - this.quietSince < silence.afterMs) return;
    this.quietSince = performance.now();
    await silence.look();
  }

  private end(): void {
    if (this.isOver) return;
    this.stop();
    this.outlet.end(null);
  }

  private stop(): void {
    this.isOver = true;
    this.gate.detach();
    this.unfollow?.();
    this.unfollow = null;
  }
}
