import { connect, type Socket } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';
import { jest } from '@jest/globals';
import { WebSocket } from 'ws';
import { InFlightLimiter } from '../../src/request/in-flight.limiter.js';
import { collectGarbage } from '../support/collect-garbage.js';
import { createTestApp, type TestApp } from '../support/create-test-app.js';
import {
  CHAT_PATH,
  chatStream,
  completion,
  type FakeUpstream,
  type ScriptedAnswer,
  startFakeUpstream,
} from '../support/fake-upstream.js';
import { postJson } from '../support/http-client.js';
import { checkLifecycle, checkResponse } from '../support/lifecycle-oracle.js';
import { memoryOf } from '../support/process-memory.js';
import { readSse } from '../support/sse-reader.js';
import { useBuiltGateway } from '../support/use-built-gateway.js';

const TURN = { model: 'test-model', input: 'Hi' };
const STREAM = { ...TURN, stream: true };
const MEGABYTE = 1_000_000;
const STALL_MS = 400;
/** Where the client must not be dropped, however busy the machine is. */
const PATIENT_MS = 1_000;
const WORDS = 'the quick brown fox jumps over the lazy dog, "again", é漢🙂\n';

jest.setTimeout(300_000);

/** Text of about so many characters in pieces of so many. */
function textPieces(length: number, size: number): string[] {
  const characters = Array.from(WORDS.repeat(Math.ceil(length / WORDS.length)));
  const pieces: string[] = [];
  for (let at = 0; at < characters.length; at += size) pieces.push(characters.slice(at, at + size).join(''));
  return pieces;
}

/** A client that reads only when it is told to. */
class LazyClient {
  readonly closed: Promise<void>;
  private readonly parts: Buffer[] = [];
  private readonly socket: Socket;

  constructor(url: string, body: object) {
    const { hostname, port } = new URL(url);
    const json = JSON.stringify(body);
    this.socket = connect(Number(port), hostname);
    this.socket.on('error', () => undefined);
    this.socket.pause();
    this.socket.write(
      `POST /v1/responses HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\ncontent-type: application/json\r\ncontent-length: ${Buffer.byteLength(json)}\r\n\r\n${json}`,
    );
    this.closed = new Promise((resolve) =>
      this.socket.once('close', () => {
        resolve();
      }),
    );
    this.socket.on('data', (bytes: Buffer) => this.parts.push(bytes));
    this.socket.pause();
  }

  /** Takes so much and stops again. */
  async read(bytes: number): Promise<void> {
    const goal = this.size + bytes;
    this.socket.resume();
    while (this.size < goal && !this.socket.closed) await pause(1);
    this.socket.pause();
  }

  send(bytes: string): void {
    this.socket.write(bytes);
  }

  /** Reads to the end. @returns the body, its chunks joined */
  async finish(): Promise<Buffer> {
    this.socket.resume();
    await this.closed;
    const whole = Buffer.concat(this.parts);
    const head = whole.indexOf('\r\n\r\n');
    const isChunked = /transfer-encoding: chunked/i.test(whole.subarray(0, head).toString());
    return isChunked ? Buffer.concat(httpChunks(whole.subarray(head + 4))) : whole.subarray(head + 4);
  }

  /** The HTTP chunks of what was read. */
  get chunks(): Buffer[] {
    const whole = Buffer.concat(this.parts);
    return httpChunks(whole.subarray(whole.indexOf('\r\n\r\n') + 4));
  }

  get size(): number {
    return this.parts.reduce((size, part) => size + part.length, 0);
  }

  destroy(): void {
    this.socket.destroy();
  }
}

function httpChunks(body: Buffer): Buffer[] {
  const chunks: Buffer[] = [];
  for (let at = 0; ;) {
    const line = body.indexOf('\r\n', at);
    const size = parseInt(body.subarray(at, line).toString(), 16);
    if (!size) return chunks;
    chunks.push(body.subarray(line + 2, line + 2 + size));
    at = line + 2 + size + 2;
  }
}

