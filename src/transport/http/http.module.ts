import { Module } from '@nestjs/common';
import { IdsModule } from '../../ids/ids.module.js';
import { RequestModule } from '../../request/request.module.js';
import { BodyReader } from './body/body-reader.service.js';
import { ServerListener } from './server.listener.js';
import { StalledClients } from './stalled-clients.service.js';

@Module({
  imports: [IdsModule, RequestModule],
  providers: [BodyReader, ServerListener, StalledClients],
  exports: [BodyReader],
})
export class HttpModule {}
