import { once } from 'node:events';
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';
import { readRequest } from './closing-upstream.js';

/** Writes an answer, from the status line on, in whatever way. */
export type RawAnswer = (socket: Socket) => unknown;

/** A model server that breaks HTTP as a test tells it. */
export class RawUpstream {
  /** What the next requests are answered with. */
  answer: RawAnswer = (socket) => socket.destroy();
  /** Connections that are open. */
  readonly sockets = new Set<Socket>();

  private constructor(private readonly server: Server) {
    server.on('connection', (socket) => {
      this.sockets.add(socket);
      socket.setNoDelay(true);
      socket.on('error', () => undefined).on('close', () => this.sockets.delete(socket));
      let text = '';
      socket.on('data', (bytes: Buffer) => {
        text += bytes.toString('latin1');
        if (readRequest(text) === null) return;
        text = '';
        void this.answer(socket);
      });
    });
  }

  static async start(): Promise<RawUpstream> {
    const server = createServer().listen(0, '127.0.0.1');
    await once(server, 'listening');
    return new RawUpstream(server);
  }

  get url(): string {
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  async close(): Promise<void> {
    const closed = once(this.server, 'close');
    this.server.close();
    for (const socket of this.sockets) socket.destroy();
    await closed;
  }
}

/** Writes it over and over until the other side has had enough, or this many bytes were written. */
export async function writeOn(socket: Socket, bytes: Buffer, limit: number): Promise<void> {
  while (!socket.destroyed && socket.bytesWritten < limit) {
    if (!socket.write(bytes))
      await Promise.race([once(socket, 'drain'), once(socket, 'close')]).catch(() => undefined);
  }
}

/** A piece of a body whose length is not known before. */
export function httpChunk(text: string | Buffer): Buffer {
  const bytes = Buffer.from(text as string);
  return Buffer.concat([Buffer.from(`${bytes.length.toString(16)}\r\n`), bytes, Buffer.from('\r\n')]);
}
