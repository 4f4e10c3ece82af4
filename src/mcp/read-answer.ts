import { StringDecoder } from 'node:string_decoder';
import { McpFailure } from './mcp-failure.js';

/** A server-sent event. */
export interface ServerEvent {
  name: string | undefined;
  data: string;
  id: string | undefined;
}

/** Bytes that have been read of what an answer may have. */
export class ByteMeter {
  private count = 0;

  constructor(private readonly maxBytes: number) {}

  /** @throws McpFailure when there are more than there may be */
  add(bytes: number): void {
    this.count += bytes;
    if (this.count > this.maxBytes) throw McpFailure.tooLarge(this.maxBytes);
  }

  reset(): void {
    this.count = 0;
  }
}

/** @throws McpFailure when it has more bytes than allowed; the rest is not read */
export async function readText(body: AsyncIterable<Buffer>, maxBytes: number): Promise<string> {
  const meter = new ByteMeter(maxBytes);
  const reads: Buffer[] = [];
  for await (const read of body) {
    meter.add(read.length);
    reads.push(read);
  }
  return Buffer.concat(reads).toString('utf8');
}

/**
 * Hands over each event as it comes.
 *
 * @returns how long to wait before a new attempt, ms, where the server has said so
 * @throws McpFailure when there are more bytes than the meter allows; the rest is not read
 */
export async function readEvents(
  body: AsyncIterable<Buffer>,
  meter: ByteMeter,
  onEvent: (event: ServerEvent) => void,
): Promise<number | undefined> {
  const { createParser } = await import('eventsource-parser');
  let retryMs: number | undefined;
  const parser = createParser({
    onEvent: ({ event, data, id }) => {
      onEvent({ name: event, data, id });
    },
    onRetry: (ms) => {
      retryMs = ms;
    },
  });
  const decoder = new StringDecoder('utf8');
  for await (const read of body) {
    meter.add(read.length);
    parser.feed(decoder.write(read));
  }
  return retryMs;
}
