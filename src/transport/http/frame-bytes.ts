import { type DeltaFrame, escape } from './delta-frame.js';
import { writePlain } from './write-plain.js';

const SIZE = 131_072;
/** Bytes of UTF-8 that a character takes at most, as it is and as an escape of JSON. */
const BYTES_OF_CHARACTER = 3;
const BYTES_OF_ESCAPE = 6;
const BYTES_OF_NUMBER = 16;
const ZERO = 0x30;

/** Who gathers frames. */
export interface FrameGatherer {
  /** Gets what it has gathered: another gathers now. */
  keep(bytes: Buffer): void;
}

/**
 * Many frames as bytes, in memory that one gatherer has at a time. Joined to a string they would be copied twice more; and one of two
 * bytes a character is, beyond 128 KB, an object for which V8 has the operating system map and unmap memory.
 *
 * Of most deltas but number, text and end are written: the rest is copied from an earlier one.
 */
export class FrameBytes {
  private readonly memory = Buffer.allocUnsafeSlow(SIZE);
  private size = 0;
  private gatherer: FrameGatherer | null = null;
  /** The last delta that was written as a whole, and where it begins, its number ends and its text begins. */
  private whole: DeltaFrame | null = null;
  private start = 0;
  private numberEnd = 0;
  private textStart = 0;

  /** What another has gathered is handed to it. */
  begin(gatherer: FrameGatherer): void {
    this.gatherer?.keep(this.take());
    this.gatherer = gatherer;
  }

  /** @returns false where there is no room for it */
  add(frame: string | DeltaFrame): boolean {
    return typeof frame === 'string' ? this.addText(frame) : this.addDelta(frame);
  }

  /** What was gathered, in memory of its own. */
  take(): Buffer {
    const bytes = Buffer.allocUnsafe(this.size);
    this.memory.copy(bytes, 0, 0, this.size);
    this.size = 0;
    this.gatherer = null;
    this.whole = null;
    return bytes;
  }

  private addText(text: string): boolean {
    if (this.size + text.length * BYTES_OF_CHARACTER > SIZE) return false;
    this.write(text);
    return true;
  }

  private addDelta(frame: DeltaFrame): boolean {
    const { template, sequence, delta } = frame;
    const { head, middle, end } = template;
    const around = (head.length + middle.length + end.length) * BYTES_OF_CHARACTER + BYTES_OF_NUMBER;
    if (this.size + around + delta.length * BYTES_OF_ESCAPE > SIZE) return false;
    const { whole } = this;
    if (whole?.template === template && countDigits(whole.sequence) === countDigits(sequence))
      this.copyStart(sequence);
    else this.writeStart(frame);
    const textEnd = writePlain(delta, this.memory, this.size);
    if (textEnd === null) this.write(escape(delta));
    else this.size = textEnd;
    this.writeAscii(end);
    return true;
  }

  private writeStart(frame: DeltaFrame): void {
    this.whole = frame;
    this.start = this.size;
    this.write(`${frame.template.head}${frame.sequence}`);
    this.numberEnd = this.size;
    this.write(frame.template.middle);
    this.textStart = this.size;
  }

  private copyStart(sequence: number): void {
    const { memory, size, start, numberEnd, textStart } = this;
    memory.copyWithin(size, start, textStart);
    let at = size + numberEnd - start;
    let rest = sequence;
    do {
      at--;
      memory[at] = ZERO + (rest % 10);
      rest = Math.floor(rest / 10);
    } while (rest > 0);
    this.size += textStart - start;
  }

  /** A few characters, sooner written here than by a call of Node. */
  private writeAscii(text: string): void {
    const { memory, size } = this;
    for (let index = 0; index < text.length; index++) memory[size + index] = text.charCodeAt(index);
    this.size += text.length;
  }

  private write(text: string): void {
    this.size += this.memory.write(text, this.size, 'utf8');
  }
}

function countDigits(number: number): number {
  if (number < 10) return 1;
  if (number < 100) return 2;
  return number < 1_000 ? 3 : String(number).length;
}
