import { Module } from '@nestjs/common';
import { PinoLogger } from 'nestjs-pino';
import { Environment } from '../../config/environment.js';
import { WatchedFiles } from '../../reload/watched-files.service.js';
import { RequestModule } from '../../request/request.module.js';
import { AuditLog } from './audit-log.js';
import { AuditOutput } from './audit-output.js';

/** The audit log, where AUDIT_LOG says where to. */
@Module({
  imports: [RequestModule],
  providers: [
    {
      provide: AuditOutput,
      inject: [Environment, WatchedFiles, PinoLogger],
      useFactory: (environment: Environment, files: WatchedFiles, logger: PinoLogger) =>
        AuditOutput.open(environment.AUDIT_LOG, files, logger),
    },
    AuditLog,
  ],
})
export class AuditModule {}
