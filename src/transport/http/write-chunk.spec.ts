import { once } from 'node:events';
import { createServer, type RequestListener, type Server, type ServerResponse } from 'node:http';
import { type AddressInfo, connect } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';
import fc from 'fast-check';
import { head, RawConnection } from '../../../test/support/raw-connection.js';
import { writeChunk } from './write-chunk.js';

const POST = head('POST / HTTP/1.1', 'host: a', 'content-length: 0');
const LAST_POST = head('POST / HTTP/1.1', 'host: a', 'content-length: 0', 'connection: close');
const PIECE = 'x'.repeat(1_000);

describe('writeChunk', () => {
  let server: Server | undefined;
  afterEach(() => {
    server?.closeAllConnections();
    server?.close();
    server = undefined;
  });

  async function serve(answer: RequestListener): Promise<string> {
    server = createServer(answer).listen(0, '127.0.0.1');
    await once(server, 'listening');
    return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  }

  /** What a client gets behind the head of an answer that begins with `[`. */
  async function exchange(request: string, answer: (response: ServerResponse) => void): Promise<string> {
    const url = await serve((_request, response) => {
      response.write('[');
      answer(response);
    });
    const text = Buffer.from(await RawConnection.exchange(url, request), 'latin1').toString();
    return text.slice(text.indexOf('\r\n\r\n') + 4);
  }

  /** A client, and what it is being answered with. */
  async function converse(request: string): Promise<{ client: RawConnection; response: ServerResponse }> {
    const answers: ServerResponse[] = [];
    const url = await serve((_request, response) => {
      answers.push(response);
      response.write('[');
    });
    const client = await RawConnection.open(url);
    client.send(request);
    await client.until(/\[/);
    return { client, response: answers[0]! };
  }

  /** Counts what goes to the socket by itself, and not through the response. */
  function countWrites(response: ServerResponse): { writes: number } {
    const counted = { writes: 0 };
    const { socket } = response;
    if (!socket) throw new Error('no socket');
    const write = socket.write.bind(socket) as (...given: unknown[]) => boolean;
    socket.write = (...given: unknown[]) => {
      counted.writes++;
      return write(...given);
    };
    return counted;
  }

  it('should write what the response would have written, as one write', async () => {
    let counted = { writes: 0 };
    const body = await exchange(LAST_POST, (response) => {
      counted = countWrites(response);
      for (const text of ['data: a\n\n', 'é漢🙂 and a lone \ud800', 'ÿ'.repeat(20)])
        writeChunk(response, text);
      expect(counted.writes).toBe(3);
      response.end();
    });
    expect(body).toBe(
      `1\r\n[\r\n9\r\ndata: a\n\n\r\n18\r\né漢🙂 and a lone \ufffd\r\n28\r\n${'ÿ'.repeat(20)}\r\n0\r\n\r\n`,
    );
  });

  it('should leave the connection to the next request', async () => {
    const url = await serve((_request, response) => {
      response.write('[');
      setImmediate(() => {
        writeChunk(response, 'text');
        response.end();
      });
    });
    const client = await RawConnection.open(url);
    client.send(POST);
    await client.until(/text\r\n0\r\n\r\n$/);
    client.send(LAST_POST);
    await client.ended;
    client.destroy();
    expect(client.text.match(/HTTP\/1\.1 200 OK/g)).toHaveLength(2);
    expect(client.text.match(/1\r\n\[\r\n4\r\ntext\r\n0\r\n\r\n/g)).toHaveLength(2);
  });

  it('should write no chunks to a client of HTTP/1.0', async () => {
    const body = await exchange(head('POST / HTTP/1.0', 'content-length: 0'), (response) => {
      writeChunk(response, 'text');
      response.end();
    });
    expect(body).toBe('[text');
  });

  it('should write no body behind HEAD', async () => {
    const body = await exchange(head('HEAD / HTTP/1.1', 'host: a', 'connection: close'), (response) => {
      writeChunk(response, 'text');
      response.end();
    });
    expect(body).toBe('');
  });

  it('should wait for the answers before it on a connection', async () => {
    const answers: ServerResponse[] = [];
    const url = await serve((_request, response) => {
      answers.push(response);
      response.write('[');
      writeChunk(response, `answer ${answers.length}`);
    });
    const client = await RawConnection.open(url);
    client.send(POST + LAST_POST);
    await client.until(/answer 1/);
    const [first, second] = answers as [ServerResponse, ServerResponse];
    writeChunk(second, 'second');
    writeChunk(first, 'first');
    first.end();
    await client.until(/second/);
    writeChunk(second, 'at last');
    second.end();
    await client.ended;
    client.destroy();
    expect(client.text.split(/HTTP\/1\.1 200 OK[^]*?\r\n\r\n/)).toEqual([
      '',
      '1\r\n[\r\n8\r\nanswer 1\r\n5\r\nfirst\r\n0\r\n\r\n',
      '1\r\n[\r\n8\r\nanswer 2\r\n6\r\nsecond\r\n7\r\nat last\r\n0\r\n\r\n',
    ]);
  });

  it('should write through a middleware that has put itself in between', async () => {
    const body = await exchange(LAST_POST, (response) => {
      const write = response.write.bind(response) as (text: string) => boolean;
      response.write = (text: string) => write(text.toUpperCase());
      writeChunk(response, 'text');
      response.end();
    });
    expect(body).toBe('1\r\n[\r\n4\r\nTEXT\r\n0\r\n\r\n');
  });

  it('should write nothing behind the end of a response', async () => {
    const failed: unknown[] = [];
    const body = await exchange(LAST_POST, (response) => {
      response.on('error', (error) => failed.push(error));
      response.end();
      expect(writeChunk(response, 'text')).toBe(false);
    });
    expect(body).toBe('1\r\n[\r\n0\r\n\r\n');
    expect(failed).toEqual([expect.objectContaining({ code: 'ERR_STREAM_WRITE_AFTER_END' })]);
  });

  it('should write nothing to a client that has left', async () => {
    const { client, response } = await converse(POST);
    const closed = once(response, 'close');
    client.destroy();
    await closed;
    expect(writeChunk(response, 'text')).toBe(false);
  });

  it('should break nothing where a client has closed its side', async () => {
    const { client, response } = await converse(POST);
    const failed: unknown[] = [];
    server?.on('clientError', (error) => failed.push(error));
    const closed = once(response, 'close');
    const { socket } = response;
    if (!socket) throw new Error('no socket');
    client.socket.end();
    // The moment between the client's FIN and the end of the connection.
    socket.once('end', () => {
      expect(socket.writable).toBe(false);
      writeChunk(response, 'text');
    });
    await closed;
    client.destroy();
    expect(failed).toEqual([]);
  });

  it('should write behind what a middleware holds together', async () => {
    const body = await exchange(LAST_POST, (response) => {
      response.cork();
      response.write('a');
      writeChunk(response, 'b');
      response.write('c');
      response.uncork();
      response.end();
    });
    expect(body).toBe('1\r\n[\r\n1\r\na\r\n1\r\nb\r\n1\r\nc\r\n0\r\n\r\n');
  });

  it('should have the response tell of the drain where the client does not read', async () => {
    const { client, response } = await converse(LAST_POST);
    client.socket.pause();
    let written = 0;
    for (let hasRoom = true; hasRoom; written++) hasRoom = writeChunk(response, PIECE);
    expect(response.writableNeedDrain).toBe(true);
    const drained = once(response, 'drain');
    client.socket.resume();
    await drained;
    expect(response.writableNeedDrain).toBe(false);
    expect(writeChunk(response, 'last')).toBe(true);
    response.end();
    await client.ended;
    client.destroy();
    expect(client.text.match(/3e8\r\nx{1000}\r\n/g)).toHaveLength(written);
    expect(client.text).toMatch(/\r\n4\r\nlast\r\n0\r\n\r\n$/);
  });

  it('should deliver any texts between any other writes, however slowly they are read', async () => {
    const text = fc.oneof(
      fc.string({ unit: 'grapheme', minLength: 1 }),
      fc.string({ unit: 'binary', minLength: 1 }),
      fc
        .tuple(fc.constantFrom('a', 'é', '漢', '\r\n0\r\n\r\n'), fc.integer({ min: 1, max: 60_000 }))
        .map(([unit, count]) => unit.repeat(count)),
    );
    const how = fc.constantFrom('chunk', 'chunk', 'response', 'bytes', 'tick');
    const property = fc.asyncProperty(
      fc.array(fc.tuple(text, how), { minLength: 1, maxLength: 20 }),
      fc.integer({ min: 1_000, max: 200_000 }),
      async (steps, readSize) => {
        const url = await serve((_request, response) => {
          response.write('[');
          void writeAll(response, steps);
        });
        const received = await readSlowly(url, readSize);
        server?.close();
        expect(unchunk(received).toString()).toBe(`[${steps.map(([each]) => toWellFormed(each)).join('')}`);
      },
    );
    await fc.assert(property, { numRuns: 60 });
  });
});

/** Writes as a stream does: no more while the socket is full. */
async function writeAll(response: ServerResponse, steps: [string, string][]): Promise<void> {
  for (const [text, how] of steps) {
    if (how === 'tick') await pause(0);
    const hasRoom =
      how === 'response'
        ? response.write(text)
        : how === 'bytes'
          ? response.write(Buffer.from(text))
          : writeChunk(response, text);
    if (!hasRoom) await once(response, 'drain');
  }
  response.end();
}

/** All that a client gets that takes so much at a time. */
async function readSlowly(url: string, readSize: number): Promise<Buffer> {
  const options = { port: Number(new URL(url).port), host: '127.0.0.1', highWaterMark: readSize };
  const socket = connect(options);
  socket.write(LAST_POST);
  const parts: Buffer[] = [];
  for await (const part of socket) {
    parts.push(part as Buffer);
    await pause(0);
  }
  return Buffer.concat(parts);
}

/** The body of an answer. @throws where it is not made of chunks to its end */
function unchunk(received: Buffer): Buffer {
  const parts: Buffer[] = [];
  for (let at = received.indexOf('\r\n\r\n') + 4; ;) {
    const line = received.indexOf('\r\n', at);
    const digits = received.toString('latin1', at, line);
    if (!/^[0-9a-f]+$/.test(digits)) throw new Error(`no size of a chunk: ${digits}`);
    const end = line + 2 + parseInt(digits, 16);
    if (received.toString('latin1', end, end + 2) !== '\r\n') throw new Error('a chunk of another size');
    if (digits === '0') {
      expect(end + 2).toBe(received.length);
      return Buffer.concat(parts);
    }
    parts.push(received.subarray(line + 2, end));
    at = end + 2;
  }
}

/** What becomes of it in UTF-8. */
function toWellFormed(text: string): string {
  return Buffer.from(text).toString();
}
