import { Module } from '@nestjs/common';
import { DrainService } from './drain.service.js';
import { FrameworkLogger } from './framework-logger.js';
import { RequestLog } from './request-log.js';
import { UnhandledErrors } from './unhandled-errors.service.js';

@Module({
  providers: [DrainService, FrameworkLogger, RequestLog, UnhandledErrors],
  exports: [DrainService, FrameworkLogger, RequestLog],
})
export class HttpModule {}
