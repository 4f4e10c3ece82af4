import { TraceContext } from './trace-context.js';

/** @public */
export type TraceAttributes = Readonly<Record<string, string | number | boolean | string[] | undefined>>;

/** One step of a request, from its beginning to its end. @public */
export interface Span {
  /** Whether anybody will see it: what costs something to find out need not be found out otherwise. */
  readonly isRecording: boolean;
  /** For a request to another server, which is then part of this step: `traceparent` and `tracestate`. */
  readonly headers: Readonly<Record<string, string>>;
  set(attributes: TraceAttributes): void;
  /** Something that happens within the step, now. */
  event(name: string): void;
  /**
   * Once.
   *
   * @param error what the step has failed with; of its text nothing is recorded, which may repeat what was said
   */
  end(error?: unknown): void;
}

/** Where the steps of a request are recorded. @public */
export interface Trace {
  /** For log lines; null: nobody has begun a trace. */
  readonly id: string | null;
  /** For whoever goes on with the request elsewhere: `traceparent` and `tracestate`. */
  readonly headers: Readonly<Record<string, string>>;
  /** @param kind `client`: a request to another server */
  begin(name: string, kind?: 'internal' | 'client', attributes?: TraceAttributes): Span;
}

/** The trace of a request that nobody records here: what its client has begun is passed on as it came. */
export class UnrecordedTrace implements Trace {
  private context: TraceContext | undefined;

  /** @param header a header of the request, by its name in lower case */
  constructor(private readonly header: (name: string) => string | undefined) {}

  get id(): string | null {
    return this.given.traceId;
  }

  get headers(): Readonly<Record<string, string>> {
    return this.given.headers;
  }

  begin(): Span {
    return new UnrecordedSpan(this);
  }

  private get given(): TraceContext {
    return (this.context ??= new TraceContext(this.header('traceparent'), this.header('tracestate')));
  }
}

class UnrecordedSpan implements Span {
  readonly isRecording = false;

  constructor(private readonly trace: Trace) {}

  get headers(): Readonly<Record<string, string>> {
    return this.trace.headers;
  }

  set(): void {
    // Nobody records it.
  }

  event(): void {
    // Nobody records it.
  }

  end(): void {
    // Nobody records it.
  }
}

/** Does one step of a request. Where it returns a promise, the step lasts until that is settled. */
export function inSpan<T>(trace: Trace, name: string, act: () => T): T {
  const span = trace.begin(name);
  const fail = (error: unknown): void => {
    span.end(error);
  };
  try {
    const result = act();
    if (result instanceof Promise) {
      void result.then(() => {
        span.end();
      }, fail);
    } else span.end();
    return result;
  } catch (error) {
    fail(error);
    throw error;
  }
}
