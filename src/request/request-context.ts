import type { ResponseEvent } from '../contracts/response-events.js';
import type { GatewayError } from '../errors/gateway-error.js';
import type { RequestReport } from './request-report.js';
import { Gate } from './gate.js';

/** Who calls, as the auth strategy found out. */
export interface Caller {
  /** Stable name of the caller, safe to log: never a key. */
  id: string;
}

/**
 * One HTTP request on its way through the gateway. It is made first, handed to guards, interceptors and services
 * by `@CurrentCall()`, and carries what belongs to the request rather than to its body.
 */
export class RequestContext {
  readonly gate = new Gate();
  readonly report: RequestReport = {};
  readonly startedAt = performance.now();
  caller: Caller | null = null;
  /** Names of fields that were accepted and left out; answered as `x-gateway-ignored`. */
  ignored: readonly string[] = [];
  /** Names of what is wrong with the answer although it was given; answered as `x-gateway-warning` where headers still wait. */
  warnings: readonly string[] = [];
  /** Further headers of an answer that is not streamed, by name. */
  readonly answerHeaders: Record<string, string> = {};
  /** Id of the response whose conversation the input holds already, as a turn of a WebSocket has it; echoed. */
  previousResponseId: string | undefined;
  /** Pad the deltas of the stream. */
  obfuscate = false;
  /**
   * Set while an answer is under way: closes it with this error and returns the events that still belong to it, for
   * whoever has to end the answer from outside.
   */
  closeWith: ((error: GatewayError) => ResponseEvent[]) | null = null;
  /** Its place among the requests that are running; -1 while it is not. */
  slot = -1;
  private cancelHandler: ((error: GatewayError) => void) | null = null;

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

  /** Ends the answer with this error, as a failed response when it has begun. */
  cancel(error: GatewayError): void {
    this.cancelHandler?.(error);
  }

  onCancel(handler: (error: GatewayError) => void): void {
    this.cancelHandler = handler;
  }
}
