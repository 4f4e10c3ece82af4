import type { ReadableSpan, SpanExporter } from '@opentelemetry/sdk-trace-base';
import type { Environment } from '../../config/environment.js';
import { readOwnPackage } from '../../extension/own-package.js';
import { CallTracer } from './call-tracer.js';
import { samplerOf } from './sampler.js';

const NAME = 'responses-gateway';

/**
 * Loads OpenTelemetry's SDK and sets it up for this process alone: nothing global is touched, so that the SDK of a deployer's
 * application may stand beside it. Limits and batches are the SDK's own business, by its own variables.
 *
 * @param failed is told why a batch could not be sent
 */
export async function openTracer(
  environment: Environment,
  failed: (error: unknown) => void,
): Promise<CallTracer> {
  const [api, { parseKeyPairsIntoRecord, W3CTraceContextPropagator }, resources, sdk, { OTLPTraceExporter }] =
    await Promise.all([
      import('@opentelemetry/api'),
      import('@opentelemetry/core'),
      import('@opentelemetry/resources'),
      import('@opentelemetry/sdk-trace-base'),
      import('@opentelemetry/exporter-trace-otlp-http'),
    ]);
  const { version } = readOwnPackage();
  const { OTEL_SERVICE_NAME: serviceName } = environment;
  const exporter = new OTLPTraceExporter({
    url: urlOf(environment),
    headers: parseKeyPairsIntoRecord(environment.OTEL_EXPORTER_OTLP_HEADERS),
  });
  const provider = new sdk.BasicTracerProvider({
    resource: resources.defaultResource().merge(
      resources.resourceFromAttributes({
        'service.name': NAME,
        'service.version': version,
        ...parseKeyPairsIntoRecord(environment.OTEL_RESOURCE_ATTRIBUTES),
        ...(serviceName !== undefined && { 'service.name': serviceName }),
      }),
    ),
    sampler: samplerOf(environment, sdk),
    spanProcessors: [new sdk.BatchSpanProcessor(tellingOfFailures(exporter, failed))],
  });
  return new CallTracer({
    api,
    tracer: provider.getTracer(NAME, version),
    propagator: new W3CTraceContextPropagator(),
    close: () => provider.shutdown(),
  });
}

function urlOf(environment: Environment): string {
  const { OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: exact, OTEL_EXPORTER_OTLP_ENDPOINT: base = '' } = environment;
  return exact ?? `${base.replace(/\/+$/, '')}/v1/traces`;
}

/** The SDK tells of failures only whoever has set up its global handlers. */
function tellingOfFailures(exporter: SpanExporter, failed: (error: unknown) => void): SpanExporter {
  return {
    export: (spans: ReadableSpan[], done) => {
      exporter.export(spans, (result) => {
        if (result.error) failed(result.error);
        done(result);
      });
    },
    forceFlush: () => exporter.forceFlush?.() ?? Promise.resolve(),
    shutdown: () => exporter.shutdown(),
  };
}
