import { setTimeout as sleep } from 'node:timers/promises';
import type { JSONRPCMessage, Transport } from '@modelcontextprotocol/client';
import { type Dispatcher, request } from 'undici';
import { within } from '../request/within.js';
import { Inbox } from './inbox.js';
import { McpFailure } from './mcp-failure.js';
import { ByteMeter, readEvents, readText } from './read-answer.js';
import { answers, parseJson } from './read-message.js';
import { Replies } from './replies.js';

/** Where and how a server is asked over HTTP. */
export interface HttpEndpoint {
  url: URL;
  headers: Readonly<Record<string, string>>;
  /** Connects, and decides to whom. */
  dispatcher: Dispatcher;
  /** Most bytes of an answer. */
  maxBytes: number;
}

type Answer = Dispatcher.ResponseData;

/** How far a stream has come by its end. */
interface StreamEnd {
  isAnswered: boolean;
  /** Of the last event with an id; null: it cannot be resumed. */
  lastId: string | null;
  /** Before it is resumed. */
  pauseMs: number;
}

const EVENT_STREAM = 'text/event-stream';

/** For what nobody waits for: notifications, replies, and the end of a session; ms. */
export const ASIDE_MS = 2_000;
const RETRY_MS = { default: 1_000, least: 250, most: 10_000 };

/**
 * Streamable HTTP. Each request is answered on its own POST, as JSON or as a stream that is resumed where it can be; there is no standing
 * GET. Sending a request lasts until it has been answered, and fails with a McpFailure where it will not be.
 */
export class HttpTransport implements Transport {
  onclose?: () => void;
  onerror?: (error: Error) => void;
  onmessage?: (message: JSONRPCMessage) => void;
  sessionId: string | undefined;
  private version: string | undefined;
  private readonly running = new Map<unknown, AbortController>();
  /** Until the server has answered `initialize`, whether it has a session to be ended is not known. */
  private opening: Promise<unknown> = Promise.resolve();
  private closing: Promise<void> | null = null;
  private readonly replies = new Replies((reply) => this.tell(reply));

  constructor(private readonly endpoint: HttpEndpoint) {}

  start(): Promise<void> {
    return Promise.resolve();
  }

  setProtocolVersion(version: string): void {
    this.version = version;
  }

  async send(message: JSONRPCMessage): Promise<void> {
    if ('method' in message && 'id' in message) await this.ask(message, message.id, message.method);
    else await this.tell(message);
  }

  /** Takes no longer than twice {@link ASIDE_MS}; never rejects. */
  close(): Promise<void> {
    return (this.closing ??= this.end());
  }

  private async end(): Promise<void> {
    const isOpening = this.version === undefined;
    this.replies.end();
    if (!isOpening) this.stopAll();
    await within(this.opening, ASIDE_MS, null);
    this.stopAll();
    if (this.sessionId !== undefined) {
      const answer = await this.fetch('DELETE', {}, null, AbortSignal.timeout(ASIDE_MS)).catch(() => null);
      discard(answer);
    }
    this.onclose?.();
  }

  private stopAll(): void {
    for (const stop of this.running.values()) stop.abort();
  }

  private async tell(message: JSONRPCMessage): Promise<void> {
    try {
      const answer = await this.post(message, AbortSignal.timeout(ASIDE_MS));
      discard(answer);
      mustSucceed(answer);
    } finally {
      if ('method' in message && message.method === 'notifications/cancelled')
        this.running.get(message.params?.requestId)?.abort();
    }
  }

  private async ask(message: JSONRPCMessage, id: unknown, method: string): Promise<void> {
    const stop = new AbortController();
    this.running.set(id, stop);
    try {
      const sent = this.post(message, stop.signal);
      if (method === 'initialize') this.opening = sent.then(this.takeSession, () => undefined);
      const answer = await sent;
      await this.opening;
      await this.read(answer, id, stop.signal);
    } finally {
      this.running.delete(id);
      stop.abort();
    }
  }

  private readonly takeSession = ({ headers, statusCode }: Answer): void => {
    const session = headers['mcp-session-id'];
    if (statusCode < 300 && typeof session === 'string') this.sessionId = session;
  };

