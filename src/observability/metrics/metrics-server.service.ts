import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Injectable, type OnApplicationBootstrap, type OnApplicationShutdown } from '@nestjs/common';
import { PinoLogger } from 'nestjs-pino';
import { Environment } from '../../config/environment.js';
import { listenFault } from '../../config/listen-fault.js';
import { Meter } from './meter.js';

/**
 * Serves /metrics on a port of its own: it asks for no key and tells of all callers, which the port of the API must not. Open
 * until the running answers have ended, so that a drain is seen.
 */
@Injectable()
export class MetricsServer implements OnApplicationBootstrap, OnApplicationShutdown {
  private readonly server: Server;

  constructor(
    private readonly environment: Environment,
    private readonly meter: Meter,
    private readonly logger: PinoLogger,
  ) {
    logger.setContext(MetricsServer.name);
    this.server = createServer((request, response) => void this.answer(request, response));
  }

  /** Its address, once it listens. */
  get address(): AddressInfo {
    return this.server.address() as AddressInfo;
  }

  async onApplicationBootstrap(): Promise<void> {
    const { METRICS_PORT: port = 0, METRICS_HOST, HOST } = this.environment;
    const host = METRICS_HOST ?? HOST;
    this.server.listen(port, host);
    try {
      await once(this.server, 'listening');
    } catch (error) {
      throw listenFault(
        error as Error,
        ['METRICS_PORT', port],
        [METRICS_HOST === undefined ? 'HOST' : 'METRICS_HOST', host],
      );
    }
  }

  onApplicationShutdown(): void {
    this.server.close();
    this.server.closeAllConnections();
  }

  private async answer({ method, url = '' }: IncomingMessage, response: ServerResponse): Promise<void> {
    const [path] = url.split('?', 1);
    try {
      if (method !== 'GET') write(response, 404, 'text/plain', 'Not found.\n');
      else if (path === '/health/live') write(response, 200, 'application/json', '{"status":"ok"}');
      else if (path === '/metrics')
        write(response, 200, this.meter.registry.contentType, await this.meter.registry.metrics());
      else write(response, 404, 'text/plain', 'Not found.\n');
    } catch (error) {
      this.logger.error({ err: error }, 'the metrics cannot be told');
      write(response, 500, 'text/plain', 'Internal error.\n');
    }
  }
}

function write(response: ServerResponse, status: number, type: string, text: string): void {
  response.writeHead(status, { 'content-type': type, 'content-length': Buffer.byteLength(text) }).end(text);
}
