import { Injectable } from '@nestjs/common';
import { PinoLogger } from 'nestjs-pino';
import { type Call, CallObserver } from './call-observer.js';

/** Writes one log line per request, and per background response. Never bodies, never keys. */
@Injectable()
export class RequestLog extends CallObserver {
  constructor(private readonly logger: PinoLogger) {
    super();
    logger.setContext('request');
  }

  override ended({ method, path, status, durationMs, context }: Call): void {
    const { id, caller, report, startedAt } = context;
    const line = {
      request_id: id,
      trace_id: context.trace.id ?? undefined,
      method,
      path,
      status,
      duration_ms: round(durationMs),
      transport: report.transport,
      caller: caller?.id,
      model: report.model,
      upstream: report.upstream,
      stream: report.stream,
      outcome: report.outcome,
      limit: report.limit,
      first_output_ms:
        report.firstOutputAt === undefined ? undefined : round(report.firstOutputAt - startedAt),
      input_tokens: report.usage?.input_tokens,
      warnings: report.warnings,
      output_tokens: report.usage?.output_tokens,
      ...(report.cause !== undefined && { err: report.cause }),
    };
    const what = method === 'JOB' ? 'background response' : 'request';
    if (status >= 500 || report.outcome === 'failed') this.logger.error(line, `${what} failed`);
    else if (path.startsWith('/health')) this.logger.debug(line, what);
    else this.logger.info(line, what);
  }
}

function round(milliseconds: number): number {
  return Math.round(milliseconds * 10) / 10;
}
