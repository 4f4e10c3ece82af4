import type { Response } from 'express';
import type { Gate } from '../../request/gate.js';
import type { DeltaFrame } from './delta-frame.js';
import type { Frame } from './event-framer.js';
import { FrameBytes, type FrameGatherer } from './frame-bytes.js';
import { writeChunk } from './write-chunk.js';

/** Characters that are joined to a text; frames behind that are gathered as bytes. */
const SHORT = 4_096;

/** There is one: what is gathered is written in the same tick. */
const gathered = new FrameBytes();

/**
 * Joins the frames of one upstream read into one write in the same tick, and pauses the upstream while the socket's buffer is
 * full.
 */
export class SocketWriter implements FrameGatherer {
  private pending = '';
  private isGathering = false;
  /** What was gathered before another began to gather in the same tick. */
  private kept: Buffer[] | null = null;
  private lastWriteAt = 0;

  constructor(
    private readonly response: Response,
    private readonly gate: Gate,
  ) {}

  /** performance.now() of the last write. */
  get writtenAt(): number {
    return this.lastWriteAt;
  }

  writeFrame(frame: Frame | DeltaFrame): void {
    if (isParts(frame)) {
      this.flush();
      this.writeParts(frame);
      return;
    }
    if (this.isGathering) {
      this.gather(frame);
      return;
    }
    if (this.pending === '') process.nextTick(this.flush);
    this.pending += frame.toString();
    if (this.pending.length >= SHORT) this.beginGathering();
  }

  /** Writes what is pending and ends the answer. */
  end(): void {
    this.flush();
    this.response.end();
  }

  keep(bytes: Buffer): void {
    this.isGathering = false;
    this.kept = [...(this.kept ?? []), bytes];
  }

  private readonly flush = (): void => {
    const { kept, pending, isGathering } = this;
    const last = isGathering ? gathered.take() : pending;
    this.kept = null;
    this.pending = '';
    this.isGathering = false;
    kept?.forEach((bytes) => {
      this.write(bytes);
    });
    this.write(last);
  };

  private beginGathering(): void {
    const { pending } = this;
    gathered.begin(this);
    this.pending = '';
    this.isGathering = true;
    this.gather(pending);
  }

  private gather(frame: string | DeltaFrame): void {
    if (gathered.add(frame)) return;
    this.flush();
    this.write(Buffer.from(frame.toString()));
  }

  private write(bytes: string | Buffer): void {
    if (bytes.length === 0 || this.response.destroyed) return;
    const isFirst = this.lastWriteAt === 0;
    this.lastWriteAt = performance.now();
    if (!this.send(bytes, isFirst)) this.closeGate();
  }

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

function isParts(frame: Frame | DeltaFrame): frame is readonly Buffer[] {
  return Array.isArray(frame);
}
