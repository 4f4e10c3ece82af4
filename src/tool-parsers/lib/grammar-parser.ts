import type { FinishReason, Segment } from '../../translation/vocabulary/segment.js';
import type { CallSink } from './call-sink.js';
import type { Reading, TextSource } from './text-source.js';

/** What a grammar reads from and writes to. @public */
export interface GrammarReader {
  readonly source: TextSource;
  readonly sink: CallSink;
  readonly malformed?: number;
}

/** Runs a reading over text that comes in pieces. @public */
export class GrammarParser<R extends GrammarReader> {
  private readonly reading: Reading;

  constructor(
    private readonly reader: R,
    read: (reader: R) => Reading,
  ) {
    this.reading = read(reader);
  }

  get malformed(): number {
    return this.reader.malformed ?? 0;
  }

  pushText(text: string): Segment[] {
    const { source, sink } = this.reader;
    return source.pushText(text) ? this.proceed() : sink.takeSegments();
  }

  end(reason: FinishReason): Segment[] {
    this.reader.source.end(reason);
    return this.proceed();
  }

  private proceed(): Segment[] {
    this.reading.next();
    return this.reader.sink.takeSegments();
  }
}
