import type { JSONRPCMessage, Transport } from '@modelcontextprotocol/client';
import { request } from 'undici';
import { discard, type HttpEndpoint, mustSucceed, typeOf } from './http-transport.js';
import { McpFailure } from './mcp-failure.js';
import { ByteMeter, readEvents, type ServerEvent } from './read-answer.js';
import { parseJson, readMessage } from './read-message.js';

/** The transport before Streamable HTTP: one stream for all answers, and an address for requests that it begins with. */
export class SseTransport implements Transport {
  onclose?: () => void;
  onerror?: (error: Error) => void;
  onmessage?: (message: JSONRPCMessage) => void;
  private readonly stop = new AbortController();
  private readonly meter: ByteMeter;
  private target: URL | null = null;
  private isClosed = false;

  constructor(private readonly endpoint: HttpEndpoint) {
    this.meter = new ByteMeter(endpoint.maxBytes);
  }

  /** @throws McpFailure when there is no stream, or none that says where requests go to */
  async start(): Promise<void> {
    const answer = await this.fetch(this.endpoint.url, 'GET', { accept: 'text/event-stream' });
    mustSucceed(answer);
    if (typeOf(answer) !== 'text/event-stream') {
      discard(answer);
      throw McpFailure.ofAnswer('The MCP server has answered with no events.');
    }
    await new Promise<void>((resolve, reject) => {
      const end = (error: unknown): void => {
        reject(error instanceof Error ? error : McpFailure.ofAnswer('The MCP server has closed its stream.'));
        void this.close();
      };
      readEvents(answer.body, this.meter, (event) => {
        if (event.name === 'endpoint') this.aim(event.data, resolve, end);
        else this.take(event);
      }).then(end, end);
    });
  }

  async send(message: JSONRPCMessage): Promise<void> {
    if (this.target === null) throw McpFailure.ofAnswer('The MCP server has closed its stream.');
    // What comes from now on is for this request.
    this.meter.reset();
    const headers = { 'content-type': 'application/json' };
    const answer = await this.fetch(this.target, 'POST', headers, JSON.stringify(message));
    mustSucceed(answer);
    discard(answer);
  }

  close(): Promise<void> {
    if (!this.isClosed) {
      this.isClosed = true;
      this.target = null;
      this.stop.abort();
      this.onclose?.();
    }
    return Promise.resolve();
  }

  /** Headers go along with each request: its address must be the server's own. */
  private aim(path: string, resolve: () => void, reject: (error: Error) => void): void {
    const { origin, href } = this.endpoint.url;
    const target = resolveUrl(path, href);
    if (target?.origin !== origin) {
      reject(McpFailure.ofAnswer('The MCP server names an address that is not its own.'));
      return;
    }
    this.target = target;
    resolve();
  }

  private take({ data }: ServerEvent): void {
    const message = readMessage(parseJson(data));
    if (message !== null) this.onmessage?.(message);
  }

  private fetch(url: URL, method: 'GET' | 'POST', headers: Record<string, string>, body?: string) {
    return request(url, {
      method,
      headers: {
        ...this.endpoint.headers,
        'accept-encoding': 'identity',
        'user-agent': 'responses-gateway',
        ...headers,
      },
      body,
      dispatcher: this.endpoint.dispatcher,
      signal: this.stop.signal,
      headersTimeout: 0,
      bodyTimeout: 0,
    });
  }
}

function resolveUrl(path: string, base: string): URL | null {
  try {
    return new URL(path, base);
  } catch {
    return null;
  }
}
