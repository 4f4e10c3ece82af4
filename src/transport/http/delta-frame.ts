import { stringifyLine } from './stringify-line.js';

/** What JSON.stringify leaves as it is and no reader takes for a line break. */
const PLAIN = /^[^"\\\p{Cc}\p{Cs}\u2028\u2029]*$/u;

/** What the frames of the deltas of one part of one item have in common. */
export interface DeltaTemplate {
  /** Up to the sequence number. */
  head: string;
  /** From there to where the text begins. */
  middle: string;
  /** From the end of the text on, in ASCII. */
  end: string;
}

/** The frame of a delta, which by far the most are. A writer makes a text of it, or beside many others its bytes at once. */
export class DeltaFrame {
  constructor(
    readonly template: DeltaTemplate,
    readonly sequence: number,
    readonly delta: string,
  ) {}

  toString(): string {
    const { head, middle, end } = this.template;
    // The short ones first: they become one string that is no more than itself.
    const rest = escape(this.delta) + end;
    return `${head}${this.sequence}${middle}${rest}`;
  }
}

/** A text as it stands between the quotes of JSON. */
export function escape(text: string): string {
  return PLAIN.test(text) ? text : stringifyLine(text).slice(1, -1);
}
