import { Module } from '@nestjs/common';
import { DrainService } from './drain.service.js';
import { FrameworkLogger } from './framework-logger.js';
import { InFlightLimiter } from './in-flight.limiter.js';
import { RequestLog } from './request-log.js';
import { UnhandledErrors } from './unhandled-errors.service.js';

@Module({
  providers: [DrainService, FrameworkLogger, InFlightLimiter, RequestLog, UnhandledErrors],
  exports: [DrainService, FrameworkLogger, InFlightLimiter, RequestLog],
})
export class RequestModule {}
