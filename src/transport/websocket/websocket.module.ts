import { Module } from '@nestjs/common';
import { HttpModule } from '../http/http.module.js';
import { RequestModule } from '../../request/request.module.js';
import { IdsModule } from '../../ids/ids.module.js';
import { CreateResponsePipe } from '../../responses/dto/create-response.pipe.js';
import { ResponsesModule } from '../../responses/responses.module.js';
import { SocketServer } from './socket-server.js';
import { TurnHandler } from './turn.handler.js';
import { TurnInvoker } from './turn-invoker.js';
import { UpgradeController } from './upgrade.controller.js';
import { UpgradeListener } from './upgrade.listener.js';

/** The WebSocket of the Responses API, on the port of the HTTP server. */
@Module({
  imports: [HttpModule, RequestModule, IdsModule, ResponsesModule],
  controllers: [UpgradeController],
  providers: [CreateResponsePipe, SocketServer, TurnHandler, TurnInvoker, UpgradeListener],
})
export class WebSocketModule {}
