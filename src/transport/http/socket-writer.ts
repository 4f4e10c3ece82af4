import type { Response } from 'express';
import type { Gate } from '../../request/gate.js';
import { encodeFrames } from './encode-frames.js';
import type { Frame } from './event-framer.js';
import { writeChunk } from './write-chunk.js';

/** Characters that are gathered at most: a read of the upstream may become ten times as much, and is better kept as bytes. */
const MAX_PENDING = 131_072;

/**
 * Joins the frames of one upstream read into one write in the same tick, and pauses the upstream while the socket's buffer is
 * full.
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

  writeFrame(frame: Frame): void {
    if (typeof frame !== 'string') {
      this.flush();
      this.writeParts(frame);
      return;
    }
    if (this.pending === '') process.nextTick(this.flush);
    this.pending += frame;
    if (this.pending.length > MAX_PENDING) this.flush();
  }

  /** Writes what is pending and ends the answer. */
  end(): void {
    this.flush();
    this.response.end();
  }

  private readonly flush = (): void => {
    if (this.pending === '') return;
    const frames = this.pending;
    this.pending = '';
    if (this.response.destroyed) return;
    const isFirst = this.lastWriteAt === 0;
    this.lastWriteAt = performance.now();
    if (!this.send(encodeFrames(frames), isFirst)) this.closeGate();
  };

  private send(bytes: string | Buffer, isFirst: boolean): boolean {
    const { response } = this;
    return isFirst || typeof bytes !== 'string' ? response.write(bytes) : writeChunk(response, bytes);
  }

  private writeParts(parts: readonly Buffer[]): void {
    const { response } = this;
    if (response.destroyed) return;
    this.lastWriteAt = performance.now();
    sendTogether(response, parts);
    if (response.writableNeedDrain) this.closeGate();
  }

  private closeGate(): void {
    if (this.gate.isClosed) return;
    const { gate, response } = this;
    gate.close();
    const open = (): void => {
      response.off('drain', open).off('close', open);
      gate.open();
    };
    // An answer that goes on without its client must not wait for it.
    response.once('drain', open).once('close', open);
  }
}

/** Hands parts to the socket as one write, without copying them together. */
export function sendTogether(response: Response, parts: readonly Buffer[]): void {
  response.cork();
  for (const part of parts) response.write(part);
  response.uncork();
}
