import type { ChatCompletion } from '../contracts/chat-completions.js';
import type { ResponseUsage } from '../contracts/responses-api.js';
import type { GatewayError } from '../errors/gateway-error.js';
import type { ChunkReader } from './segments/read-chunk.js';
import type { EmitSegment } from './segments/segment.js';
import type { ResponseStream } from './stream/response-stream.js';

export interface TurnOptions {
  stream: ResponseStream;
  /** Makes the stages between the upstream's chunks and the stream, anew for each answer. */
  buildPipeline: (askAgain: () => boolean) => EmitSegment;
  /** Makes the reader of the upstream's chunks, anew for each answer. */
  openReader: () => ChunkReader;
  /** How often the turn may be asked again when a demanded call did not come. */
  retries: number;
}

/** One answer on its way back: upstream chunks in, Responses events out (through the stream it was made with). */
export class Turn {
  private reader: ChunkReader;
  private pipeline: EmitSegment;
  private retriesLeft: number;
  private askAgain = false;

  constructor(private readonly options: TurnOptions) {
    this.retriesLeft = options.retries;
    this.reader = options.openReader();
    this.pipeline = this.openPipeline();
  }

  get isEnded(): boolean {
    return this.options.stream.isEnded;
  }

  get isFinished(): boolean {
    return this.options.stream.isFinished;
  }

  get outcome(): 'completed' | 'incomplete' | 'failed' | null {
    return this.options.stream.outcome;
  }

  get failure(): GatewayError | null {
    return this.options.stream.failure;
  }

  get usage(): ResponseUsage | null {
    return this.options.stream.tokens;
  }

  get hasOutput(): boolean {
    return this.options.stream.hasOutput;
  }

  /** The answer was dropped, since a demanded call did not come: ask the upstream again, then `startAgain`. */
  get wantsAnother(): boolean {
    return this.askAgain;
  }

  start(): void {
    this.options.stream.start();
  }

  startAgain(): void {
    this.askAgain = false;
    this.options.stream.startAgain();
    this.reader = this.options.openReader();
    this.pipeline = this.openPipeline();
  }

  push(chunk: ChatCompletion): void {
    this.reader.push(chunk, this.pipeline);
  }

  end(): void {
    this.options.stream.end();
  }

  fail(error: GatewayError): void {
    this.options.stream.fail(error);
  }

  private openPipeline(): EmitSegment {
    return this.options.buildPipeline(() => {
      if (this.retriesLeft === 0) return false;
      this.retriesLeft--;
      this.askAgain = true;
      return true;
    });
  }
}
