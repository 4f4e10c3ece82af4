import { Module } from '@nestjs/common';
import { IdsModule } from '../../ids/ids.module.js';
import { RequestModule } from '../../request/request.module.js';
import { SocketServer } from './socket-server.js';
import { UpgradeController } from './upgrade.controller.js';
import { UpgradeListener } from './upgrade.listener.js';

/** The WebSocket of the Responses API, on the port of the HTTP server. */
@Module({
  imports: [IdsModule, RequestModule],
  controllers: [UpgradeController],
  providers: [SocketServer, UpgradeListener],
})
export class WebSocketModule {}
