import { createServer, type IncomingHttpHeaders, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setImmediate as turn } from 'node:timers/promises';
import { splitBytes, type SplitMode } from './split-bytes.js';

export * from './chat-wire.js';
export { loadRecording, loadRecordings, replay, type Recording } from './recordings.js';
export { splitBytes, type SplitMode } from './split-bytes.js';

export interface UpstreamRequest {
  method: string;
  path: string;
  headers: IncomingHttpHeaders;
  /** The parsed body, or undefined where it is not JSON. */
  body: unknown;
  raw: string;
  /** Bytes of the answer that the socket has taken so far. */
  written: number;
}

export interface ScriptedAnswer {
  /** Default 200. */
  status?: number;
  /** A content type is added by the look of the body unless one is given. */
  headers?: Record<string, string>;
  body?: string | Buffer;
  /** Written one by one, instead of `body`. */
  chunks?: Iterable<string | Buffer> | AsyncIterable<string | Buffer>;
  /** How `body` is cut into writes. Default `whole`. */
  split?: SplitMode;
  /** After the last byte: end properly (default), close the socket, reset it, or leave it open. */
  end?: 'end' | 'destroy' | 'reset' | 'hang';
  /** The status line waits for this. */
  delayHeaders?: Promise<unknown>;
  onRequest?: (request: UpstreamRequest) => void;
  /** Called when the request is given up before its answer was complete. */
  onAbort?: () => void;
}

export type UpstreamHandler = (
  request: UpstreamRequest,
) => ScriptedAnswer | undefined | Promise<ScriptedAnswer | undefined>;

export interface FakeUpstream {
  /** Without a trailing slash, e.g. `http://127.0.0.1:40001`. */
  readonly url: string;
  readonly requests: UpstreamRequest[];
  /** The requests for chat completions only. */
  readonly chats: UpstreamRequest[];
  /** How many requests were given up by the client before their answer was complete. */
  readonly aborted: number;
  /** Connections that are open. */
  readonly connections: number;
  /** Queues an answer for the next request of that path (default: chat completions). */
  reply(answer: ScriptedAnswer | string, path?: string): void;
  /** Resolves once `count` requests were aborted in all. */
  waitForAbort(count?: number): Promise<void>;
  /** Resolves once `count` chat requests came in all. */
  waitForChat(count?: number): Promise<void>;
  close(): Promise<void>;
}

export const CHAT_PATH = '/v1/chat/completions';

/**
 * A model server that answers byte for byte what the test scripts: queued replies first, then the handler,
 * then a model list and a health route; anything else is a 500 that says so.
 */
export async function startFakeUpstream(handler?: UpstreamHandler): Promise<FakeUpstream> {
  const upstream = new ScriptedServer(handler);
  await upstream.listen();
  return upstream;
}

interface Waiter {
  ready: () => boolean;
  resolve: () => void;
  reject: (reason: Error) => void;
}

class ScriptedServer implements FakeUpstream {
  url = '';
  aborted = 0;
  connections = 0;
  readonly requests: UpstreamRequest[] = [];
  private readonly queues = new Map<string, ScriptedAnswer[]>();
  private waiters: Waiter[] = [];
  private closing = false;
  private readonly server = createServer((request, response) => void this.serve(request, response));

  constructor(private readonly handler?: UpstreamHandler) {}

  get chats(): UpstreamRequest[] {
    return this.requests.filter((request) => request.path === CHAT_PATH);
  }

