import type { Response } from 'express';
import type { RequestContext } from '../../request/request-context.js';
import type { ResponseEvent } from '../../contracts/response-events.js';
import { GatewayError } from '../../errors/gateway-error.js';
import type { Answer } from './answer.js';
import { noticeHeaders } from './answer-headers.js';
import { DONE_FRAME, EventFramer, KEEP_ALIVE_EVENT_FRAME, KEEP_ALIVE_FRAME } from './event-framer.js';
import { SocketWriter } from './socket-writer.js';
import { TERMINAL_EVENTS } from './terminal-events.js';

const CODEX = /^codex/i;
const STREAM_HEADERS = {
  'content-type': 'text/event-stream; charset=utf-8',
  'cache-control': 'no-cache, no-transform',
  'x-accel-buffering': 'no',
};

/** Answers with server-sent events. The headers wait for the first event, since an error before it is an HTTP error. */
export class StreamAnswer implements Answer {
  private framer = new EventFramer(false);
  private readonly writer: SocketWriter;
  private keepAlive: NodeJS.Timeout | null = null;
  private last = '';

  constructor(
    private readonly response: Response,
    private readonly context: RequestContext,
    private readonly keepAliveMs: number,
  ) {
    this.writer = new SocketWriter(response, context.gate);
  }

  get hasBegun(): boolean {
    return this.response.headersSent;
  }

  next(event: ResponseEvent): void {
    if (!this.response.headersSent) this.begin();
    this.writer.writeFrame(this.framer.frame(event));
    this.last = event.type;
  }

  fail(error: GatewayError): void {
    if (!TERMINAL_EVENTS.has(this.last)) {
      for (const event of this.context.closeWith?.(error) ?? []) this.next(event);
    }
    this.end();
  }

  /** @throws GatewayError when no terminal event came, e.g. because an interceptor has cut the events short */
  complete(): void {
    if (!TERMINAL_EVENTS.has(this.last)) throw new GatewayError('upstream_incomplete');
    this.end();
  }

  dispose(): void {
    if (this.keepAlive) clearInterval(this.keepAlive);
    this.keepAlive = null;
  }

  private end(): void {
    this.dispose();
    // Clients may take long for what is written: nothing else of the answer is kept for them.
    this.context.closeWith = null;
    this.framer.forget();
    this.writer.writeFrame(DONE_FRAME);
    this.writer.end();
  }

  private begin(): void {
    if (this.context.obfuscate) this.framer = new EventFramer(true);
    this.response.writeHead(200, { ...STREAM_HEADERS, ...noticeHeaders(this.context) });
    if (this.keepAliveMs > 0) this.keepAlive = setInterval(this.sendKeepAlive, this.keepAliveMs);
  }

  private readonly sendKeepAlive = (): void => {
    const isSilent = performance.now() - this.writer.writtenAt >= this.keepAliveMs / 2;
    if (!isSilent || this.context.gate.isClosed) return;
    this.writer.writeFrame(isCodex(this.context) ? KEEP_ALIVE_EVENT_FRAME : KEEP_ALIVE_FRAME);
  };
}

/** Whether the Codex CLI calls. */
export function isCodex(context: RequestContext): boolean {
  return CODEX.test(context.header('originator') ?? '') || CODEX.test(context.header('user-agent') ?? '');
}
