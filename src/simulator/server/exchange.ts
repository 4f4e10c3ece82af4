import type { IncomingMessage, ServerResponse } from 'node:http';
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
    stats.requests += 1;
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

  get path(): string {
    return (this.req.url ?? '/').split('?')[0] ?? '/';
  }

  header(name: string): string | undefined {
    return [this.req.headers[name]].flat()[0];
  }

  /** A JSON body as Starlette writes it: compact, UTF-8, without a charset. */
  json(status: number, body: object, headers: Record<string, string> = {}): void {
    this.send(status, 'application/json', JSON.stringify(body), headers);
  }

  send(status: number, contentType: string, body: string, headers: Record<string, string> = {}): void {
    const length = String(Buffer.byteLength(body));
    this.res
      .writeHead(status, { 'content-type': contentType, 'content-length': length, ...headers })
      .end(body);
  }

  /** Starts an event stream; the headers leave before the first token, as uvicorn sends them. */
  openStream(): void {
    this.res.writeHead(200, { 'content-type': 'text/event-stream; charset=utf-8' });
    this.res.flushHeaders();
  }

  /** Writes to the stream and waits while the client reads too slowly. */
  async write(text: string | Buffer): Promise<void> {
    this.signal.throwIfAborted();
    if (this.res.write(text)) return;
    await new Promise<void>((resolve, reject) => {
      const stop = () => {
        this.res.off('drain', go);
        reject(new Error('aborted'));
      };
      const go = () => {
        this.signal.removeEventListener('abort', stop);
        resolve();
      };
      this.res.once('drain', go);
      this.signal.addEventListener('abort', stop, { once: true });
    });
  }

  /** Destroys the socket as a crashing server would; `reset` sends an RST. */
  destroy(reset: boolean): void {
    this.cutByFault = true;
    const { socket } = this.req;
    if (reset) socket.resetAndDestroy();
    else socket.destroy();
  }
}
