const MAX_FRAMES = 16;

/** A data frame as received. */
export interface Frame {
  data: Buffer;
  isBinary: boolean;
}

/** FIFO queue of frames that wait for the current turn, bounded in number and total bytes. */
export class FrameInbox {
  private readonly frames: Frame[] = [];
  private bytes = 0;

  constructor(private readonly maxBytes: number) {}

  /** Bytes of free space. */
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
