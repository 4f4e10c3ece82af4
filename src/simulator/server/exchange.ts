import { once } from 'node:events';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import type { SimulatorState } from './simulator-state.js';

/** One request and its answer, with a signal that tells when the client is gone. */
export class Exchange {
  /** Aborted when the socket closes before the answer is whole. */
  readonly signal: AbortSignal;
  /** A fault closes the socket itself: that is no abort by the client. */
  private cutByFault = false;

  constructor(
    readonly state: SimulatorState,
    readonly req: IncomingMessage,
    readonly res: ServerResponse,
  ) {
    const gone = new AbortController();
    this.signal = gone.signal;
    const { stats } = state;
    stats.active += 1;
    res.setHeader('server', 'uvicorn');
    res.setHeader('x-simulator', 'lmdeploy');
    // Not the request's own 'close': it comes as soon as the body is read.
    res.once('close', () => {
      stats.active -= 1;
      if (res.writableFinished) stats.completed += 1;
      else if (!this.cutByFault) stats.aborted += 1;
      gone.abort();
    });
  }

  header(name: string): string | undefined {
    return [this.req.headers[name]].flat()[0];
  }

  /** A JSON body as Starlette writes it: compact, UTF-8, without a charset. */
  json(status: number, body: object): void {
    const text = JSON.stringify(body);
    const length = String(Buffer.byteLength(text));
    this.res.writeHead(status, { 'content-type': 'application/json', 'content-length': length }).end(text);
  }

  /** Starts an event stream; the headers leave before the first token, as uvicorn sends them. */
  openStream(): void {
    this.res.writeHead(200, { 'content-type': 'text/event-stream; charset=utf-8' });
    this.res.flushHeaders();
  }

  /** Writes to the stream and waits while the client reads too slowly. */
  async write(text: string): Promise<void> {
    this.signal.throwIfAborted();
    if (!this.res.write(text)) await once(this.res, 'drain', { signal: this.signal });
  }

  /** Waits this many milliseconds; zero still lets the sockets speak. Rejects when the client is gone. */
  async pause(milliseconds: number): Promise<void> {
    if (milliseconds > 0) return sleep(milliseconds, undefined, { signal: this.signal });
    await new Promise((resolve) => setImmediate(resolve));
    this.signal.throwIfAborted();
  }

  /** Does nothing until the client is gone. */
  async hang(): Promise<void> {
    if (!this.signal.aborted) await once(this.signal, 'abort');
  }

  /** Destroys the socket as a crashing server would; `reset` sends an RST. */
  destroy(reset: boolean): void {
    this.cutByFault = true;
    const { socket } = this.req;
    if (reset) socket.resetAndDestroy();
    else socket.destroy();
  }
}
