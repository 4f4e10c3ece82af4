/** Characters. */
const BLOCK = 4_096;
/** A regular expression that reads its text and finds nothing in it. */
const ANYTHING = /(?:)/;

/**
 * A text that grows by small pieces. V8 copies the pieces of `text += piece` together only when somebody reads the text: until then a
 * token of four letters costs ten times its length, and keeps the whole read that it was cut out of. So each block is read once.
 */
export class GrowingText {
  private blocks = '';
  private tail = '';

  add(piece: string): void {
    this.tail += piece;
    if (this.tail.length < BLOCK) return;
    ANYTHING.test(this.tail);
    this.blocks += this.tail;
    this.tail = '';
  }

  /** All of it. */
  read(): string {
    this.blocks += this.tail;
    this.tail = '';
    return this.blocks;
  }
}
