import { type IncomingMessage, type Server, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { Injectable, type OnApplicationBootstrap } from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';
import { areHeadersCut } from '../../request/header-limits.js';
import { answerUnderWay } from '../http/server.listener.js';
import { plainRequestHead } from './plain-request.js';
import { attachUpgrade, wantsWebSocket } from './upgrade.js';

/**
 * Routes upgrade requests like ordinary requests, so that they get a request id, a log line, the guards of the application and, when
 * rejected, an ordinary error response.
 */
@Injectable()
export class UpgradeListener implements OnApplicationBootstrap {
  constructor(private readonly host: HttpAdapterHost) {}

  onApplicationBootstrap(): void {
    const server = this.host.httpAdapter.getHttpServer() as Server;
    server.on('upgrade', (request: IncomingMessage, socket: Socket, head: Buffer) => {
      // Pipelined after a request that is not answered yet: Node no longer knows which bytes belong to which.
      if (answerUnderWay(socket)) socket.destroy();
      // A head with lines missing must not be read once more: another body would begin behind it.
      else if (wantsWebSocket(request) || areHeadersCut(request)) route(server, request, socket, head);
      else serveAsIs(server, request, socket, head);
    });
  }
}

function route(server: Server, request: IncomingMessage, socket: Socket, head: Buffer): void {
  const response = new ServerResponse(request);
  const ignore = (): void => undefined;
  socket.on('error', ignore);
  response.shouldKeepAlive = false;
  response.assignSocket(socket);
  response.once('finish', () => {
    socket.destroySoon();
  });
  attachUpgrade(request, { socket, head, response });
  server.emit('request', request, response);
}

/** Upgrades to other protocols are not offered: the request is parsed again without its Upgrade header. */
function serveAsIs(server: Server, request: IncomingMessage, socket: Socket, head: Buffer): void {
  socket.unshift(Buffer.concat([Buffer.from(plainRequestHead(request), 'latin1'), head]));
  server.emit('encrypted' in socket ? 'secureConnection' : 'connection', socket);
}
