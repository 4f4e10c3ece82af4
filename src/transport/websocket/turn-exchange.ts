import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { Writable } from 'node:stream';
import type { MessageClasses } from '../http/flat-express.adapter.js';
import { readTrace } from './read-trace.js';

/** Each turn has an id of its own, a body that was read already, and errors that are not compressed. */
const LEFT_OUT = new Set(['x-request-id', 'content-length', 'accept-encoding']);
const HEAD_END = '\r\n\r\n';

/**
 * The request and the response a turn passes the router with, as the POST it stands for: the request has the headers and the
 * addresses of the upgrade and a body of its own, the response goes nowhere and is kept.
 */
export class TurnExchange {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  private readonly written: Buffer[] = [];
  private readonly connection: Writable;

  /**
   * @param body parsed; undefined when there is none to be had
   * @param classes of the request and the response
   * @param delivered whether all that the client was sent has left, once that is known; the response is finished then
   */
  constructor(
    upgrade: IncomingMessage,
    body: unknown,
    classes: MessageClasses,
    delivered: () => Promise<boolean>,
  ) {
    this.request = buildRequest(new classes.IncomingMessage(upgrade.socket), upgrade, body);
    this.response = new classes.ServerResponse(this.request);
    this.response.useChunkedEncodingByDefault = false;
    this.connection = new Writable({
      write: (bytes: Buffer, _encoding, done) => {
        this.written.push(bytes);
        void delivered().then((isDelivered) => {
          if (isDelivered) done();
          else this.abort();
        });
      },
    });
    this.connection.on('error', () => undefined);
    this.response.assignSocket(this.connection as Socket);
    this.response.once('finish', () => this.connection.destroy());
  }

  /** What was written behind the headers. */
  get body(): string {
    const text = Buffer.concat(this.written).toString();
    return text.slice(text.indexOf(HEAD_END) + HEAD_END.length);
  }

  /** The client is gone: the response is closed unfinished. */
  abort(): void {
    this.connection.destroy();
  }
}

function buildRequest(request: IncomingMessage, upgrade: IncomingMessage, body: unknown): IncomingMessage {
  const { httpVersion, httpVersionMajor, httpVersionMinor, rawHeaders, url } = upgrade;
  const headers: IncomingMessage['headers'] = {};
  for (const [name, value] of Object.entries(upgrade.headers)) {
    if (!LEFT_OUT.has(name)) headers[name] = value;
  }
  Object.assign(headers, readTrace(body), { 'content-type': 'application/json' });
  Object.assign(request, {
    method: 'POST',
    url,
    httpVersion,
    httpVersionMajor,
    httpVersionMinor,
    rawHeaders,
  });
  Object.assign(request, { headers, complete: true, ...(body !== undefined && { body }) });
  request.push(null);
  return request;
}
