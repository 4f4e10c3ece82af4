/** Characters. */
const BLOCK = 128;
/** A regular expression that reads its text and finds nothing in it. */
const ANYTHING = /(?:)/;

/**
 * A text that is sent in deltas.
 *
 * Model servers cut text anywhere, and half a surrogate pair cannot be sent: the first half is held until the other comes. A half that has
 * no other becomes U+FFFD, as it would in UTF-8.
 *
 * V8 copies the pieces of `text += piece` together only when somebody reads the text: until then a token of four letters costs ten times
 * its length, and keeps the whole read that it was cut out of. So each block is read once.
 */
export class DeltaText {
  private blocks = '';
  private tail = '';
  private half = '';

  /** @returns the delta that can be sent by now; '' when there is none */
  add(piece: string): string {
    const text = this.half === '' ? piece : this.half + piece;
    const last = text.charCodeAt(text.length - 1);
    if (last < 0xd800 || last > 0xdbff) {
      this.half = '';
      return this.append(text);
    }
    this.half = text.slice(-1);
    return this.append(text.slice(0, -1));
  }

  /** No more will be added. @returns the delta that is still to be sent */
  end(): string {
    const { half } = this;
    this.half = '';
    return this.append(half);
  }

  /** All that was added, a half that is held included. */
  read(): string {
    this.blocks += this.tail;
    this.tail = '';
    return this.blocks + this.half;
  }

  private append(text: string): string {
    const delta = text.toWellFormed();
    this.tail += delta;
    if (this.tail.length >= BLOCK) {
      ANYTHING.test(this.tail);
      this.blocks += this.tail;
      this.tail = '';
    }
    return delta;
  }
}
