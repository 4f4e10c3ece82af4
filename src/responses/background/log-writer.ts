import { setTimeout as pause } from 'node:timers/promises';
import type { ResponseEvent } from '../../contracts/response-events.js';
import type { ResponseObject } from '../../contracts/responses-api.js';
import type { EventLog } from '../../coordination/event-log.js';
import { GatewayError } from '../../errors/gateway-error.js';
import type { Gate } from '../../request/gate.js';
import type { RunClient } from '../run/run-client.js';

/** Events that wait for a log that is slow; then the upstream has to wait too. */
const MAX_WAITING = 2_000;
const RETRY_MS = 500;
/** A log that is gone for longer does not get the rest. */
const MAX_RETRIES = 600;

/** The client of a background answer that is streamed: writes its events into a log, where clients read them. */
export class LogWriter implements RunClient {
  readonly hasBegun = true;
  /** Resolves when the last event is in the log, or given up. */
  readonly written: Promise<void>;
  result: ResponseObject | null = null;
  private waiting: ResponseEvent[] = [];
  private isEnded = false;
  private isGivenUp = false;
  private isWriting = false;
  private finish!: () => void;

  /**
   * @param keepMs how long the log is kept when it has ended
   * @param isLost whether another process has taken over, which then writes the log
   */
  constructor(
    private readonly log: EventLog,
    private readonly name: string,
    private readonly gate: Gate,
    private readonly keepMs: number,
    private readonly isLost: () => boolean,
  ) {
    this.written = new Promise((resolve) => (this.finish = resolve));
  }

  next(event: ResponseEvent): void {
    this.waiting.push(event);
    if (this.waiting.length > MAX_WAITING) this.gate.close();
    this.wake();
  }

  end(response: ResponseObject | null): void {
    this.result = response;
    this.isEnded = true;
    this.wake();
  }

  refuse(): void {
    // It has begun, so nobody does.
  }

  private wake(): void {
    if (this.isWriting) return;
    this.isWriting = true;
    // What comes in one read of the upstream is one entry.
    queueMicrotask(() => void this.write());
  }

  private async write(): Promise<void> {
    let isWhole = false;
    while ((this.waiting.length > 0 || (this.isEnded && !isWhole)) && !this.isLost()) {
      const events = this.waiting;
      this.waiting = [];
      isWhole = this.isEnded;
      await this.append(events, isWhole);
      this.gate.open();
    }
    this.isWriting = false;
    if (this.isEnded) this.finish();
  }

  /** Where the log has lost what it had, or is away for too long, the answer goes on without it. */
  private async append(events: readonly ResponseEvent[], isEnd: boolean): Promise<void> {
    for (let attempt = 0; attempt < MAX_RETRIES && !this.isLost() && !this.isGivenUp; attempt++) {
      try {
        await this.log.append(this.name, events, { isEnd, keepMs: this.keepMs });
        return;
      } catch (error) {
        if (!isUnavailable(error)) break;
        await pause(RETRY_MS);
      }
    }
    this.isGivenUp = true;
  }
}

function isUnavailable(error: unknown): boolean {
  return error instanceof GatewayError && error.errorName === 'store_unavailable';
}
