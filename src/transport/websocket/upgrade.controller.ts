import type { IncomingMessage } from 'node:http';
import { Controller, Get, Req } from '@nestjs/common';
import { NEVER } from 'rxjs';
import type { RequestContext } from '../../request/request-context.js';
import { CurrentRequest } from '../../request/current-request.decorator.js';
import { notAllowed } from '../../request/method-guard.controller.js';
import { SocketServer } from './socket-server.js';
import { upgradeOf } from './upgrade.js';

@Controller('v1/responses')
export class UpgradeController {
  constructor(private readonly sockets: SocketServer) {}

  /** Lasts as long as the connection: Nest ends it when the socket is closed, and interceptors are shown nothing of it. */
  @Get()
  upgrade(@Req() request: IncomingMessage, @CurrentRequest() context: RequestContext): typeof NEVER {
    const upgrade = upgradeOf(request);
    if (!upgrade) throw notAllowed('POST', 'Use POST /v1/responses.');
    this.sockets.accept(request, upgrade, context);
    return NEVER;
  }
}
