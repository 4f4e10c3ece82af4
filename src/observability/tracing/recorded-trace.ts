import type { Context, Span as ApiSpan, TextMapPropagator, Tracer } from '@opentelemetry/api';
import { toGatewayError } from '../../errors/gateway-error.js';
import type { Span, Trace, TraceAttributes } from '../../request/trace.js';

export type OpenTelemetry = typeof import('@opentelemetry/api');

/** What spans are made with. */
export interface SpanTools {
  api: OpenTelemetry;
  tracer: Tracer;
  propagator: TextMapPropagator;
}

/** A trace that is recorded by OpenTelemetry's SDK. Its context is handed on by hand: nothing has to follow every promise. */
export class RecordedTrace implements Trace {
  private readonly context: Context;

  /** @param span that of the whole call */
  constructor(
    private readonly tools: SpanTools,
    readonly span: ApiSpan,
  ) {
    const { api } = tools;
    this.context = api.trace.setSpan(api.ROOT_CONTEXT, span);
  }

  get id(): string {
    return this.span.spanContext().traceId;
  }

  get headers(): Readonly<Record<string, string>> {
    return headersOf(this.tools, this.context);
  }

  begin(name: string, kind: 'internal' | 'client' = 'internal', attributes?: TraceAttributes): Span {
    const { api, tracer } = this.tools;
    const options = { kind: kind === 'client' ? api.SpanKind.CLIENT : api.SpanKind.INTERNAL, attributes };
    return new RecordedSpan(this.tools, tracer.startSpan(name, options, this.context));
  }
}

class RecordedSpan implements Span {
  constructor(
    private readonly tools: SpanTools,
    private readonly span: ApiSpan,
  ) {}

  get isRecording(): boolean {
    return this.span.isRecording();
  }

  get headers(): Readonly<Record<string, string>> {
    const { api } = this.tools;
    return headersOf(this.tools, api.trace.setSpan(api.ROOT_CONTEXT, this.span));
  }

  set(attributes: TraceAttributes): void {
    this.span.setAttributes(attributes);
  }

  event(name: string): void {
    this.span.addEvent(name);
  }

  end(error?: unknown): void {
    if (error !== undefined) {
      this.span.setAttribute('error.type', toGatewayError(error).code);
      this.span.setStatus({ code: this.tools.api.SpanStatusCode.ERROR });
    }
    this.span.end();
  }
}

function headersOf({ propagator }: SpanTools, context: Context): Record<string, string> {
  const headers: Record<string, string> = {};
  propagator.inject(context, headers, {
    set: (_carrier, name, value) => {
      headers[name] = value;
    },
  });
  return headers;
}