  async listen(): Promise<void> {
    this.server.on('connection', (socket) => {
      this.connections += 1;
      socket.once('close', () => (this.connections -= 1));
    });
    await new Promise<void>((resolve) => this.server.listen(0, '127.0.0.1', resolve));
    this.url = `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  reply(answer: ScriptedAnswer | string, path = CHAT_PATH): void {
    const queue = this.queues.get(path) ?? [];
    queue.push(typeof answer === 'string' ? { body: answer } : answer);
    this.queues.set(path, queue);
  }

  waitForAbort(count = 1): Promise<void> {
    return this.until(() => this.aborted >= count);
  }

  waitForChat(count = 1): Promise<void> {
    return this.until(() => this.chats.length >= count);
  }

  async close(): Promise<void> {
    this.closing = true;
    const closed = new Promise<void>((resolve) =>
      this.server.close(() => {
        resolve();
      }),
    );
    this.server.closeAllConnections();
    await closed;
    for (const waiter of this.waiters)
      waiter.reject(new Error('The fake upstream was closed while a test waited.'));
  }

  private until(ready: () => boolean): Promise<void> {
    return new Promise((resolve, reject) => {
      this.waiters.push({ ready, resolve, reject });
      this.notify();
    });
  }

  private notify(): void {
    this.waiters = this.waiters.filter((waiter) => {
      if (waiter.ready()) waiter.resolve();
      return !waiter.ready();
    });
  }

  private async serve(incoming: IncomingMessage, response: ServerResponse): Promise<void> {
    let answer: ScriptedAnswer = {};
    // Not on the body's own errors: a client may go away while it still sends.
    response.on('error', () => undefined);
    response.on('close', () => {
      const cutByUs = answer.end === 'destroy' || answer.end === 'reset';
      if (response.writableEnded || cutByUs || this.closing) return;
      this.aborted += 1;
      answer.onAbort?.();
      this.notify();
    });
    try {
      const request = await this.record(incoming);
      answer =
        this.queues.get(request.path)?.shift() ?? (await this.handler?.(request)) ?? defaultAnswer(request);
      answer.onRequest?.(request);
      await send(answer, request, response);
    } catch {
      response.destroy();
    }
  }

  private async record(incoming: IncomingMessage): Promise<UpstreamRequest> {
    const parts: Buffer[] = [];
    for await (const part of incoming) parts.push(part as Buffer);
    const raw = Buffer.concat(parts).toString('utf8');
    const { method = '', url: path = '', headers } = incoming;
    const request = { method, path, headers, body: parseOrUndefined(raw), raw, written: 0 };
    this.requests.push(request);
    this.notify();
    return request;
  }
}

async function send(
  answer: ScriptedAnswer,
  request: UpstreamRequest,
  response: ServerResponse,
): Promise<void> {
  const closed = new Promise<void>((resolve) => response.once('close', resolve));
  await Promise.race([answer.delayHeaders, closed]);
  if (isGone(response)) return;
  response.writeHead(answer.status ?? 200, { 'content-type': contentType(answer), ...answer.headers });
  response.flushHeaders();
  for await (const piece of pieces(answer)) {
    await Promise.race([write(response, piece, request), closed]);
    await turn();
    if (isGone(response)) return;
  }
  finishAnswer(answer, response);
}

function isGone(response: ServerResponse): boolean {
  return response.destroyed;
}

function finishAnswer(answer: ScriptedAnswer, response: ServerResponse): void {
  switch (answer.end ?? 'end') {
    case 'end':
      response.end();
      break;
    case 'destroy':
      response.socket?.destroy();
      break;
    case 'reset':
      response.socket?.resetAndDestroy();
      break;
    case 'hang':
      break;
  }
}

function write(response: ServerResponse, piece: string | Buffer, request: UpstreamRequest): Promise<void> {
  return new Promise((resolve) => {
    response.write(piece, () => {
      request.written += Buffer.byteLength(piece);
      resolve();
    });
  });
}

function pieces(answer: ScriptedAnswer): Iterable<string | Buffer> | AsyncIterable<string | Buffer> {
  if (answer.chunks) return answer.chunks;
  return splitBytes(Buffer.from(answer.body ?? ''), answer.split ?? 'whole');
}

function contentType(answer: ScriptedAnswer): string {
  const start = Array.isArray(answer.chunks) ? String(answer.chunks[0] ?? '') : String(answer.body ?? '');
  const isStream =
    start.startsWith('data:') || start.startsWith(':') || (answer.chunks && !Array.isArray(answer.chunks));
  return isStream ? 'text/event-stream; charset=utf-8' : 'application/json';
}

function defaultAnswer(request: UpstreamRequest): ScriptedAnswer {
  if (request.path === '/health') return { body: '{"status":"healthy","message":"ok"}' };
  if (request.path === '/v1/models') {
    const model = {
      id: 'test-model',
      object: 'model',
      created: 1_795_337_547,
      owned_by: 'lmdeploy',
      root: 'test-model',
      parent: null,
    };
    return { body: JSON.stringify({ object: 'list', data: [model] }) };
  }
  return {
    status: 500,
    body: JSON.stringify({ message: `No scripted answer for ${request.method} ${request.path}` }),
  };
}

function parseOrUndefined(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}
