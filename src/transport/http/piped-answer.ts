import type { ServerResponse } from 'node:http';
import type { Readable } from 'node:stream';
import type { Observer } from 'rxjs';
import { GatewayError } from '../../errors/gateway-error.js';

/** What is piped, and the head that goes before it. */
export interface PipeSource {
  status: number;
  headers: Readonly<Record<string, string | string[]>>;
  body: Readable;
}

/**
 * An answer whose bytes go to the client as they come. It is whole, or its connection is closed: what is cut must not look whole to a
 * client that does not read it to its last event.
 */
export class PipedAnswer {
  private hasBegun = false;

  /** @param observer sees the bytes on their way; its `error` gets what broke the answer off, not that the client has left */
  constructor(
    private readonly source: PipeSource,
    private readonly observer: Observer<Buffer>,
  ) {}

  /** No client will come. */
  abandon(): void {
    this.source.body.destroy();
  }

  cancel(error: GatewayError): void {
    this.source.body.destroy(error);
  }

  /** @throws the reason when the answer was broken off before its first byte: it can still become an error of the request */
  sendTo(response: ServerResponse, notices: Readonly<Record<string, string>>): void {
    const { status, headers, body } = this.source;
    if (body.destroyed) throw body.errored ?? new GatewayError('upstream_incomplete');
    response.writeHead(status, Object.assign({}, headers, notices));
    this.pipe(body, response);
    // Node sends the head with the first bytes. Where these take their time, the client need not wait for the head too.
    setImmediate(() => {
      if (!this.hasBegun && !response.writableEnded) response.flushHeaders();
    });
  }

  private pipe(body: Readable, response: ServerResponse): void {
    const resume = (): void => {
      body.resume();
    };
    body
      .on('data', (bytes: Buffer) => {
        this.hasBegun = true;
        this.observer.next(bytes);
        if (response.write(bytes)) return;
        body.pause();
        response.once('drain', resume);
      })
      .once('error', (reason) => {
        this.observer.error(reason);
      })
      .once('end', () => {
        this.observer.complete();
        response.end();
      })
      .once('close', () => {
        if (!body.readableEnded) response.destroy();
      });
  }
}
