import { Module } from '@nestjs/common';
import { TerminusModule } from '@nestjs/terminus';
import { RedisConnections } from '../coordination/redis/redis-connections.js';
import { DatabaseModule } from '../database/database.module.js';
import { Database } from '../database/database.service.js';
import { extensionToken } from '../extension/extension-point.js';
import { RequestModule } from '../request/request.module.js';
import { ResponseStore } from '../state/response-store.js';
import { UpstreamClient } from '../upstreams/upstream.client.js';
import { UpstreamsModule } from '../upstreams/upstreams.module.js';
import { HealthController } from './health.controller.js';
import { listReadinessChecks, READINESS_CHECKS } from './readiness-check.js';
import { ReadinessIndicator } from './readiness.indicator.js';

@Module({
  imports: [TerminusModule.forRoot({ logger: false }), DatabaseModule, RequestModule, UpstreamsModule],
  controllers: [HealthController],
  providers: [
    {
      provide: READINESS_CHECKS,
      inject: [extensionToken(UpstreamClient), Database, extensionToken(ResponseStore), RedisConnections],
      useFactory: listReadinessChecks,
    },
    ReadinessIndicator,
  ],
  exports: [ReadinessIndicator],
})
export class HealthModule {}
