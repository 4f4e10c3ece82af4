import { Module } from '@nestjs/common';
import { HealthModule } from '../../health/health.module.js';
import { RequestModule } from '../../request/request.module.js';
import { CallLabels } from './call-labels.js';
import { LoadMetrics } from './load-metrics.js';
import { Meter } from './meter.js';
import { MetricsServer } from './metrics-server.service.js';
import { ModelMetrics } from './model-metrics.js';
import { ProcessMetrics } from './process-metrics.js';
import { RequestMetrics } from './request-metrics.js';
import { UpstreamMetrics } from './upstream-metrics.js';

/** The metrics, where METRICS_PORT says that somebody asks for them. */
@Module({
  imports: [HealthModule, RequestModule],
  providers: [
    { provide: Meter, useFactory: () => Meter.open() },
    CallLabels,
    RequestMetrics,
    ModelMetrics,
    LoadMetrics,
    UpstreamMetrics,
    ProcessMetrics,
    MetricsServer,
  ],
})
export class MetricsModule {}
