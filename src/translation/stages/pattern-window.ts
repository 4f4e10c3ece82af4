/** @public */
export interface TextReplacement {
  /** Tried at each place of the text; flags `g` and `y` make no difference. */
  pattern: RegExp;
  /** What stands in place of a match. */
  by: string | ((match: string) => string);
  /**
   * Most characters that a match can have, with what the pattern looks at behind it. So much of the text is held back until more
   * has come; a longer match is replaced up to there.
   */
  maxLength: number;
}

/** A stretch of the text: as it was, or changed. */
export interface Stretch {
  /** Characters of the text that it stands for. */
  length: number;
  text: string;
  isChanged: boolean;
}

/**
 * Replaces the matches of a pattern in a text that comes in pieces. Each place is judged by the same characters around it, so
 * that it makes no difference where the text was cut.
 */
export class PatternWindow {
  private readonly pattern: RegExp;
  /** Up to `maxLength` characters that were judged, for what the pattern looks at in front of a place, and the rest. */
  private text = '';
  private judged = 0;

  /** @throws RangeError for a `maxLength` below 2: a single character can have two halves */
  constructor(private readonly options: TextReplacement) {
    const { pattern, maxLength } = options;
    if (!Number.isInteger(maxLength) || maxLength < 2) {
      throw new RangeError(`maxLength must be an integer of 2 or more, not ${maxLength}.`);
    }
    this.pattern = new RegExp(pattern.source, `${pattern.flags.replace(/[gy]/g, '')}y`);
  }

  /** @returns what is certain by now */
  pushText(text: string): Stretch[] {
    this.text += text;
    return this.judge(this.text.length - this.options.maxLength);
  }

  /** The text is over: returns the rest. The next text begins anew. */
  end(): Stretch[] {
    const found = this.judge(this.text.length - 1);
    this.text = '';
    this.judged = 0;
    return found;
  }

  /** @param last the last place that can be judged */
  private judge(last: number): Stretch[] {
    const { maxLength, by } = this.options;
    const found: Stretch[] = [];
    let at = this.judged;
    let shown = at;
    const show = (): void => {
      const text = this.text.slice(shown, at);
      if (text !== '') found.push({ length: text.length, text, isChanged: false });
    };
    while (at <= last) {
      const match = this.matchAt(at);
      if (match === '') {
        at += isPair(this.text, at) ? 2 : 1;
        continue;
      }
      show();
      found.push({
        length: match.length,
        text: typeof by === 'string' ? by : by(match),
        isChanged: true,
      });
      at += match.length;
      shown = at;
    }
    show();
    const kept = Math.max(0, at - maxLength);
    this.text = this.text.slice(kept);
    this.judged = at - kept;
    return found;
  }

  private matchAt(at: number): string {
    const { maxLength } = this.options;
    const start = Math.max(0, at - maxLength);
    this.pattern.lastIndex = at - start;
    return this.pattern.exec(this.text.slice(start, at + maxLength))?.[0] ?? '';
  }
}

/** Whether a character of two halves stands there. */
function isPair(text: string, at: number): boolean {
  return (text.codePointAt(at) ?? 0) > 0xffff;
}
