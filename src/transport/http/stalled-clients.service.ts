import type { Server } from 'node:http';
import type { Socket } from 'node:net';
import { Injectable, type OnApplicationBootstrap, type OnApplicationShutdown } from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';
import { PinoLogger } from 'nestjs-pino';
import { Environment } from '../../config/environment.js';

/** Checks of a connection within CLIENT_STALL_TIMEOUT_MS. */
const CHECKS = 4;

/** How much of its pending data a client has read, and since when. */
interface Progress {
  /** Bytes of completed writes. */
  written: number;
  /** Bytes left of the current write. */
  left: number;
  since: number;
}

type SocketHandle = { writeQueueSize?: number };

/**
 * Disconnects clients that do not read: JSON answers, streams and WebSockets alike, which aborts the upstream. One timer checks all
 * connections.
 */
@Injectable()
export class StalledClients implements OnApplicationBootstrap, OnApplicationShutdown {
  private readonly connections = new Set<Socket>();
  private readonly waiting = new WeakMap<Socket, Progress>();
  private timer: NodeJS.Timeout | undefined;

  constructor(
    private readonly host: HttpAdapterHost,
    private readonly environment: Environment,
    private readonly logger: PinoLogger,
  ) {
    logger.setContext('connections');
  }

  onApplicationBootstrap(): void {
    const { CLIENT_STALL_TIMEOUT_MS: timeout } = this.environment;
    if (timeout === 0) return;
    const server = this.host.httpAdapter.getHttpServer() as Server;
    // Of a TLS connection it is the second that takes what is sent.
    for (const event of ['connection', 'secureConnection']) server.on(event, this.watch);
    this.timer = setInterval(this.check, Math.ceil(timeout / CHECKS)).unref();
  }

  onApplicationShutdown(): void {
    clearInterval(this.timer);
  }

  private readonly watch = (socket: Socket): void => {
    if (this.connections.has(socket)) return;
    this.connections.add(socket);
    socket.once('close', () => this.connections.delete(socket));
  };

  private readonly check = (): void => {
    const now = performance.now();
    for (const socket of this.connections) {
      if (socket.writableLength === 0) {
        this.waiting.delete(socket);
        continue;
      }
      const before = this.waiting.get(socket);
      const progress = progressOf(socket, now);
      const isStalled = before?.written === progress.written && before.left === progress.left;
      if (!isStalled) this.waiting.set(socket, progress);
      else if (now - before.since >= this.environment.CLIENT_STALL_TIMEOUT_MS) this.drop(socket);
    }
  };

  private drop(socket: Socket): void {
    this.logger.warn(
      { unsent_bytes: socket.writableLength },
      'client dropped: it stopped reading its answer',
    );
    socket.destroy();
  }
}

function progressOf(socket: Socket, since: number): Progress {
  // Of a single large write the system may have taken a part, which only the handle knows.
  const { _handle: handle } = socket as unknown as { _handle: SocketHandle | null };
  return {
    written: socket.bytesWritten - socket.writableLength,
    left: handle?.writeQueueSize ?? 0,
    since,
  };
}
