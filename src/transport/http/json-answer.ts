import type { Response } from 'express';
import type { RequestContext } from '../../request/request-context.js';
import type { ResponseObject } from '../../contracts/responses-api.js';
import { noticeHeaders } from './answer-headers.js';
import type { TransportClient } from './attached-client.js';
import { LONG_TEXT, SharedJson } from './shared-json.js';
import { sendTogether } from './socket-writer.js';

/** Answers with one JSON object: the response of the terminal event, in which all events before it are summed up. */
export class JsonAnswer implements TransportClient {
  constructor(
    private readonly response: Response,
    private readonly context: RequestContext,
    readonly refuse: (error: unknown) => void,
  ) {}

  get hasBegun(): boolean {
    return this.response.headersSent;
  }

  next(): void {
    // The response at the end has it all.
  }

  end(result: ResponseObject | null): void {
    if (!result) return;
    if ((result.output_text?.length ?? 0) >= LONG_TEXT) {
      this.sendLong(new SharedJson().encode(result));
      return;
    }
    const body = JSON.stringify(result);
    this.writeHead(Buffer.byteLength(body));
    this.response.end(body);
  }

  dispose(): void {
    // Nothing is kept.
  }

  private sendLong(parts: readonly Buffer[]): void {
    this.writeHead(parts.reduce((size, part) => size + part.length, 0));
    sendTogether(this.response, parts);
    this.response.end();
  }

  private writeHead(size: number): void {
    this.response.writeHead(200, {
      'content-type': 'application/json; charset=utf-8',
      'content-length': size,
      ...noticeHeaders(this.context),
    });
  }
}
