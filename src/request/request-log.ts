import { Injectable } from '@nestjs/common';
import type { Request } from 'express';
import { PinoLogger } from 'nestjs-pino';
import type { RequestContext } from './request-context.js';

/** Writes one log line per request. Never bodies, never keys. */
@Injectable()
export class RequestLog {
  constructor(private readonly logger: PinoLogger) {
    logger.setContext('request');
  }

  write(
    request: Pick<Request, 'method' | 'path'>,
    status: number,
    { id, caller, report, startedAt }: RequestContext,
  ): void {
    const line = {
      request_id: id,
      method: request.method,
      path: request.path,
      status,
      duration_ms: round(performance.now() - startedAt),
      transport: report.transport,
      caller: caller?.id,
      model: report.model,
      upstream: report.upstream,
      stream: report.stream,
      outcome: report.outcome,
      first_output_ms:
        report.firstOutputAt === undefined ? undefined : round(report.firstOutputAt - startedAt),
      input_tokens: report.usage?.input_tokens,
      warnings: report.warnings,
      output_tokens: report.usage?.output_tokens,
      ...(report.cause !== undefined && { err: report.cause }),
    };
    if (status >= 500 || report.outcome === 'failed') this.logger.error(line, 'request failed');
    else if (request.path.startsWith('/health')) this.logger.debug(line, 'request');
    else this.logger.info(line, 'request');
  }
}

function round(milliseconds: number): number {
  return Math.round(milliseconds * 10) / 10;
}