  private async read(answer: Answer, id: unknown, signal: AbortSignal): Promise<void> {
    mustSucceed(answer);
    const inbox = new Inbox(this.replies);
    const take = (raw: unknown): boolean => this.deliver(inbox.take(raw), id);
    if (typeOf(answer) === 'application/json') {
      const body = parseJson(await readText(answer.body, this.endpoint.maxBytes));
      const messages: unknown[] = Array.isArray(body) ? body : [body];
      if (messages.filter(take).length > 0) return;
      throw McpFailure.ofAnswer('The MCP server has answered something else.');
    }
    const meter = new ByteMeter(this.endpoint.maxBytes);
    let stream = answer;
    for (;;) {
      const { isAnswered, lastId, pauseMs } = await this.readStream(stream, take, meter);
      if (isAnswered) return;
      if (lastId === null) throw McpFailure.ofAnswer('The MCP server has ended its answer too early.');
      await sleep(pauseMs, null, { signal });
      const headers = { accept: EVENT_STREAM, 'last-event-id': lastId };
      stream = await this.fetch('GET', headers, null, signal);
      mustSucceed(stream);
    }
  }

  /** @param take says whether it was the answer */
  private async readStream(
    stream: Answer,
    take: (raw: unknown) => boolean,
    meter: ByteMeter,
  ): Promise<StreamEnd> {
    if (typeOf(stream) !== EVENT_STREAM) {
      discard(stream);
      throw McpFailure.ofAnswer('The MCP server has answered with neither JSON nor events.');
    }
    const end: StreamEnd = { isAnswered: false, lastId: null, pauseMs: RETRY_MS.default };
    const retryMs = await readEvents(stream.body, meter, (event) => {
      if (event.id) end.lastId = event.id;
      if (event.data !== '' && take(parseJson(event.data))) end.isAnswered = true;
    });
    end.pauseMs = Math.min(Math.max(retryMs ?? end.pauseMs, RETRY_MS.least), RETRY_MS.most);
    return end;
  }

  /** @returns whether it was the answer */
  private deliver(message: JSONRPCMessage | null, id: unknown): boolean {
    if (message === null) return false;
    const isAnswer = answers(message, id);
    // Answers to nobody are not passed on: what was sent for one request must not answer another.
    if (isAnswer || 'method' in message) this.onmessage?.(message);
    return isAnswer;
  }

  private post(message: JSONRPCMessage, signal: AbortSignal): Promise<Answer> {
    const headers = { accept: `application/json, ${EVENT_STREAM}`, 'content-type': 'application/json' };
    return this.fetch('POST', headers, JSON.stringify(message), signal);
  }

  private fetch(
    method: 'POST' | 'GET' | 'DELETE',
    headers: Record<string, string>,
    body: string | null,
    signal: AbortSignal,
  ): Promise<Answer> {
    const own = {
      ...headers,
      ...(this.sessionId !== undefined && { 'mcp-session-id': this.sessionId }),
      ...(this.version !== undefined && { 'mcp-protocol-version': this.version }),
    };
    return askServer(this.endpoint, { method, headers: own, body, signal });
  }
}

/** A request to a server; those who ask have limits of their own. @param options `url`: another one than the endpoint's */
export function askServer(
  { url, headers, dispatcher }: HttpEndpoint,
  options: {
    url?: URL;
    method: 'POST' | 'GET' | 'DELETE';
    headers: Record<string, string>;
    body?: string | null;
    signal: AbortSignal;
  },
): Promise<Answer> {
  return request(options.url ?? url, {
    method: options.method,
    headers: {
      ...headers,
      'accept-encoding': 'identity',
      'user-agent': 'responses-gateway',
      ...options.headers,
    },
    body: options.body ?? null,
    signal: options.signal,
    dispatcher,
    headersTimeout: 0,
    bodyTimeout: 0,
  });
}

/** Nothing of what it says is read; a connection with more of it on the way is closed. */
export function discard(answer: Answer | null): void {
  answer?.body.dump({ limit: 4_096, signal: AbortSignal.timeout(ASIDE_MS) }).catch(() => undefined);
}

/** @throws McpFailure */
export function mustSucceed(answer: Answer): void {
  if (answer.statusCode < 300) return;
  discard(answer);
  throw McpFailure.ofStatus(answer.statusCode);
}

/** Without its parameters. */
export function typeOf({ headers }: Answer): string {
  const type = headers['content-type'];
  return (typeof type === 'string' ? type : '').split(';', 1)[0]?.trim().toLowerCase() ?? '';
}
