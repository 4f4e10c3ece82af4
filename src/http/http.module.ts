import { Module } from '@nestjs/common';
import { IdsModule } from '../ids/ids.module.js';
import { DrainService } from './drain.service.js';
import { FrameworkLogger } from './framework-logger.js';
import { RequestLog } from './request-log.js';
import { ServerListener } from './server.listener.js';

@Module({
  imports: [IdsModule],
  providers: [DrainService, FrameworkLogger, RequestLog, ServerListener],
  exports: [DrainService, FrameworkLogger, RequestLog],
})
export class HttpModule {}
