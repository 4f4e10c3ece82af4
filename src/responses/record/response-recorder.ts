import { setTimeout as pause } from 'node:timers/promises';
import type { ResponseObject } from '../../contracts/responses-api.js';
import { inSpan, type Trace } from '../../request/trace.js';
import type { HiddenItem, ResponseRecord, ResponseStore } from '../../state/response-store.js';
import type { StoredItem } from '../../state/stored-item.js';
import type { PlacedItem, RecordWriter } from './run-recorder.js';

const RETRY_MS = 500;
/** Ten minutes. */
const MAX_ATTEMPTS = 1_200;

/** What is known of a response before it is answered. */
export interface RecordOptions {
  trace: Trace;
  tenant: string;
  responseId: string;
  /** Its own items; made when they are to be written. */
  input: () => readonly StoredItem[];
  /** Reasoning that the client has not seen; known at the end. */
  hidden: () => readonly HiddenItem[];
  /** Unix time in seconds. */
  expiresAt: number;
  failed: (error: unknown) => void;
  /** Called when it is kept, before its client knows that it has ended: what it has held is free for the next request. */
  ended: () => Promise<void>;
}

/** Keeps a response that is answered to its client, once it has ended. */
export class ResponseRecorder implements RecordWriter {
  readonly failed: RecordOptions['failed'];

  constructor(
    private readonly store: ResponseStore,
    private readonly options: RecordOptions,
  ) {
    this.failed = options.failed;
  }

  keepItems(items: readonly PlacedItem[]): Promise<void> {
    return this.store.keepItems(this.options.tenant, this.options.responseId, items);
  }

  async keepResponse(response: ResponseObject): Promise<void> {
    const { trace, tenant, input, hidden, expiresAt, ended } = this.options;
    const record: ResponseRecord = {
      tenant,
      response,
      input: input(),
      hidden: hidden(),
      streamed: false,
      expiresAt,
      job: null,
    };
    await inSpan(trace, 'store', () => this.store.create(record));
    await ended();
  }
}

/** Keeps a background response, which has been there since it began to wait. */
export class BackgroundRecorder implements RecordWriter {
  readonly failed: RecordOptions['failed'];
  private isLostNow = false;

  /** @param lost called when another process has the response now */
  constructor(
    private readonly store: ResponseStore,
    private readonly options: Omit<RecordOptions, 'input' | 'expiresAt'> & {
      expiresAt: () => number;
      lost: () => void;
    },
  ) {
    this.failed = options.failed;
  }

  /** Whether another process has ended the response, or works on it: nothing more is kept here. */
  get isLost(): boolean {
    return this.isLostNow;
  }

  async begun(): Promise<void> {
    const { tenant, responseId } = this.options;
    const isFirst = await insist(() => this.store.markStarted(tenant, responseId)).catch(() => false);
    if (!isFirst) this.lose();
  }

  async keepItems(items: readonly PlacedItem[]): Promise<void> {
    if (!this.isLostNow) await this.store.keepItems(this.options.tenant, this.options.responseId, items);
  }

  async keepResponse(response: ResponseObject): Promise<void> {
    if (this.isLostNow) return;
    const { trace, tenant, hidden, expiresAt, ended } = this.options;
    const isKept = await inSpan(trace, 'store', () =>
      insist(() => this.store.settle(tenant, response, hidden(), expiresAt())),
    );
    if (!isKept) this.lose();
    await ended();
  }

  private lose(): void {
    this.isLostNow = true;
    this.options.lost();
  }
}

/** Nobody waits, so an answer need not be lost with a store that is away for a while. */
async function insist<T>(act: () => Promise<T>): Promise<T> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await act();
    } catch (error) {
      if (attempt >= MAX_ATTEMPTS) throw error;
      await pause(RETRY_MS);
    }
  }
}
