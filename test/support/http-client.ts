import { request as openRequest, type IncomingHttpHeaders, type IncomingMessage } from 'node:http';
import type { ResponseEvent } from '../../src/contracts/response-events.js';
import { checkAnswer, checkEvent } from './described-answers.js';
import { readSse, SseReader, type SseStream } from './sse-reader.js';

export interface JsonAnswer {
  status: number;
  headers: IncomingHttpHeaders;
  /** The body as text. */
  raw: string;
  /** The parsed body, or undefined where it is not JSON. */
  body: unknown;
}

/** A whole streamed answer. An answer that is not an event stream has no events, but a body. */
export interface StreamAnswer extends JsonAnswer, SseStream {}

/** An event stream that is read only as far as the test asks, so that a test can stall or leave. */
export interface OpenStream {
  status: number;
  headers: IncomingHttpHeaders;
  /** The next event; undefined at the end. Rejects where the connection breaks. */
  next(): Promise<ResponseEvent | undefined>;
  /** All remaining events. */
  rest(): Promise<ResponseEvent[]>;
  /** What was read so far. */
  readonly seen: Readonly<SseStream>;
  /** Closes the socket at once, as a client that goes away does. */
  destroy(): void;
  /** Resolves when the connection is gone. */
  readonly closed: Promise<void>;
}

type Headers = Record<string, string>;

/** Of an open stream: a flood that a test makes is the same event over and over. */
const CHECKED_EVENTS = 10_000;

/** Posts and reads the whole answer. A string or buffer is sent as it is, anything else as JSON. */
export function postJson(url: string, body: unknown, headers: Headers = {}): Promise<JsonAnswer> {
  return exchange('POST', url, body, headers);
}

export function getJson(url: string, headers: Headers = {}): Promise<JsonAnswer> {
  return exchange('GET', url, undefined, headers);
}

/** Any method, the whole answer. */
export async function exchange(
  method: string,
  url: string,
  body: unknown,
  headers: Headers = {},
): Promise<JsonAnswer> {
  const message = await open(method, url, body, headers);
  const bytes = await readAll(message);
  const answer = answerOf(message, bytes);
  checkAnswer(method, url, answer);
  return answer;
}

/** Posts and reads a whole event stream strictly; a breach of the wire contract rejects. */
export function postStream(url: string, body: unknown, headers: Headers = {}): Promise<StreamAnswer> {
  return readStream('POST', url, body, headers);
}

/** As {@link postStream}, for a stream that is read again. */
export function getStream(url: string, headers: Headers = {}): Promise<StreamAnswer> {
  return readStream('GET', url, undefined, headers);
}

async function readStream(
  method: 'GET' | 'POST',
  url: string,
  body: unknown,
  headers: Headers,
): Promise<StreamAnswer> {
  const message = await open(method, url, body, headers);
  const bytes = await readAll(message);
  const stream = isEventStream(message)
    ? readSse(bytes)
    : { events: [], done: false, comments: [], frames: [] };
  const answer = answerOf(message, bytes);
  checkAnswer(method, url, answer);
  for (const event of stream.events) checkEvent(url, event);
  return { ...answer, ...stream };
}

/** Posts, or gets, and hands the stream out event by event. Resolves with the answer's headers. */
export async function openStream(
  url: string,
  body: unknown,
  headers: Headers = {},
  method: 'GET' | 'POST' = 'POST',
): Promise<OpenStream> {
  const message = await open(method, url, body, headers);
  const closed = new Promise<void>((resolve) => message.once('close', resolve));
  // Without a listener a cut connection would end the test process; next() still rejects with it.
  message.on('error', () => undefined);
  const bytes = message[Symbol.asyncIterator]() as AsyncIterator<Buffer>;
  const reader = new SseReader();
  let given = 0;
  const next = async (): Promise<ResponseEvent | undefined> => {
    while (given >= reader.events.length) {
      const read = await bytes.next();
      if (read.done) {
        reader.finish();
        return undefined;
      }
      reader.feed(read.value);
    }
    const event = reader.events[given++];
    if (given < CHECKED_EVENTS) checkEvent(url, event);
    return event;
  };
  const rest = async (): Promise<ResponseEvent[]> => {
    const events: ResponseEvent[] = [];
    for (let event = await next(); event; event = await next()) events.push(event);
    return events;
  };
  const destroy = (): void => {
    message.destroy();
  };
  return {
    status: message.statusCode ?? 0,
    headers: message.headers,
    next,
    rest,
    seen: reader,
    destroy,
    closed,
  };
}

function open(method: string, url: string, body: unknown, headers: Headers): Promise<IncomingMessage> {
  const payload = toPayload(body);
  return new Promise((resolve, reject) => {
    // agent false: a connection of its own for each request, none stays open to hold jest back.
    const request = openRequest(url, {
      method,
      agent: false,
      headers: {
        ...(payload === undefined
          ? {}
          : { 'content-type': 'application/json', 'content-length': Buffer.byteLength(payload) }),
        ...headers,
      },
    });
    request.on('response', resolve);
    request.on('error', reject);
    request.end(payload);
  });
}

function toPayload(body: unknown): string | Buffer | undefined {
  if (body === undefined || typeof body === 'string' || Buffer.isBuffer(body)) return body;
  return JSON.stringify(body);
}

function answerOf({ statusCode = 0, headers }: IncomingMessage, bytes: Buffer): JsonAnswer {
  const raw = bytes.toString('utf8');
  return { status: statusCode, headers, raw, body: parseOrUndefined(raw) };
}

async function readAll(message: IncomingMessage): Promise<Buffer> {
  const parts: Buffer[] = [];
  for await (const part of message) parts.push(part as Buffer);
  return Buffer.concat(parts);
}

function isEventStream(message: IncomingMessage): boolean {
  return message.headers['content-type']?.startsWith('text/event-stream') ?? false;
}

function parseOrUndefined(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}
