import { type IncomingMessage, type Server, ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';
import { Injectable, type OnApplicationBootstrap } from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';
import { plainRequestHead } from './plain-request.js';
import { attachUpgrade, wantsWebSocket } from './upgrade.js';

/**
 * Brings upgrades onto the way of ordinary requests, where they get their id, their log line, the guards of the application
 * and, when they are refused, an error like any other.
 */
@Injectable()
export class UpgradeListener implements OnApplicationBootstrap {
  constructor(private readonly host: HttpAdapterHost) {}

  onApplicationBootstrap(): void {
    const server = this.host.httpAdapter.getHttpServer() as Server;
    server.on('upgrade', (request: IncomingMessage, socket: Duplex, head: Buffer) => {
      if (wantsWebSocket(request)) route(server, request, socket, head);
      else serveAsIs(server, request, socket, head);
    });
  }
}

function route(server: Server, request: IncomingMessage, socket: Duplex, head: Buffer): void {
  const response = new ServerResponse(request);
  const ignore = (): void => undefined;
  socket.on('error', ignore);
  response.shouldKeepAlive = false;
  response.assignSocket(socket as Parameters<typeof response.assignSocket>[0]);
  response.once('finish', () => {
    (socket as Parameters<typeof response.assignSocket>[0]).destroySoon();
  });
  attachUpgrade(request, { socket, head, response });
  server.emit('request', request, response);
}

/** Upgrades to anything else are not offered: the request is read once more, as if it had not asked. */
function serveAsIs(server: Server, request: IncomingMessage, socket: Duplex, head: Buffer): void {
  socket.unshift(Buffer.concat([Buffer.from(plainRequestHead(request), 'latin1'), head]));
  server.emit('encrypted' in socket ? 'secureConnection' : 'connection', socket);
}
