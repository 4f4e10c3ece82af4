/** W3C Trace Context, version 00: trace, parent and flags. Of later versions the beginning means the same. */
const TRACEPARENT =
  /^(?!ff)([\da-f]{2})-(?!0{32})([\da-f]{32})-(?!0{16})[\da-f]{16}-[\da-f]{2}(-[\x20-\x7e]*)?$/;
const TRACESTATE = /^[\x20-\x7e]{1,512}$/;
const NO_HEADERS: Readonly<Record<string, string>> = {};

/** Where in a trace a request stands, as its headers say it. What is malformed is as good as absent. */
export class TraceContext {
  readonly traceId: string | null;
  /** To be sent on. */
  readonly headers: Readonly<Record<string, string>>;

  constructor(traceparent: string | undefined, tracestate: string | undefined) {
    const [, version, traceId = null, rest] = TRACEPARENT.exec(traceparent ?? '') ?? [];
    const isValid = traceparent !== undefined && traceId !== null && (version !== '00' || rest === undefined);
    this.traceId = isValid ? traceId : null;
    if (!isValid) this.headers = NO_HEADERS;
    else if (tracestate !== undefined && TRACESTATE.test(tracestate))
      this.headers = { traceparent, tracestate };
    else this.headers = { traceparent };
  }
}
