import type { ChatCompletion } from '../contracts/chat-completions.js';
import type { ResponseUsage } from '../contracts/responses-api.js';
import type { GatewayError } from '../errors/gateway-error.js';
import { ChunkReader } from './segments/read-chunk.js';
import type { EmitSegment } from './segments/segment.js';
import type { ResponseStream } from './stream/response-stream.js';

/** One answer on its way back: upstream chunks in, Responses events out (through the stream it was made with). */
export class Turn {
  constructor(
    private readonly stream: ResponseStream,
    private readonly reader: ChunkReader,
    private readonly pipeline: EmitSegment,
  ) {}

  get isEnded(): boolean {
    return this.stream.isEnded;
  }

  get failure(): GatewayError | null {
    return this.stream.failure;
  }

  get usage(): ResponseUsage | null {
    return this.stream.tokens;
  }

  get hasOutput(): boolean {
    return this.stream.hasOutput;
  }

  start(): void {
    this.stream.start();
  }

  push(chunk: ChatCompletion): void {
    this.reader.push(chunk, this.pipeline);
  }

  end(): void {
    this.stream.end();
  }

  fail(error: GatewayError): void {
    this.stream.fail(error);
  }
}
