import { Injectable } from '@nestjs/common';
import { UpstreamEvents } from '../../upstreams/upstream-events.js';
import { Meter } from './meter.js';

/** To the headers of an answer, which come with its first token, or after all of it where it is not streamed. */
const RESPONSE_SECONDS = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120, 300];

/** What happens between the gateway and its model servers. */
@Injectable()
export class UpstreamMetrics {
  constructor(meter: Meter, events: UpstreamEvents) {
    const attempts = meter.counter({
      name: 'gateway_upstream_attempts_total',
      help: 'Requests to a model server, by how they came out: accepted, aborted, or the error.',
      labelNames: ['upstream', 'outcome', 'retry'],
    });
    const response = meter.histogram({
      name: 'gateway_upstream_response_seconds',
      help: 'Time until the headers of an answer that a model server has accepted to give.',
      labelNames: ['upstream'],
      buckets: RESPONSE_SECONDS,
    });
    const ejections = meter.counter({
      name: 'gateway_upstream_ejections_total',
      help: 'How often a model server was taken out for a while.',
      labelNames: ['upstream', 'reason'],
    });
    events.attempts.subscribe(({ upstream, outcome, latencyMs, isRetry }) => {
      attempts.inc({ upstream, outcome, retry: String(isRetry) });
      if (outcome === 'accepted') response.observe({ upstream }, latencyMs / 1_000);
    });
    events.ejections.subscribe(({ upstream, reason }) => {
      ejections.inc({ upstream, reason });
    });
    meter.gauge(
      {
        name: 'gateway_upstream_up',
        help: '1: the model server gets requests; 0: it does not.',
        labelNames: ['upstream'],
      },
      (gauge) => {
        gauge.reset();
        for (const { name, isUp } of events.states()) gauge.set({ upstream: name }, Number(isUp));
      },
    );
    meter.gauge(
      {
        name: 'gateway_upstream_in_flight',
        help: 'Requests that a model server is working on for this gateway.',
        labelNames: ['upstream'],
      },
      (gauge) => {
        gauge.reset();
        for (const { name, inFlight } of events.states()) gauge.set({ upstream: name }, inFlight);
      },
    );
  }
}
