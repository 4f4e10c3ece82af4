import type { IncomingMessage } from 'node:http';
import { Controller, Get, Req } from '@nestjs/common';
import { NEVER } from 'rxjs';
import type { CallContext } from '../call/call-context.js';
import { CurrentCall } from '../http/current-call.decorator.js';
import { notAllowed } from '../http/method-guard.controller.js';
import { SocketServer } from './socket-server.js';
import { upgradeOf } from './upgrade.js';

@Controller('v1/responses')
export class UpgradeController {
  constructor(private readonly sockets: SocketServer) {}

  /** Lasts as long as the connection: Nest ends it when the socket is closed, and interceptors are shown nothing of it. */
  @Get()
  upgrade(@Req() request: IncomingMessage, @CurrentCall() call: CallContext): typeof NEVER {
    const upgrade = upgradeOf(request);
    if (!upgrade) throw notAllowed('POST', 'Use POST /v1/responses.');
    this.sockets.accept(request, upgrade, call);
    return NEVER;
  }
}
