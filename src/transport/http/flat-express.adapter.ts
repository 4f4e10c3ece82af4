import { createServer, IncomingMessage, ServerResponse } from 'node:http';
import { createServer as createSecureServer } from 'node:https';
import type { Socket } from 'node:net';
import type { NestApplicationOptions } from '@nestjs/common';
import { ExpressAdapter } from '@nestjs/platform-express';
import express, { type Express, type Response } from 'express';
import { MAX_HEADER_BYTES } from '../../request/header-limits.js';
import { missingRoute } from '../../request/missing-route.js';
import { closeBehindUnreadBody } from './unread-body.js';

/** Interval in which Node checks for requests that exceed the request timeout, which ServerListener sets. */
const SERVER_OPTIONS = { maxHeaderSize: MAX_HEADER_BYTES, connectionsCheckingInterval: 1_000 };

/**
 * Express without setting prototypes on every request. Doing so gives each request and response a hidden class of its own, which
 * deoptimises everything that touches them, Node's HTTP code included. Here they are created with Express' methods, so that setting
 * the prototype is a no-op.
 */
export class FlatExpressAdapter extends ExpressAdapter {
  private readonly flat = flatClasses(this.getInstance<Express>());

  /** Of which requests and responses are that Express gets. */
  get classes(): MessageClasses {
    return this.flat;
  }

  override initHttpServer({ httpsOptions }: NestApplicationOptions): void {
    const app = this.getInstance<Express>();
    const options = { ...SERVER_OPTIONS, ...this.flat };
    this.setHttpServer(
      httpsOptions ? createSecureServer({ ...httpsOptions, ...options }, app) : createServer(options, app),
    );
  }

  /** The client of a run has answered by itself where Nest still replies with nothing. */
  override reply(response: Response, body: unknown, statusCode?: number): unknown {
    return response.headersSent ? response : super.reply(response, body, statusCode);
  }

  /** Ours stands before it, and passes nothing on. */
  override setNotFoundHandler(...handler: Parameters<ExpressAdapter['setNotFoundHandler']>): unknown {
    this.use(missingRoute(this.getInstance<Express>()));
    return super.setNotFoundHandler(...handler) as unknown;
  }

  /** Does not wait for connections that are kept alive or still busy: what had to be waited for is over by then. */
  override close(): Promise<unknown> | undefined {
    const closed = super.close();
    (this.httpServer as ReturnType<typeof createServer>).closeAllConnections();
    return closed;
  }
}

/** Classes that inherit from Node's. */
export interface MessageClasses {
  IncomingMessage: new (socket: Socket) => IncomingMessage;
  ServerResponse: new (request: IncomingMessage) => ServerResponse;
}

/** Those of the requests and responses that this server gets; Node's own, where the application was created with another adapter. */
export function classesOf(adapter: unknown): MessageClasses {
  return adapter instanceof FlatExpressAdapter ? adapter.classes : { IncomingMessage, ServerResponse };
}

function flatClasses(app: Express) {
  class FlatRequest extends IncomingMessage {}
  class FlatResponse extends ServerResponse {
    override writeHead(...head: unknown[]): this {
      closeBehindUnreadBody(this.req, this);
      return super.writeHead(...(head as Parameters<ServerResponse['writeHead']>));
    }
  }
  app.request = flatten(FlatRequest.prototype, express.request, app);
  app.response = flatten(FlatResponse.prototype, express.response, app);
  return { IncomingMessage: FlatRequest, ServerResponse: FlatResponse };
}

function flatten<T extends object>(target: object, methods: T, app: Express): T {
  const descriptors = Object.getOwnPropertyDescriptors(methods);
  return Object.defineProperties(target, { ...descriptors, app: { value: app } }) as T;
}
