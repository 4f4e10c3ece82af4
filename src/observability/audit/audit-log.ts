import { Injectable } from '@nestjs/common';
import { type Call, CallObserver } from '../../request/call-observer.js';
import { tenantOf } from '../../request/request-context.js';
import { AuditOutput } from './audit-output.js';

/** Anybody may send the header, as long as they like. */
const MOST_OF_FORWARDED = 256;

/** Writes who called what, a JSON object a line, apart from the log: of its level, form and lifetime. Never what was said. */
@Injectable()
export class AuditLog extends CallObserver {
  constructor(private readonly output: AuditOutput) {
    super();
  }

  override ended({ method, path, route, status, durationMs, context }: Call): void {
    // Probes call all the time, and are nobody.
    if (path.startsWith('/health')) return;
    const { id, caller, clientAddress, report } = context;
    this.output.write({
      time: new Date().toISOString(),
      request_id: id,
      tenant: caller ? tenantOf(context) : undefined,
      caller: caller?.id,
      client: clientAddress,
      forwarded_for: context.header('x-forwarded-for')?.slice(0, MOST_OF_FORWARDED),
      method,
      path,
      route,
      transport: report.transport,
      status,
      outcome: report.outcome,
      model: report.model,
      upstream: report.upstream,
      input_tokens: report.usage?.input_tokens,
      output_tokens: report.usage?.output_tokens,
      duration_ms: Math.round(durationMs),
    });
  }
}
