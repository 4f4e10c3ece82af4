import type { ResponseEvent } from '../../src/contracts/response-events.js';
import { isRecord, show } from './json.js';

export interface SseFrame {
  event: string;
  data: ResponseEvent;
  /** The frame as it came, without its closing blank line. */
  raw: string;
}

export interface SseStream {
  events: ResponseEvent[];
  /** Whether `data: [DONE]` came. */
  done: boolean;
  /** Texts of comment lines, without the colon. */
  comments: string[];
  frames: SseFrame[];
}

/**
 * Reads the gateway's own event stream and tolerates nothing beyond the wire contract: LF only, frames of
 * exactly `event: <type>\ndata: <json>\n\n` with the name equal to the JSON's type, comment lines before or
 * between them, and `data: [DONE]\n\n` as the last bytes.
 */
export class SseReader {
  readonly events: ResponseEvent[] = [];
  readonly comments: string[] = [];
  readonly frames: SseFrame[] = [];
  done = false;
  private readonly decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
  private rest = '';

  /** Takes the next bytes; returns the events that they completed. */
  feed(bytes: Uint8Array): ResponseEvent[] {
    const before = this.events.length;
    this.take(this.decode(bytes));
    return this.events.slice(before);
  }

  /** Call at the end of the stream: nothing may be left over. */
  finish(): SseStream {
    this.take(this.decode());
    if (this.rest !== '') throw breach(`the stream ends inside a frame: ${show(this.rest)}`);
    return { events: this.events, done: this.done, comments: this.comments, frames: this.frames };
  }

  private decode(bytes?: Uint8Array): string {
    try {
      return this.decoder.decode(bytes, { stream: bytes !== undefined });
    } catch {
      throw breach('the stream is not valid UTF-8');
    }
  }

  private take(text: string): void {
    if (text === '') return;
    if (this.done) throw breach(`bytes after [DONE]: ${show(text)}`);
    if (text.includes('\r')) throw breach(`a CR in the stream: ${show(text)}`);
    this.rest += text;
    for (let end = this.rest.indexOf('\n\n'); end !== -1; end = this.rest.indexOf('\n\n')) {
      const raw = this.rest.slice(0, end);
      this.rest = this.rest.slice(end + 2);
      if (this.takeFrame(raw) === 'done' && this.rest !== '')
        throw breach(`bytes after [DONE]: ${show(this.rest)}`);
    }
  }

  private takeFrame(raw: string): 'done' | 'open' {
    const lines = raw.split('\n');
    const start = lines.findIndex((line) => !line.startsWith(':'));
    const fields = start === -1 ? [] : lines.slice(start);
    const comments = lines.slice(0, lines.length - fields.length);
    this.comments.push(...comments.map((line) => line.slice(1).trim()));
    if (fields.length === 1 && fields[0] === 'data: [DONE]') {
      this.done = true;
      return 'done';
    }
    if (fields.length > 0) this.takeEvent(raw, fields);
    return 'open';
  }

  private takeEvent(raw: string, fields: string[]): void {
    const [first = '', second = ''] = fields;
    if (!first.startsWith('event: ')) throw breach(`a frame must start with "event: ": ${show(raw)}`);
    if (!second.startsWith('data: ')) throw breach(`"data: " must follow the event line: ${show(raw)}`);
    if (fields.length !== 2) throw breach(`a frame of more than an event and a data line: ${show(raw)}`);
    const event = first.slice('event: '.length);
    const data = parse(second.slice('data: '.length), raw);
    if (!isRecord(data)) throw breach(`the data is not a JSON object: ${show(raw)}`);
    if (data.type !== event) throw breach(`event name ${show(event)} is not the type ${show(data.type)}`);
    this.frames.push({ event, data: data as unknown as ResponseEvent, raw });
    this.events.push(data as unknown as ResponseEvent);
  }
}

/**
 * Reads a whole stream.
 * @throws Error on any breach of the wire contract, and where the stream ends inside a frame.
 */
export function readSse(bytes: Uint8Array | string): SseStream {
  const reader = new SseReader();
  reader.feed(typeof bytes === 'string' ? Buffer.from(bytes) : bytes);
  return reader.finish();
}

function parse(json: string, raw: string): unknown {
  try {
    return JSON.parse(json) as unknown;
  } catch {
    throw breach(`the data is not JSON: ${show(raw)}`);
  }
}

function breach(message: string): Error {
  return new Error(`SSE contract broken: ${message}`);
}
