import type { Response } from 'express';
import type { Gate } from '../../request/gate.js';
import type { RequestContext } from '../../request/request-context.js';
import type { ResponseEvent } from '../../contracts/response-events.js';
import type { AnswerSource } from '../../responses/run/answer-source.js';
import { noticeHeaders } from './answer-headers.js';
import type { TransportClient } from './attached-client.js';
import { DONE_FRAME, EventFramer, KEEP_ALIVE_EVENT_FRAME, KEEP_ALIVE_FRAME } from './event-framer.js';
import { SocketWriter } from './socket-writer.js';

const CODEX = /^codex/i;
const STREAM_HEADERS = {
  'content-type': 'text/event-stream; charset=utf-8',
  'cache-control': 'no-cache, no-transform',
  'x-accel-buffering': 'no',
};

/** Answers with server-sent events. The headers wait for the first event, or until one is sure to come: an error before is an HTTP error. */
export class StreamAnswer implements TransportClient {
  private readonly framer: EventFramer;
  private readonly gate: Gate;
  private readonly writer: SocketWriter;
  private keepAlive: NodeJS.Timeout | null = null;

  constructor(
    private readonly response: Response,
    { obfuscate, gate, firstSequence }: Pick<AnswerSource, 'obfuscate' | 'gate' | 'firstSequence'>,
    private readonly context: RequestContext,
    private readonly keepAliveMs: number,
    readonly refuse: (error: unknown) => void,
  ) {
    this.framer = new EventFramer(obfuscate, firstSequence);
    this.gate = gate;
    this.writer = new SocketWriter(response, gate);
  }

  get hasBegun(): boolean {
    return this.response.headersSent;
  }

  begin(): void {
    this.writeHead();
    this.response.flushHeaders();
  }

  next(event: ResponseEvent): void {
    if (!this.response.headersSent) this.writeHead();
    this.writer.writeFrame(this.framer.frame(event));
  }

  end(): void {
    // A stream that is read on behind its last event has none.
    if (!this.response.headersSent) this.writeHead();
    this.dispose();
    // Clients may take long for what is written: nothing else of the answer is kept for them.
    this.framer.forget();
    this.writer.writeFrame(DONE_FRAME);
    this.writer.end();
  }

  breakOff(): void {
    this.dispose();
    this.response.destroy();
  }

  dispose(): void {
    if (this.keepAlive) clearInterval(this.keepAlive);
    this.keepAlive = null;
  }

  private writeHead(): void {
    this.response.writeHead(200, Object.assign(noticeHeaders(this.context), STREAM_HEADERS));
    if (this.keepAliveMs > 0) this.keepAlive = setInterval(this.sendKeepAlive, this.keepAliveMs);
  }

  private readonly sendKeepAlive = (): void => {
    const isSilent = performance.now() - this.writer.writtenAt >= this.keepAliveMs / 2;
    if (!isSilent || this.gate.isClosed) return;
    this.writer.writeFrame(isCodex(this.context) ? KEEP_ALIVE_EVENT_FRAME : KEEP_ALIVE_FRAME);
  };
}

/** Whether the Codex CLI calls. */
export function isCodex(context: RequestContext): boolean {
  return CODEX.test(context.header('originator') ?? '') || CODEX.test(context.header('user-agent') ?? '');
}
