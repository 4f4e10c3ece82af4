import type { FinishReason } from '../../translation/vocabulary/segment.js';
import { startsOf } from './marker-starts.js';
import { NOT_A_CALL } from './not-a-call.js';

/** A reader of text that is still coming in: it yields whenever it needs more of it. @public */
export type Reading<T = void> = Generator<undefined, T, undefined>;

const NOT_SPACE = /[^ \t\r\n]/g;
/** White space in front of a marker that is still waited through. */
const MAX_SPACE = 256;

/**
 * The text of an answer, as far as it has come. Readers go through it by position and wait for more by `yield*`; what they give
 * back does not depend on how the text was cut. Every character is looked at a bounded number of times.
 * @public
 */
export class TextSource {
  private buffer = '';
  private position = 0;
  /** Text between the mark and the buffer's start; null: there is no mark. */
  private kept: string | null = null;
  private markedAt = 0;
  private reason: FinishReason | null = null;
  private wanting = false;
  /** What the reader lets pass without looking at it. */
  private passing: Passing | null = null;

  /** @returns whether the reader has to go on: not where all of it was let pass */
  pushText(text: string): boolean {
    if (this.kept !== null) {
      this.kept += this.buffer.slice(this.markedAt, this.position);
      this.markedAt = 0;
    }
    this.buffer = this.buffer.slice(this.position) + text;
    this.position = 0;
    return this.passing === null || this.pass(this.passing);
  }

  end(reason: FinishReason): void {
    this.reason = reason;
  }

  /** Whether everything was read and nothing more will come. */
  get isExhausted(): boolean {
    return this.reason !== null && this.position >= this.buffer.length;
  }

  /** Whether a reader has wanted more than there was since the mark was set. */
  get ranOut(): boolean {
    return this.wanting;
  }

  get isMarked(): boolean {
    return this.kept !== null;
  }

  /** Whether the text is over, but not because the model had said everything. */
  get isCut(): boolean {
    return this.reason !== null && this.reason !== 'stop';
  }

  /** Remembers the place, for `rewind`. */
  mark(): void {
    this.kept = '';
    this.markedAt = this.position;
    this.wanting = false;
  }

  unmark(): void {
    this.kept = null;
  }

  /** Goes back to the mark, which is then gone. */
  rewind(): void {
    if (this.kept) {
      this.buffer = this.kept + this.buffer.slice(this.markedAt);
      this.position = 0;
    } else {
      this.position = this.markedAt;
    }
    this.kept = null;
  }

  /** Waits until so many characters can be read; false: the text ends before. */
  *ensure(length = 1): Reading<boolean> {
    while (this.position + length > this.buffer.length) {
      if (this.reason !== null) {
        this.wanting = true;
        return false;
      }
      yield;
    }
    return true;
  }

  /** Whether what comes next is there, and no white space. */
  get isAtText(): boolean {
    return this.position < this.buffer.length && !isSpace(this.buffer.charCodeAt(this.position));
  }

  /** The next character, or '' at the end; it stays unread. */
  *char(): Reading<string> {
    if (this.position >= this.buffer.length) yield* this.ensure();
    return this.buffer.charAt(this.position);
  }

  /** The next character if it has come, else ''. */
  now(ahead = 0): string {
    return this.buffer.charAt(this.position + ahead);
  }

  /** Takes characters that are there. */
  take(length: number): string {
    const start = this.position;
    this.position = Math.min(start + length, this.buffer.length);
    return this.buffer.slice(start, this.position);
  }

  /** Takes what is there of the text in front of the first match. @param stop global, of one character */
  takeUntil(stop: RegExp): string {
    stop.lastIndex = this.position;
    const found = stop.exec(this.buffer);
    return this.take((found?.index ?? this.buffer.length) - this.position);
  }

  /**
   * Hands on what stands in front of the first match. Readers are nested deep within a call, and waking them costs more than the few
   * characters of a token: they sleep on while there is no match.
   *
   * @param stop global, of one character
   * @returns false: the text has ended before
   */
  *until(stop: RegExp, emit: (piece: string) => void): Reading<boolean> {
    const passing = { stop, emit };
    while (!this.pass(passing)) {
      if (this.reason !== null) {
        this.wanting = true;
        return false;
      }
      this.passing = passing;
      yield;
      this.passing = null;
    }
    return true;
  }

  /** @returns whether there is a match, which then comes next */
  private pass({ stop, emit }: Passing): boolean {
    const piece = this.takeUntil(stop);
    if (piece !== '') emit(piece);
    return this.position < this.buffer.length;
  }

  /** Like `takeUntil`, but looks no further than `limit`: many attempts may begin in front of one far match. */
  private takeWithin(stop: RegExp, limit: number): string {
    stop.lastIndex = 0;
    const window = this.buffer.slice(this.position, this.position + limit + 1);
    return this.take(stop.exec(window)?.index ?? window.length);
  }

