import type { IncomingMessage, Server } from 'node:http';
import {
  type BeforeApplicationShutdown,
  Injectable,
  type OnApplicationBootstrap,
  type OnModuleDestroy,
} from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';
import { type ServerOptions, WebSocketServer } from 'ws';
import type { RequestContext } from '../../request/request-context.js';
import { Environment } from '../../config/environment.js';
import { InjectExtension } from '../../extension/inject-extension.decorator.js';
import { GatewayError } from '../../errors/gateway-error.js';
import { DrainService } from '../../request/drain.service.js';
import { CallObservers } from '../../request/call-observers.service.js';
import { within } from '../../request/within.js';
import { IdGenerator } from '../../ids/id-generator.js';
import { classesOf } from '../http/flat-express.adapter.js';
import { SocketConnection } from './socket-connection.js';
import type { Dispatch } from './socket-turn.js';
import { checkHandshake, type Upgrade } from './upgrade.js';

/** Close handshake timeout. */
const CLOSE_TIMEOUT_MS = 2_000;
const SHUTTING_DOWN = { reason: 'shutting down' };

/** The open WebSocket connections: handshake, heartbeat, shutdown. */
@Injectable()
export class SocketServer implements OnApplicationBootstrap, OnModuleDestroy, BeforeApplicationShutdown {
  private readonly server: WebSocketServer;
  private readonly connections = new Set<SocketConnection>();
  private heartbeat: NodeJS.Timeout | undefined;
  private isStopping = false;

  constructor(
    private readonly environment: Environment,
    @InjectExtension(IdGenerator) private readonly ids: IdGenerator,
    private readonly drain: DrainService,
    private readonly observers: CallObservers,
    private readonly host: HttpAdapterHost,
  ) {
    // The types of ws do not know closeTimeout yet.
    const options: ServerOptions & { closeTimeout: number } = {
      noServer: true,
      clientTracking: false,
      closeTimeout: CLOSE_TIMEOUT_MS,
      maxPayload: environment.BODY_LIMIT_BYTES,
    };
    this.server = new WebSocketServer(options);
  }

  onApplicationBootstrap(): void {
    const { WEBSOCKET_PING_INTERVAL_MS: interval } = this.environment;
    if (interval > 0) this.heartbeat = setInterval(this.beat, interval);
  }

  /**
   * Completes the handshake.
   *
   * @throws GatewayError when there is to be no WebSocket
   */
  accept(request: IncomingMessage, upgrade: Upgrade, context: RequestContext): void {
    if (!this.environment.WEBSOCKET_ENABLED) throw new GatewayError('websocket_disabled');
    if (this.isStopping) throw new GatewayError('shutting_down');
    if (this.isFull())
      throw new GatewayError('overloaded', { message: 'Too many WebSocket connections are open.' });
    checkHandshake(request);
    const { response, socket, head } = upgrade;
    response.detachSocket(socket as Parameters<typeof response.detachSocket>[0]);
    this.server.handleUpgrade(request, socket, head, (webSocket) => {
      const { environment, ids, dispatch } = this;
      const tools = { environment, ids, dispatch, classes: classesOf(this.host.httpAdapter) };
      const connection = new SocketConnection(webSocket, request, socket, tools);
      this.connections.add(connection);
      void connection.closed.then(() => {
        this.connections.delete(connection);
        this.observers.ended(context, {
          method: 'GET',
          path: '/v1/responses',
          route: '/v1/responses',
          status: 101,
        });
      });
    });
  }

  /** Closes idle connections at once, the others after their current turn. */
  onModuleDestroy(): void {
    this.isStopping = true;
    for (const connection of this.connections) connection.retire(SHUTTING_DOWN);
  }

  async beforeApplicationShutdown(): Promise<void> {
    await this.drain.beforeApplicationShutdown();
    clearInterval(this.heartbeat);
    await within(Promise.all([...this.connections].map(({ closed }) => closed)), CLOSE_TIMEOUT_MS, []);
    for (const connection of this.connections) connection.terminate();
  }

  private isFull(): boolean {
    const { WEBSOCKET_MAX_CONNECTIONS: limit } = this.environment;
    return limit > 0 && this.connections.size >= limit;
  }

  /** As the HTTP server does with what comes over its connections. */
  private readonly dispatch: Dispatch = (request, response) => {
    (this.host.httpAdapter.getHttpServer() as Server).emit('request', request, response);
  };

  private readonly beat = (): void => {
    for (const connection of this.connections) connection.beat();
  };
}
