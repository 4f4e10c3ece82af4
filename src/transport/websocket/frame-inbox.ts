const MAX_FRAMES = 16;

/** A data frame as it came. */
export interface Frame {
  data: Buffer;
  isBinary: boolean;
}

/** Frames that wait for the turn before them: first in, first out, bounded in number and in all their bytes. */
export class FrameInbox {
  private readonly frames: Frame[] = [];
  private bytes = 0;

  constructor(private readonly maxBytes: number) {}

  /** Bytes that still find room. */
  get room(): number {
    return this.maxBytes - this.bytes;
  }

  /** @returns whether there was room for it */
  add(frame: Frame): boolean {
    if (this.frames.length >= MAX_FRAMES || this.bytes + frame.data.length > this.maxBytes) return false;
    this.frames.push(frame);
    this.bytes += frame.data.length;
    return true;
  }

  shift(): Frame | undefined {
    const frame = this.frames.shift();
    this.bytes -= frame?.data.length ?? 0;
    return frame;
  }

  clear(): void {
    this.frames.length = 0;
    this.bytes = 0;
  }
}
