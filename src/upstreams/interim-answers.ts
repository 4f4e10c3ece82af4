import type { Socket } from 'node:net';

const STATUS_LINE = Buffer.from('HTTP/1.1 1');
/** Where the last digit of a status stands in its line. */
const LAST_DIGIT = 11;
const ZERO = 0x30;
const TWO = 0x32;
const END_OF_HEAD = '\r\n\r\n';
/** What is longer is left to undici's own limit. */
const MAX_HELD_BYTES = 16_384;

/**
 * Servers may send any number of informational responses (1xx). undici ignores them, except for 100 (Continue), for which it closes the
 * connection. So that one is presented to it as 102 (Processing).
 */
export class InterimAnswers {
  /** Bytes have come since a request was written. */
  hasBegun = false;
  /** The final answer has not begun yet. */
  private isAwaited = false;
  private held: Buffer | null = null;

  /** To be called when a request is written. */
  expectAnswer(): void {
    this.isAwaited = true;
    this.hasBegun = false;
  }

  /** Looks at what comes in on a socket before undici does. */
  watch(socket: Socket): void {
    this.held = null;
    const push = socket.push.bind(socket);
    socket.push = (bytes: Buffer | null) => push(this.isAwaited && bytes ? this.read(bytes) : bytes);
  }

  private read(bytes: Buffer): Buffer {
    this.hasBegun = true;
    const all = this.held ? Buffer.concat([this.held, bytes]) : bytes;
    this.held = null;
    let at = 0;
    while (mayBeInterim(all, at)) {
      const end = all.indexOf(END_OF_HEAD, at);
      if (end < 0 && all.length - at > MAX_HELD_BYTES) break;
      if (end < 0) {
        this.held = all.subarray(at);
        return all.subarray(0, at);
      }
      if (all[at + LAST_DIGIT] === ZERO && all[at + LAST_DIGIT - 1] === ZERO) all[at + LAST_DIGIT] = TWO;
      at = end + END_OF_HEAD.length;
    }
    this.isAwaited = false;
    return all;
  }
}

/** As far as the bytes go: none at all may be the beginning of anything. */
function mayBeInterim(bytes: Buffer, at: number): boolean {
  const length = Math.min(bytes.length - at, STATUS_LINE.length);
  return STATUS_LINE.compare(bytes, at, at + length, 0, length) === 0;
}
