import { Injectable } from '@nestjs/common';
import { type Call, CallObserver } from '../../request/call-observer.js';
import { OTHER } from './bounded-names.js';
import { CallLabels, outcomeOf } from './call-labels.js';
import { ignoredField } from './ignored-field.js';
import { Meter } from './meter.js';

/** Counts calls as they end. */
@Injectable()
export class RequestMetrics extends CallObserver {
  private readonly requests;
  private readonly jobs;
  private readonly limited;
  private readonly ignored;

  constructor(
    meter: Meter,
    private readonly labels: CallLabels,
  ) {
    super();
    this.requests = meter.counter({
      name: 'gateway_requests_total',
      help: 'Requests that are over, and background responses (method JOB).',
      labelNames: ['route', 'method', 'model', 'tenant', 'outcome', 'status_class'],
    });
    this.jobs = meter.counter({
      name: 'gateway_jobs_total',
      help: 'Background responses that this process has worked on to their end.',
      labelNames: ['outcome'],
    });
    this.limited = meter.counter({
      name: 'gateway_rate_limited_total',
      help: 'Requests that were refused with rate_limit_exceeded, by the limit that was reached.',
      labelNames: ['limit'],
    });
    this.ignored = meter.counter({
      name: 'gateway_ignored_fields_total',
      help: 'What clients have sent and nothing was done with.',
      labelNames: ['field'],
    });
  }

  override ended(call: Call): void {
    const { route, method, status, context } = call;
    const outcome = outcomeOf(call);
    this.requests.inc({
      route,
      method,
      model: this.labels.modelOf(call),
      tenant: this.labels.tenantOf(call),
      outcome,
      status_class: `${Math.trunc(status / 100)}xx`,
    });
    if (method === 'JOB') this.jobs.inc({ outcome });
    if (outcome === 'rate_limit_exceeded') this.limited.inc({ limit: context.report.limit ?? OTHER });
    for (const name of context.ignored) this.ignored.inc({ field: ignoredField(name) });
  }
}
