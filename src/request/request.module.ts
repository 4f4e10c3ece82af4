import { Module } from '@nestjs/common';
import { DiscoveryModule } from '@nestjs/core';
import { CallObservers } from './call-observers.service.js';
import { DrainService } from './drain.service.js';
import { FrameworkLogger } from './framework-logger.js';
import { InFlightLimiter } from './in-flight.limiter.js';
import { RequestLog } from './request-log.js';
import { UnhandledErrors } from './unhandled-errors.service.js';

@Module({
  imports: [DiscoveryModule],
  providers: [CallObservers, DrainService, FrameworkLogger, InFlightLimiter, RequestLog, UnhandledErrors],
  exports: [CallObservers, DrainService, FrameworkLogger, InFlightLimiter],
})
export class RequestModule {}
