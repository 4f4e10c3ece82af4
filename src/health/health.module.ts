import { Module } from '@nestjs/common';
import { TerminusModule } from '@nestjs/terminus';
import { RequestModule } from '../request/request.module.js';
import { UpstreamsModule } from '../upstreams/upstreams.module.js';
import { HealthController } from './health.controller.js';
import { ReadinessIndicator } from './readiness.indicator.js';

@Module({
  imports: [TerminusModule.forRoot({ logger: false }), RequestModule, UpstreamsModule],
  controllers: [HealthController],
  providers: [ReadinessIndicator],
})
export class HealthModule {}