  /** Takes everything in front of the first match or the end. */
  *word(stop: RegExp, limit = Infinity): Reading<string> {
    let word = '';
    if (limit === Infinity) {
      yield* this.until(stop, (piece) => (word += piece));
      return word;
    }
    while (yield* this.ensure()) {
      word += this.takeWithin(stop, limit);
      if (word.length > limit) throw NOT_A_CALL;
      if (this.position < this.buffer.length) break;
    }
    return word;
  }

  spaces(): Reading<string> {
    return this.word(NOT_SPACE);
  }

  /** @throws NOT_A_CALL when something else comes next */
  *expect(char: string): Reading {
    if ((yield* this.char()) !== char) throw NOT_A_CALL;
    this.position++;
  }

  /**
   * Hands on the text in front of the first marker, holding back no more than what could be the start of one.
   *
   * @param limit how far to look at a time, where `emit` will not take more
   * @returns the marker, which is taken; null at the end of the text, where the start of a marker stays unread
   */
  *through(
    markers: readonly string[],
    emit: (text: string) => void,
    limit = Infinity,
  ): Reading<string | null> {
    const starts = startsOf(markers);
    for (;;) {
      const from = this.position;
      const found = this.findMarker(markers, starts, from + limit);
      if (this.position > from) emit(this.buffer.slice(from, this.position));
      if (found !== null) {
        this.position += found.length;
        return found;
      }
      if (this.reason !== null) {
        this.wanting = true;
        return null;
      }
      yield;
    }
  }

  /** Goes to the first marker, or to what may become one, or to the end. @returns the marker, if it is whole */
  private findMarker(markers: readonly string[], starts: RegExp, until: number): string | null {
    const { buffer } = this;
    for (;;) {
      starts.lastIndex = this.position;
      const candidate = starts.exec(buffer);
      this.position = candidate?.index ?? buffer.length;
      if (candidate === null || this.position > until) return null;
      const whole = markers.find((marker) => buffer.startsWith(marker, this.position));
      if (whole !== undefined) return whole;
      const length = buffer.length - this.position;
      if (markers.some((marker) => length < marker.length && this.isStartOf(marker, this.position, length)))
        return null;
      this.position++;
    }
  }

  /** Takes a marker and the white space in front of it, if they come next; null: nothing was taken. */
  *accept(markers: readonly string[]): Reading<string | null> {
    const ahead = yield* this.lookAhead(markers);
    if (ahead.found === null || ahead.isOver) return null;
    this.position += ahead.spaces + ahead.found.length;
    return ahead.found;
  }

  /** Takes a closing marker like `accept`, and also the part of one that a cut has left. */
  *close(markers: readonly string[]): Reading<string | null> {
    const ahead = yield* this.lookAhead(markers);
    if (ahead.found === null) return null;
    if (ahead.isOver) {
      if (ahead.found !== '') this.position = this.buffer.length;
      return null;
    }
    this.position += ahead.spaces + ahead.found.length;
    return ahead.found;
  }

  /** Whether a marker comes next, behind white space or not; the end of the text, also within a marker, counts as one. */
  *isNext(markers: readonly string[]): Reading<boolean> {
    return (yield* this.lookAhead(markers)).found !== null;
  }

  private *lookAhead(markers: readonly string[]): Reading<Ahead> {
    let spaces = 0;
    for (;;) {
      const { buffer } = this;
      while (isSpace(buffer.charCodeAt(this.position + spaces)) && spaces < MAX_SPACE) spaces++;
      const start = this.position + spaces;
      const length = buffer.length - start;
      const mayGrow =
        spaces < MAX_SPACE &&
        markers.some((marker) => length < marker.length && this.isStartOf(marker, start, length));
      if (!mayGrow || this.reason !== null) {
        const found = markers.find((marker) => buffer.startsWith(marker, start));
        if (found !== undefined || !mayGrow) return { spaces, found: found ?? null, isOver: false };
        this.wanting = true;
        return { spaces, found: buffer.slice(start), isOver: true };
      }
      yield;
    }
  }

  private isStartOf(marker: string, start: number, length: number): boolean {
    return marker.startsWith(this.buffer.slice(start, start + length));
  }
}

interface Passing {
  stop: RegExp;
  emit: (piece: string) => void;
}

interface Ahead {
  spaces: number;
  /** The marker, or as much of it as there is; null: something else comes. */
  found: string | null;
  /** The text is over before the marker is whole. */
  isOver: boolean;
}

function isSpace(code: number): boolean {
  return code === 0x20 || (code >= 0x09 && code <= 0x0d && code !== 0x0b && code !== 0x0c);
}
