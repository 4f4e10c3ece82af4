import type { TextMapPropagator, Tracer } from '@opentelemetry/api';
import type { Call } from '../../request/call-observer.js';
import type { RequestContext } from '../../request/request-context.js';
import { describeCall, nameOf } from './describe-call.js';
import { type OpenTelemetry, RecordedTrace } from './recorded-trace.js';

const FROM_HEADERS = {
  get: (context: RequestContext, name: string): string | undefined => context.header(name),
  keys: (): string[] => [],
};

/** What the tracer is made of. */
export interface TracerParts {
  api: OpenTelemetry;
  tracer: Tracer;
  propagator: TextMapPropagator;
  /** Sends what has ended. */
  close: () => Promise<void>;
}

/** Makes a trace of each call, or continues the one that its client has begun. */
export class CallTracer {
  constructor(private readonly parts: TracerParts) {}

  begin(context: RequestContext, kind: 'server' | 'consumer'): void {
    const { api, tracer, propagator } = this.parts;
    const parent = propagator.extract(api.ROOT_CONTEXT, context, FROM_HEADERS);
    const options = { kind: kind === 'server' ? api.SpanKind.SERVER : api.SpanKind.CONSUMER };
    context.trace = new RecordedTrace(this.parts, tracer.startSpan('request', options, parent));
  }

  /** A probe's span is not ended: what has no end is not sent. */
  end(call: Call): void {
    const { trace, report } = call.context;
    if (!(trace instanceof RecordedTrace) || call.route.startsWith('/health')) return;
    const { span } = trace;
    if (!span.isRecording()) return;
    span.updateName(nameOf(call));
    span.setAttributes(describeCall(call));
    if (report.firstOutputAt !== undefined) span.addEvent('gen_ai.first_token', report.firstOutputAt);
    if (call.status >= 500 || report.outcome === 'failed') {
      span.setStatus({ code: this.parts.api.SpanStatusCode.ERROR });
    }
    span.end();
  }

  close(): Promise<void> {
    return this.parts.close();
  }
}
