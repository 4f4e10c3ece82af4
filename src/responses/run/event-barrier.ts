import type { ResponseEvent } from '../../contracts/response-events.js';

/** Keeps what is answered. */
export interface Recorder {
  /**
   * Sees each event before anybody else does.
   *
   * @returns what the event has to wait for, which never rejects; undefined: nothing
   */
  before(event: ResponseEvent): Promise<void> | undefined;
}

interface Waiting {
  event: ResponseEvent;
  kept: Promise<void> | undefined;
}

/** Holds events back, in their order, until what they promise is kept: an id can be used once the client has it. */
export class EventBarrier {
  private readonly waiting: Waiting[] = [];
  private isDraining = false;
  private whenDrained: (() => void) | null = null;

  /**
   * @param pass gets the events
   * @param crashed is told what `pass` throws
   */
  constructor(
    private readonly recorder: Recorder,
    private readonly pass: (event: ResponseEvent) => void,
    private readonly crashed: (error: unknown) => void,
  ) {}

  readonly emit = (event: ResponseEvent): void => {
    const kept = this.recorder.before(event);
    if (kept === undefined && !this.isDraining) {
      this.pass(event);
      return;
    }
    this.waiting.push({ event, kept });
    if (!this.isDraining) void this.drain();
  };

  /** Calls back when nothing is held back: at once where that is now. */
  whenPassed(act: () => void): void {
    if (this.isDraining) this.whenDrained = act;
    else act();
  }

  private async drain(): Promise<void> {
    this.isDraining = true;
    for (let next = this.waiting[0]; next; next = this.waiting[0]) {
      await next.kept;
      this.waiting.shift();
      this.attempt(this.pass, next.event);
    }
    this.isDraining = false;
    const act = this.whenDrained;
    this.whenDrained = null;
    if (act) this.attempt(act, undefined);
  }

  private attempt<T>(act: (value: T) => void, value: T): void {
    try {
      act(value);
    } catch (error) {
      this.crashed(error);
    }
  }
}
