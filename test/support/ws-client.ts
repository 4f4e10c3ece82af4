import { request as openRequest, type IncomingHttpHeaders } from 'node:http';
import { WebSocket, type ClientOptions } from 'ws';
import { checkEvent } from './described-answers.js';
import type { JsonAnswer } from './http-client.js';
import { isRecord, type Json } from './json.js';

const TERMINAL = new Set(['response.completed', 'response.incomplete', 'response.failed']);

export interface TurnAnswer {
  /** The events of the answer; none where it was refused. */
  events: Json[];
  /** The response of the terminal event. */
  response: Json;
  /** The error frame, where the turn was refused. */
  error: Json | undefined;
}

/** A client of the gateway's WebSocket. Frames are kept until a test asks for them. */
export class SocketClient {
  readonly closed: Promise<{ code: number; reason: string }>;
  private readonly frames: string[] = [];
  private waiting: (() => void)[] = [];
  private isClosed = false;

  private constructor(
    readonly socket: WebSocket,
    private readonly url: string,
  ) {
    socket.on('message', (data: Buffer, isBinary) => {
      if (isBinary) throw new Error('The gateway sent a binary frame.');
      this.frames.push(data.toString());
      this.wake();
    });
    socket.on('error', () => undefined);
    this.closed = new Promise((resolve) => {
      socket.once('close', (code, reason) => {
        this.isClosed = true;
        this.wake();
        resolve({ code, reason: reason.toString() });
      });
    });
  }

  /** Opens a connection to the gateway at `url`, e.g. `http://127.0.0.1:40001`. */
  static open(url: string, options: ClientOptions = {}): Promise<SocketClient> {
    const socket = new WebSocket(`${url.replace('http', 'ws')}/v1/responses`, options);
    const client = new SocketClient(socket, url);
    return new Promise((resolve, reject) => {
      socket.once('open', () => {
        resolve(client);
      });
      socket.once('error', reject);
    });
  }

  /** Sends a frame; text and bytes as they are, anything else as a `response.create`. */
  send(frame: string | Buffer | Json): void {
    const isRaw = typeof frame === 'string' || Buffer.isBuffer(frame);
    this.socket.send(
      isRaw ? frame : JSON.stringify({ type: 'response.create', model: 'test-model', ...frame }),
    );
  }

  /** The next frame, which must be JSON; rejects when the connection is closed first. */
  async next(): Promise<Json> {
    while (this.frames.length === 0) {
      if (this.isClosed) throw new Error('The connection was closed.');
      await new Promise<void>((resolve) => this.waiting.push(resolve));
    }
    const frame: unknown = JSON.parse(this.frames.shift()!);
    if (!isRecord(frame)) throw new Error(`Not an object: ${JSON.stringify(frame)}`);
    checkEvent(this.url, frame);
    return frame;
  }

  /** Everything up to a terminal event or an error frame. */
  async answer(): Promise<TurnAnswer> {
    const events: Json[] = [];
    for (;;) {
      const frame = await this.next();
      if (frame.type === 'error' && 'status' in frame) return { events, response: {}, error: frame };
      events.push(frame);
      if (TERMINAL.has(String(frame.type)))
        return { events, response: frame.response as Json, error: undefined };
    }
  }

  /** One turn from its frame to its end. */
  turn(frame: string | Buffer | Json): Promise<TurnAnswer> {
    this.send(frame);
    return this.answer();
  }

  async close(): Promise<void> {
    this.socket.close();
    await this.closed;
  }

  private wake(): void {
    const { waiting } = this;
    this.waiting = [];
    for (const resolve of waiting) resolve();
  }
}

/** Asks for an upgrade that is expected to be refused, and reads the HTTP answer. */
export function refusedUpgrade(url: string, headers: IncomingHttpHeaders = {}): Promise<JsonAnswer> {
  return new Promise((resolve, reject) => {
    const request = openRequest(url, {
      agent: false,
      headers: {
        connection: 'Upgrade',
        upgrade: 'websocket',
        'sec-websocket-version': '13',
        'sec-websocket-key': 'ZD9E1ouUA0+thSoo20e6uA==',
        ...headers,
      },
    });
    request.on('upgrade', (_response, socket) => {
      socket.destroy();
      reject(new Error('The upgrade was accepted.'));
    });
    request.on('response', (message) => {
      const parts: Buffer[] = [];
      message.on('data', (part: Buffer) => parts.push(part));
      message.on('end', () => {
        const raw = Buffer.concat(parts).toString();
        const { statusCode: status = 0, headers: received } = message;
        resolve({ status, headers: received, raw, body: JSON.parse(raw) as unknown });
      });
      message.on('error', reject);
    });
    request.on('error', reject);
    request.end();
  });
}
