import { Injectable } from '@nestjs/common';
import { Environment } from '../../config/environment.js';
import { type JobCounts, JobQueue } from '../../coordination/job-queue.js';
import { InjectExtension } from '../../extension/inject-extension.decorator.js';
import { InFlightLimiter } from '../../request/in-flight.limiter.js';
import { within } from '../../request/within.js';
import { Meter } from './meter.js';

/** A queue that does not answer must not hold the scrape up. */
const LIMIT_MS = 1_000;

/** How much is going on at the moment of a scrape. */
@Injectable()
export class LoadMetrics {
  constructor(
    meter: Meter,
    limiter: InFlightLimiter,
    { MAX_IN_FLIGHT }: Environment,
    @InjectExtension(JobQueue) queue: JobQueue,
  ) {
    meter.gauge({ name: 'gateway_requests_in_flight', help: 'Answers that are being given.' }, (gauge) => {
      gauge.set(limiter.running);
    });
    meter
      .gauge({ name: 'gateway_requests_in_flight_limit', help: 'MAX_IN_FLIGHT; 0: there is no limit.' })
      .set(MAX_IN_FLIGHT);
    meter.gauge({ name: 'gateway_requests_queued', help: 'Requests that wait for their turn.' }, (gauge) => {
      gauge.set(limiter.waiting);
    });
    const counts = (): Promise<JobCounts | null> => within(queue.counts(), LIMIT_MS, null).catch(() => null);
    meter.gauge(
      { name: 'gateway_jobs_running', help: 'Background responses that this process works on.' },
      async (gauge) => {
        gauge.set((await counts())?.running ?? NaN);
      },
    );
    meter.gauge(
      { name: 'gateway_jobs_waiting', help: 'Background responses that wait, for any replica.' },
      async (gauge) => {
        gauge.set((await counts())?.waiting ?? NaN);
      },
    );
  }
}
