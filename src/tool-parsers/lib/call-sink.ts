import type { Segment } from '../../translation/vocabulary/segment.js';

/** Collects what a reader has made out: neighbouring pieces of one text become one segment. @public */
export class CallSink {
  private segments: Segment[] = [];
  private calls = 0;

  text(text: string): void {
    this.add('text', text);
  }

  reasoning(text: string): void {
    this.add('reasoning', text);
  }

  begin(name: string): void {
    this.segments.push({ kind: 'call-start', call: this.calls++, name });
  }

  arguments(text: string): void {
    if (text === '') return;
    const last = this.segments.at(-1);
    if (last?.kind === 'call-arguments') last.text += text;
    else this.segments.push({ kind: 'call-arguments', call: this.calls - 1, text });
  }

  end(): void {
    this.segments.push({ kind: 'call-end', call: this.calls - 1 });
  }

  /** What has come since the last time. */
  takeSegments(): Segment[] {
    const taken = this.segments;
    this.segments = [];
    return taken;
  }

  private add(kind: 'text' | 'reasoning', text: string): void {
    if (text === '') return;
    const last = this.segments.at(-1);
    if (last?.kind === kind) last.text += text;
    else this.segments.push({ kind, text });
  }
}
