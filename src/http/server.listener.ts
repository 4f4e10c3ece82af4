import { IncomingMessage, type Server, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { Inject, Injectable, type OnApplicationBootstrap } from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';
import { CallContext } from '../call/call-context.js';
import { Environment } from '../config/environment.js';
import { inForce } from '../config/extension-point.js';
import type { ErrorName } from '../errors/error-table.js';
import { GatewayError } from '../errors/gateway-error.js';
import { IdGenerator } from '../ids/id-generator.js';
import { RequestLog } from './request-log.js';
import { MAX_HEADER_LINES } from './header-limits.js';
import { lingerOnClose } from './unread-body.js';
import { writeError } from './write-error.js';

const MAX_HEADERS_TIME_MS = 60_000;
const NAME_BY_CODE: Record<string, ErrorName> = {
  HPE_HEADER_OVERFLOW: 'headers_too_large',
  HPE_CHUNK_EXTENSIONS_OVERFLOW: 'request_too_large',
  ERR_HTTP_REQUEST_TIMEOUT: 'request_timeout',
};

const NO_REQUEST = { method: '', path: '' };

/** The response that is being given on a connection, if any. */
export function answerUnderWay(socket: Socket): ServerResponse | null {
  return (socket as Socket & { _httpMessage?: ServerResponse | null })._httpMessage ?? null;
}

/** What Node's HTTP server decides by itself otherwise, before there is a request or beside it. */
@Injectable()
export class ServerListener implements OnApplicationBootstrap {
  private readonly answered = new WeakSet<Socket>();

  constructor(
    private readonly host: HttpAdapterHost,
    private readonly environment: Environment,
    @Inject(inForce(IdGenerator)) private readonly ids: IdGenerator,
    private readonly log: RequestLog,
  ) {}

  onApplicationBootstrap(): void {
    const server = this.host.httpAdapter.getHttpServer() as Server;
    const { REQUEST_TIMEOUT_MS: timeout } = this.environment;
    server.requestTimeout = timeout;
    server.headersTimeout = timeout === 0 ? MAX_HEADERS_TIME_MS : Math.min(MAX_HEADERS_TIME_MS, timeout);
    server.maxHeadersCount = MAX_HEADER_LINES;
    // The body is called for by whoever reads it; other expectations may be passed over.
    for (const event of ['checkContinue', 'checkExpectation']) {
      server.on(event, (request, response) => server.emit('request', request, response));
    }
    server.on('clientError', this.answer);
  }

  /** Answers what is no request, or one whose body is broken or does not come, in the envelope. */
  private readonly answer = (error: NodeJS.ErrnoException, socket: Socket): void => {
    if (this.answered.has(socket)) return;
    const running = answerUnderWay(socket);
    if (!socket.writable || error.code === 'ECONNRESET' || running?.headersSent) {
      socket.destroy(error);
      return;
    }
    this.answered.add(socket);
    lingerOnClose(socket);
    const failure = asGatewayError(error);
    const response = running ?? this.openResponse(socket, failure);
    response.shouldKeepAlive = false;
    writeError(response, failure);
  };

  /** For what never became a request. */
  private openResponse(socket: Socket, { status, code }: GatewayError): ServerResponse {
    const call = new CallContext(this.ids.next('req'), undefined, {});
    call.report.outcome = code;
    this.log.write(NO_REQUEST, status, call);
    const response = new ServerResponse(new IncomingMessage(socket));
    response.setHeader('x-request-id', call.id);
    response.assignSocket(socket);
    response.once('finish', () => {
      socket.destroySoon();
    });
    return response;
  }
}

function asGatewayError({ code = '' }: NodeJS.ErrnoException): GatewayError {
  const name = NAME_BY_CODE[code];
  return name
    ? new GatewayError(name)
    : new GatewayError('invalid_request', { message: 'This is not valid HTTP.' });
}
