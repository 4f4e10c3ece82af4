import type { JSONRPCMessage, Transport } from '@modelcontextprotocol/client';
import { ASIDE_MS, askServer, discard, type HttpEndpoint, mustSucceed, typeOf } from './http-transport.js';
import { Inbox } from './inbox.js';
import { McpFailure } from './mcp-failure.js';
import { ByteMeter, readEvents, type ServerEvent } from './read-answer.js';
import { parseJson } from './read-message.js';
import { Replies } from './replies.js';

/** The transport before Streamable HTTP: one stream for all answers, and an address for requests that it begins with. */
export class SseTransport implements Transport {
  onclose?: () => void;
  onerror?: (error: Error) => void;
  onmessage?: (message: JSONRPCMessage) => void;
  private readonly stop = new AbortController();
  private readonly meter: ByteMeter;
  private target: URL | null = null;
  private isClosed = false;
  private readonly replies = new Replies((reply) => this.post(reply, AbortSignal.timeout(ASIDE_MS)));
  private readonly inbox = new Inbox(this.replies);

  constructor(private readonly endpoint: HttpEndpoint) {
    this.meter = new ByteMeter(endpoint.maxBytes);
  }

  /** @throws McpFailure when there is no stream, or none that says where requests go to */
  async start(): Promise<void> {
    const headers = { accept: 'text/event-stream' };
    const answer = await askServer(this.endpoint, { method: 'GET', headers, signal: this.stop.signal });
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
    if ('method' in message && 'id' in message) {
      // What comes from now on is for this request.
      this.meter.reset();
      this.inbox.renew();
    }
    await this.post(message, this.stop.signal);
  }

  close(): Promise<void> {
    if (!this.isClosed) {
      this.isClosed = true;
      this.target = null;
      this.replies.end();
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
    const message = this.inbox.take(parseJson(data));
    if (message !== null) this.onmessage?.(message);
  }

  private async post(message: JSONRPCMessage, signal: AbortSignal): Promise<void> {
    if (this.target === null) throw McpFailure.ofAnswer('The MCP server has closed its stream.');
    const answer = await askServer(this.endpoint, {
      url: this.target,
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(message),
      signal: AbortSignal.any([this.stop.signal, signal]),
    });
    mustSucceed(answer);
    discard(answer);
  }
}

function resolveUrl(path: string, base: string): URL | null {
  try {
    return new URL(path, base);
  } catch {
    return null;
  }
}
