import { Global, Module } from '@nestjs/common';
import { Environment } from '../config/environment.js';
import { Database } from './database.service.js';

@Global()
@Module({
  providers: [
    {
      provide: Database,
      inject: [Environment],
      useFactory: (environment: Environment) => Database.open(environment),
    },
  ],
  exports: [Database],
})
export class DatabaseModule {}
