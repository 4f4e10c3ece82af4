import { type AddressInfo, createServer, type Socket } from 'node:net';
import { setImmediate as turn } from 'node:timers/promises';

export interface ClosingUpstream {
  readonly url: string;
  /** The bodies of requests on a connection that had been answered on before; they are never answered. */
  readonly unanswered: string[];
  /** The bodies of all requests that were answered. */
  readonly bodies: string[];
  readonly connections: number;
  close(): Promise<void>;
}

export interface ClosingUpstreamOptions {
  /** What a connection gets for its first request, from the status line on. */
  answer: string;
  /** How the answer is written. Default `whole`. */
  pace?: 'whole' | 'bytes';
  /** Whether its connection is closed a while after the answer, or a while after the next request on it. Default `request`. */
  closes?: 'answer' | 'request';
  /** That while, ms. Default 0. */
  closeAfter?: () => number;
  /** How it is closed. Default `end`. */
  how?: 'end' | 'reset';
  /** Connections beyond these are reset at once. Default: none is. */
  accepted?: number;
  /** What a connection gets for a second request before it is closed. Default nothing. */
  second?: string;
}

/**
 * A server that announces a kept connection and closes it shortly after its first answer, as llama.cpp's does after a stream: what
 * is asked on it in the meantime gets no answer.
 */
export async function startClosingUpstream(options: ClosingUpstreamOptions): Promise<ClosingUpstream> {
  const sockets = new Set<Socket>();
  const unanswered: string[] = [];
  const bodies: string[] = [];
  let connections = 0;
  const server = createServer((socket) => {
    connections++;
    if (connections > (options.accepted ?? Infinity)) socket.resetAndDestroy();
    sockets.add(socket);
    socket.setNoDelay(true);
    socket.on('error', () => undefined).on('close', () => sockets.delete(socket));
    let text = '';
    let isAnswered = false;
    socket.on('data', (bytes) => {
      text += bytes.toString('latin1');
      const body = readRequest(text);
      if (body === null) return;
      text = '';
      if (isAnswered) {
        unanswered.push(body);
        if (options.second) socket.write(options.second);
        if (options.closes !== 'answer') closeSoon(socket, options);
        return;
      }
      isAnswered = true;
      bodies.push(body);
      void writeAnswer(socket, options);
      if (options.closes === 'answer') closeSoon(socket, options);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    get connections() {
      return connections;
    },
    unanswered,
    bodies,
    close: () =>
      new Promise((resolve) => {
        server.close(() => {
          resolve();
        });
        for (const socket of sockets) socket.destroy();
      }),
  };
}

async function writeAnswer(socket: Socket, { answer, pace }: ClosingUpstreamOptions): Promise<void> {
  if (pace !== 'bytes') {
    socket.write(answer);
    return;
  }
  for (const byte of Buffer.from(answer)) {
    socket.write(Buffer.of(byte));
    await turn();
  }
}

function closeSoon(socket: Socket, { how, closeAfter }: ClosingUpstreamOptions): void {
  setTimeout(() => {
    if (how === 'reset') socket.resetAndDestroy();
    else socket.destroySoon();
  }, closeAfter?.() ?? 0);
}

/** An answer of status 200 as it stands on the wire. */
export function asHttp(body: string, headers: Record<string, string> = {}): string {
  const lines = Object.entries({
    connection: 'keep-alive',
    'content-length': String(Buffer.byteLength(body)),
    ...headers,
  });
  return `HTTP/1.1 200 OK\r\n${lines.map(([name, value]) => `${name}: ${value}\r\n`).join('')}\r\n${body}`;
}

/** The body of a request that is whole; null while it is not. */
export function readRequest(text: string): string | null {
  const end = text.indexOf('\r\n\r\n');
  if (end < 0) return null;
  const length = Number(/\r\ncontent-length: (\d+)/i.exec(text.slice(0, end))?.[1] ?? 0);
  const body = text.slice(end + 4);
  return body.length >= length ? body : null;
}