/** More than the sockets of a client that does not read can hold, and then silence. */
const ENDLESS: ScriptedAnswer = {
  body: chatStream(
    Array.from({ length: 1_200 }, () => 'x'.repeat(10_000)),
    {
      finish: null,
      usage: null,
      done: false,
    },
  ),
  end: 'hang',
};

let upstream: FakeUpstream;
let gateway: TestApp;
let limiter: InFlightLimiter;
let clients: LazyClient[] = [];

async function start(environment: Record<string, string> = {}): Promise<string> {
  gateway = await createTestApp({ environment: { UPSTREAM_BASE_URL: upstream.url, ...environment } });
  limiter = gateway.app.get(InFlightLimiter, { strict: false });
  return gateway.url;
}

function open(url: string, body: object): LazyClient {
  const client = new LazyClient(url, body);
  clients.push(client);
  return client;
}

async function until(isSo: () => boolean): Promise<void> {
  while (!isSo()) await pause(5);
}

beforeEach(async () => {
  upstream = await startFakeUpstream();
});
afterEach(async () => {
  for (const client of clients) client.destroy();
  clients = [];
  await upstream.close();
});

describe('a client that stops reading', () => {
  afterEach(() => gateway.close());

  it('should be dropped, and its upstream be aborted, in mid-stream', async () => {
    const url = await start({ CLIENT_STALL_TIMEOUT_MS: String(STALL_MS) });
    upstream.reply(ENDLESS);
    const client = open(url, STREAM);
    await upstream.waitForAbort();
    await until(() => limiter.size === 0);
    await client.finish();
    expect(client.size).toBeLessThan(12 * MEGABYTE);
  });

  it.each([
    ['a whole answer', TURN, () => completion({ content: 'x'.repeat(16 * MEGABYTE) })],
    ['the end of a stream', STREAM, () => chatStream(['x'.repeat(4 * MEGABYTE)])],
  ])('should be dropped at %s', async (_what, body, answer) => {
    const url = await start({ CLIENT_STALL_TIMEOUT_MS: String(STALL_MS) });
    upstream.reply({ body: answer() });
    const client = open(url, body);
    await until(() => limiter.size === 1);
    await until(() => limiter.size === 0);
    await client.read(Infinity);
    expect(client.size).toBeLessThan(16 * MEGABYTE);
  });

  it('should be dropped although it goes on sending', async () => {
    const url = await start({ CLIENT_STALL_TIMEOUT_MS: String(STALL_MS) });
    upstream.reply({ body: completion({ content: 'x'.repeat(16 * MEGABYTE) }) });
    const client = open(url, TURN);
    await until(() => limiter.size === 1);
    const sending = setInterval(() => {
      client.send('G');
    }, STALL_MS / 8);
    await until(() => limiter.size === 0);
    clearInterval(sending);
    await client.read(Infinity);
    expect(client.size).toBeLessThan(16 * MEGABYTE);
  });

  it('should be dropped from a WebSocket too', async () => {
    const url = await start({ CLIENT_STALL_TIMEOUT_MS: String(STALL_MS), WEBSOCKET_PING_INTERVAL_MS: '0' });
    upstream.reply(ENDLESS);
    const socket = new WebSocket(`${url.replace('http', 'ws')}/v1/responses`);
    socket.on('error', () => undefined);
    await new Promise((resolve) => socket.once('open', resolve));
    socket.pause();
    socket.send(JSON.stringify({ type: 'response.create', ...TURN }));
    await upstream.waitForAbort();
    await until(() => limiter.size === 0);
    const closed = new Promise((resolve) => socket.once('close', resolve));
    socket.resume();
    await expect(closed).resolves.toBe(1006);
  });

  it('should not be dropped while it takes a little now and then', async () => {
    const url = await start({ CLIENT_STALL_TIMEOUT_MS: String(PATIENT_MS) });
    const text = 'x'.repeat(16 * MEGABYTE);
    upstream.reply({ body: completion({ content: text }) });
    const client = open(url, TURN);
    await until(() => limiter.size === 1);
    const begin = performance.now();
    while (performance.now() - begin < 3 * PATIENT_MS) {
      await client.read(MEGABYTE);
      await pause(PATIENT_MS / 4);
    }
    const body = JSON.parse((await client.finish()).toString()) as { output_text: string };
    checkResponse(body);
    expect(body.output_text === text).toBe(true);
  });

  it('should not be dropped for an upstream that is silent', async () => {
    const url = await start({ CLIENT_STALL_TIMEOUT_MS: '40' });
    let release = (): void => undefined;
    const released = new Promise<void>((resolve) => (release = resolve));
    upstream.reply({ body: completion({ content: 'late' }), delayHeaders: released });
    const answer = postJson(`${url}/v1/responses`, TURN);
    await pause(300);
    release();
    expect((await answer).status).toBe(200);
  });
});

