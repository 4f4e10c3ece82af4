import type { RequestReport } from './request-report.js';

/** The caller, as identified by the auth strategy. @public */
export interface Caller {
  /** Stable name of the caller, safe to log: never a key. */
  id: string;
}

/**
 * One HTTP request on its way through the gateway. It is made first, handed to guards, interceptors and services
 * by `@CurrentRequest()`, and carries what belongs to the request rather than to its body.
 * @public
 */
export class RequestContext {
  readonly report: RequestReport = {};
  readonly startedAt = performance.now();
  caller: Caller | null = null;
  /** Names of fields that were ignored; sent as `x-gateway-ignored`. */
  ignored: readonly string[] = [];
  /** Warnings about the answer; sent as `x-gateway-warning` where the headers are not sent yet. */
  warnings: readonly string[] = [];
  /** Further headers of an answer that is not streamed, by name. */
  readonly answerHeaders: Record<string, string> = {};
  /** Id of the response whose conversation the input holds already, as a turn of a WebSocket has it; echoed. */
  previousResponseId: string | undefined;
  /** null: the request is over. */
  private closers: (() => void)[] | null = [];

  constructor(
    readonly id: string,
    /** The caller's own key, as an Authorization header; only for an upstream that is configured to get it. */
    readonly authorization: string | undefined,
    private readonly headers: Readonly<Record<string, string | string[] | undefined>>,
  ) {}

  /** @param name in lower case */
  header(name: string): string | undefined {
    const value = this.headers[name];
    return Array.isArray(value) ? value[0] : value;
  }

  /** Calls back when the request is over: its client has the answer, or has left. */
  onClose(listener: () => void): void {
    if (this.closers) this.closers.push(listener);
    else listener();
  }

  /** Called by the transport. */
  close(): void {
    const closers = this.closers ?? [];
    this.closers = null;
    for (const listener of closers) listener();
  }
}
