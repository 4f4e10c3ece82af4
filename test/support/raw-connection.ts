import { connect, type Socket } from 'node:net';

/** A bare connection, for what no HTTP client would send. */
export class RawConnection {
  /** All that was received. */
  text = '';
  /** Resolves when the other side has ended or reset the connection. */
  readonly ended: Promise<void>;
  private waiting: (() => void)[] = [];
  private isEnded = false;

  private constructor(readonly socket: Socket) {
    socket.setNoDelay();
    socket.on('data', (bytes: Buffer) => {
      this.text += bytes.toString('latin1');
      this.wake();
    });
    this.ended = new Promise((resolve) => {
      const end = (): void => {
        this.isEnded = true;
        this.wake();
        resolve();
      };
      socket.on('end', end).on('error', end).on('close', end);
    });
  }

  /** @param url of a server, e.g. `http://127.0.0.1:40001` */
  static open(url: string): Promise<RawConnection> {
    return new Promise((resolve, reject) => {
      // Half open: what the server does with its side is what is looked at.
      const socket = connect({ port: Number(new URL(url).port), host: '127.0.0.1', allowHalfOpen: true });
      socket.once('error', reject);
      socket.once('connect', () => {
        socket.off('error', reject);
        resolve(new RawConnection(socket));
      });
    });
  }

  /** Opens a connection, sends this, and hands out all that comes until it is closed. */
  static async exchange(url: string, text: string | Buffer): Promise<string> {
    const connection = await RawConnection.open(url);
    connection.send(text);
    await connection.ended;
    connection.destroy();
    return connection.text;
  }

  send(text: string | Buffer): void {
    this.socket.write(typeof text === 'string' ? Buffer.from(text, 'latin1') : text);
  }

  /** Waits for this text; rejects when the connection ends before. */
  async until(pattern: RegExp): Promise<RegExpExecArray> {
    for (;;) {
      const match = pattern.exec(this.text);
      if (match) return match;
      if (this.isEnded) throw new Error(`The connection has ended:\n${this.text}`);
      await new Promise<void>((resolve) => this.waiting.push(resolve));
    }
  }

  destroy(): void {
    this.socket.destroy();
  }

  private wake(): void {
    for (const wake of this.waiting.splice(0)) wake();
  }
}

/** The head of a request, its lines without line ends. */
export function head(...lines: string[]): string {
  return `${lines.join('\r\n')}\r\n\r\n`;
}

/** The answers in what was received, each with its body of JSON. */
export function readAnswers(text: string): { status: number; head: string; body: unknown }[] {
  return text
    .split(/(?=^HTTP\/1\.1 \d)/m)
    .filter((part) => part.startsWith('HTTP/'))
    .map((part) => {
      const end = part.indexOf('\r\n\r\n');
      const body = part.slice(end + 4);
      return {
        status: Number(/\d{3}/.exec(part)?.[0]),
        head: part.slice(0, end).toLowerCase(),
        body: body === '' ? undefined : (JSON.parse(body) as unknown),
      };
    });
}