describe('a stream that stood still and goes on', () => {
  afterEach(() => gateway.close());

  it.each([
    ['many small deltas', 400_000, 40],
    ['large deltas', 3 * MEGABYTE, 30_000],
    ['one delta', 2 * MEGABYTE, Infinity],
  ])('should have lost, doubled and moved nothing: %s', async (_what, length, size) => {
    const url = await start();
    const pieces = size === Infinity ? [textPieces(length, 5_000).join('')] : textPieces(length, size);
    upstream.reply({ body: chatStream(pieces) });
    const client = open(url, STREAM);
    for (let stop = 0; stop < 5; stop++) {
      await pause(40);
      await client.read(300_000);
    }
    await pause(100);
    const { events, done } = readSse(await client.finish());
    expect(done).toBe(true);
    checkLifecycle(events);
    const text = pieces.join('');
    const deltas = events.map((event) => ('delta' in event ? event.delta : '')).join('');
    expect(deltas === text).toBe(true);
    expect(events.at(-1)).toMatchObject({ type: 'response.completed' });
    // Each write holds whole frames; of long ones each part is an HTTP chunk of its own.
    const isShort = (chunk: Buffer): boolean => chunk.includes('.delta');
    const cut = client.chunks.filter((chunk) => isShort(chunk) && chunk.subarray(-2).toString() !== '\n\n');
    expect(cut).toHaveLength(0);
  });
});

describe('the memory of a client that does not read', () => {
  const { run } = useBuiltGateway();
  const CLIENTS = 30;
  const MEBIBYTE = 1_048_576;
  /** So that no garbage is counted. */
  const COLLECTS = collectGarbage('setInterval(()=>gc(),300).unref();');

  it.each([
    // Of short ones the sockets hold no more than some ten thousand.
    ['tokens of five characters', 150_000, 5],
    ['a megabyte in deltas of a thousand', MEGABYTE, 1_000],
  ])('should be about a mebibyte: %s', async (what, length, size) => {
    const text = 'the quick brown fox '.repeat(length / 20);
    const pieces = text.match(new RegExp(`.{${size}}`, 'g')) ?? [];
    const body = chatStream(pieces);
    await upstream.close();
    upstream = await startFakeUpstream(({ path }) => (path === CHAT_PATH ? { body } : undefined));
    const process = run({ UPSTREAM_BASE_URL: upstream.url, LOG_LEVEL: 'silent', NODE_OPTIONS: COLLECTS });
    const url = await process.listening();
    const memory = (): number => memoryOf(process.pid);
    await open(url, { ...STREAM, input: 'warm' }).finish();
    await settled(memory);
    const before = memory();
    for (let count = 0; count < CLIENTS; count++) open(url, STREAM);
    await upstream.waitForChat(CLIENTS + 1);
    await settled(memory);
    const each = (memory() - before) / CLIENTS / MEBIBYTE;
    console.info(`${what}: ${each.toFixed(2)} MiB a client that does not read (goal: 1)`);
    // What the allocator has not given back is in it.
    expect(each).toBeLessThan(2.5);
  });

  /** Until it has not grown for a while. */
  async function settled(memory: () => number): Promise<void> {
    let highest = 0;
    for (let quiet = 0; quiet < 12; quiet++) {
      await pause(100);
      const now = memory();
      if (now > highest) quiet = 0;
      highest = Math.max(highest, now);
    }
  }
});
