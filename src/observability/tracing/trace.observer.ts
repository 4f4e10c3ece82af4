import { Injectable, type OnApplicationShutdown, type OnModuleInit } from '@nestjs/common';
import { PinoLogger } from 'nestjs-pino';
import { Environment } from '../../config/environment.js';
import { type Call, CallObserver } from '../../request/call-observer.js';
import type { RequestContext } from '../../request/request-context.js';
import { within } from '../../request/within.js';
import type { CallTracer } from './call-tracer.js';

/** How long the end of the process waits for the collector. */
const FLUSH_MS = 2_000;
const PAUSE_BETWEEN_WARNINGS_MS = 60_000;

/** Has each call recorded as a trace, where there is a collector for it. Without one, nothing of OpenTelemetry is loaded. */
@Injectable()
export class TraceObserver extends CallObserver implements OnModuleInit, OnApplicationShutdown {
  private tracer: CallTracer | null = null;
  private quietUntil = 0;

  constructor(
    private readonly environment: Environment,
    private readonly logger: PinoLogger,
  ) {
    super();
    logger.setContext('traces');
  }

  async onModuleInit(): Promise<void> {
    const { environment } = this;
    const { OTEL_EXPORTER_OTLP_ENDPOINT, OTEL_EXPORTER_OTLP_TRACES_ENDPOINT, OTEL_SDK_DISABLED } =
      environment;
    if (OTEL_SDK_DISABLED || !(OTEL_EXPORTER_OTLP_TRACES_ENDPOINT ?? OTEL_EXPORTER_OTLP_ENDPOINT)) return;
    const { openTracer } = await import('./open-tracer.js');
    this.tracer = await openTracer(environment, this.warn);
  }

  override began(context: RequestContext): void {
    this.tracer?.begin(context, 'server');
  }

  override beganJob(context: RequestContext): void {
    this.tracer?.begin(context, 'consumer');
  }

  override ended(call: Call): void {
    this.tracer?.end(call);
  }

  /** Behind the drain: what has ended until then is sent. */
  async onApplicationShutdown(): Promise<void> {
    if (this.tracer) await within(this.tracer.close(), FLUSH_MS, undefined);
  }

  /** A collector that is away is away for every batch. */
  private readonly warn = (error: unknown): void => {
    const now = performance.now();
    if (now < this.quietUntil) return;
    this.quietUntil = now + PAUSE_BETWEEN_WARNINGS_MS;
    this.logger.warn({ err: error }, 'traces could not be sent');
  };
}
