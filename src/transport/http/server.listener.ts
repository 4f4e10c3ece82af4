import { IncomingMessage, type Server, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { Injectable, type OnApplicationBootstrap } from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';
import { RequestContext } from '../../request/request-context.js';
import { Environment } from '../../config/environment.js';
import { InjectExtension } from '../../extension/inject-extension.decorator.js';
import type { ErrorName } from '../../errors/error-table.js';
import { GatewayError } from '../../errors/gateway-error.js';
import { IdGenerator } from '../../ids/id-generator.js';
import { UNMATCHED } from '../../request/call-observer.js';
import { CallObservers } from '../../request/call-observers.service.js';
import { MAX_HEADER_LINES } from '../../request/header-limits.js';
import { lingerOnClose } from './unread-body.js';
import { writeError } from '../../request/write-error.js';

const MAX_HEADERS_TIME_MS = 60_000;
const NAME_BY_CODE: Record<string, ErrorName> = {
  HPE_HEADER_OVERFLOW: 'headers_too_large',
  HPE_CHUNK_EXTENSIONS_OVERFLOW: 'request_too_large',
  ERR_HTTP_REQUEST_TIMEOUT: 'request_timeout',
};

const NO_REQUEST = { method: '', path: '', route: UNMATCHED };

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
    @InjectExtension(IdGenerator) private readonly ids: IdGenerator,
    private readonly observers: CallObservers,
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

  /** Answers what is no request, or one whose body is broken or does not come, in OpenAI's form. */
  private readonly answer = (error: NodeJS.ErrnoException, socket: Socket): void => {
    if (this.answered.has(socket)) return;
    const running = answerUnderWay(socket);
    if (!socket.writable || error.code === 'ECONNRESET' || running?.headersSent) {
      socket.destroy(error);
      return;
    }
    this.answered.add(socket);
    lingerOnClose(socket);
    const failure = errorOfClient(error);
    const response = running ?? this.openResponse(socket, failure);
    response.shouldKeepAlive = false;
    writeError(response, failure);
  };

  /** For what never became a request. */
  private openResponse(socket: Socket, { status, code }: GatewayError): ServerResponse {
    const context = new RequestContext(this.ids.next('req'), undefined, {});
    context.report.outcome = code;
    this.observers.ended(context, { ...NO_REQUEST, status });
    const response = new ServerResponse(new IncomingMessage(socket));
    response.setHeader('x-request-id', context.id);
    response.assignSocket(socket);
    response.once('finish', () => {
      socket.destroySoon();
    });
    return response;
  }
}

function errorOfClient({ code = '' }: NodeJS.ErrnoException): GatewayError {
  const name = NAME_BY_CODE[code];
  return name
    ? new GatewayError(name)
    : new GatewayError('invalid_request', { message: 'This is not a valid HTTP request.' });
}
