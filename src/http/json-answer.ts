import type { Response } from 'express';
import type { CallContext } from '../call/call-context.js';
import type { ResponseEvent, ResponseObject } from '../contracts/responses-api.js';
import { GatewayError } from '../errors/gateway-error.js';
import type { Answer } from './answer.js';
import { noticeHeaders } from './answer-headers.js';

/** Answers with one JSON object: the response of the terminal event, in which all events before it are summed up. */
export class JsonAnswer implements Answer {
  private result: ResponseObject | null = null;

  constructor(
    private readonly response: Response,
    private readonly call: CallContext,
  ) {}

  get hasBegun(): boolean {
    return this.response.headersSent;
  }

  next(event: ResponseEvent): void {
    if (event.type === 'response.completed' || event.type === 'response.incomplete')
      this.result = event.response;
  }

  /** @throws GatewayError when no terminal event came */
  complete(): void {
    if (!this.result) throw new GatewayError('upstream_incomplete');
    const body = JSON.stringify(this.result);
    this.response.writeHead(200, {
      'content-type': 'application/json; charset=utf-8',
      'content-length': Buffer.byteLength(body),
      ...noticeHeaders(this.call),
    });
    this.response.end(body);
  }

  fail(): void {
    this.response.destroy();
  }

  dispose(): void {
    this.result = null;
  }
}
