import type { ConnectionMemory } from './connection-memory.js';
import type { RequestReport } from './request-report.js';
import { type Trace, UnrecordedTrace } from './trace.js';

/** What a caller may use; what is absent is not limited. @public */
export interface CallerLimits {
  requestsPerMinute?: number;
  /** Of input and output together. */
  tokensPerMinute?: number;
  /** Requests at the same time. */
  concurrent?: number;
}

/** The caller, as identified by the auth strategy. @public */
export interface Caller {
  /** Stable name of the caller, safe to log: never a key. */
  id: string;
  /** Whose data it works with: what one tenant keeps, no other finds. Absent: a tenant of its own. */
  tenant?: string;
  /** Of all callers with the same `limitedAs` together. */
  limits?: CallerLimits;
  /** Whose limits they are, such as a tenant's; absent: the caller's own. */
  limitedAs?: string;
  /** Limits that hold besides these, such as its tenant's beside its own. */
  furtherLimits?: { limits: CallerLimits; limitedAs: string };
  /** Names of the models it may use, as clients write them; absent: all. */
  models?: readonly string[];
}

/** Whose data a request works with: it finds what the same tenant has stored, and nothing else. @public */
export function tenantOf({ caller }: Pick<RequestContext, 'caller'>): string {
  return caller?.tenant ?? caller?.id ?? '';
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
  /** Where its steps are recorded: nowhere, unless an observer has begun a trace. */
  trace: Trace = new UnrecordedTrace((name) => this.header(name));
  /** Names of fields that were ignored; sent as `x-gateway-ignored`. */
  ignored: readonly string[] = [];
  /** Warnings about the answer; sent as `x-gateway-warning` where the headers are not sent yet. */
  warnings: readonly string[] = [];
  /** Further headers of an answer that is not streamed, by name. */
  readonly answerHeaders: Record<string, string> = {};
  /** Address that the request came from: a proxy's, where one stands in front. */
  clientAddress: string | undefined;
  /** What its caller has left of its limits: headers of every answer, of streams and of errors too. */
  readonly limitHeaders: Record<string, string> = {};
  /** What the connection remembers, where the request is a turn of a WebSocket. */
  connection: ConnectionMemory | null = null;
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

  /** Its client has the answer, or has left. */
  get isOver(): boolean {
    return this.closers === null;
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
