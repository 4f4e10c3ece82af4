import { Module } from '@nestjs/common';
import { IdsModule } from '../ids/ids.module.js';
import { BodyReader } from './body/body-reader.service.js';
import { DrainService } from './drain.service.js';
import { FrameworkLogger } from './framework-logger.js';
import { InFlightLimiter } from './in-flight.limiter.js';
import { RequestLog } from './request-log.js';
import { ServerListener } from './server.listener.js';
import { StalledClients } from './stalled-clients.service.js';
import { UnhandledErrors } from './unhandled-errors.service.js';

@Module({
  imports: [IdsModule],
  providers: [
    BodyReader,
    DrainService,
    FrameworkLogger,
    InFlightLimiter,
    RequestLog,
    ServerListener,
    StalledClients,
    UnhandledErrors,
  ],
  exports: [BodyReader, DrainService, FrameworkLogger, InFlightLimiter, RequestLog],
})
export class HttpModule {}
