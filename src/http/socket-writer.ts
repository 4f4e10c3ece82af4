import type { Response } from 'express';
import type { Gate } from '../call/gate.js';
import { encodeFrames } from './encode-frames.js';

/**
 * Joins the frames of one upstream read into one write in the same tick, and holds the upstream's next read while the
 * socket is full.
 */
export class SocketWriter {
  private pending = '';
  private lastWriteAt = 0;

  constructor(
    private readonly response: Response,
    private readonly gate: Gate,
  ) {}

  /** performance.now() of the last write. */
  get writtenAt(): number {
    return this.lastWriteAt;
  }

  write(frame: string): void {
    if (this.pending === '') process.nextTick(this.flush);
    this.pending += frame;
  }

  /** Writes what is pending and ends the answer. */
  end(): void {
    this.flush();
    this.response.end();
  }

  private readonly flush = (): void => {
    if (this.pending === '' || this.response.destroyed) return;
    const frames = this.pending;
    this.pending = '';
    this.lastWriteAt = performance.now();
    if (this.response.write(encodeFrames(frames)) || this.gate.isClosed) return;
    this.gate.close();
    this.response.once('drain', () => {
      this.gate.open();
    });
  };
}
