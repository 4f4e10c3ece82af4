/**
 * Finds where a JSON object ends, piece by piece: braces inside strings do not count.
 * Each character is looked at once, however the text is cut.
 */
export class JsonEndScanner {
  private depth = 0;
  private inString = false;
  private escaped = false;

  /** @returns the index behind the closing brace, or -1 when the object goes on */
  scan(text: string, from = 0): number {
    for (let at = from; at < text.length; at++) {
      const char = text.charCodeAt(at);
      if (this.inString) this.scanInString(char);
      else if (char === 0x22) this.inString = true;
      else if (char === 0x7b || char === 0x5b) this.depth++;
      else if (char === 0x7d || char === 0x5d) {
        this.depth--;
        if (this.depth <= 0) return at + 1;
      }
    }
    return -1;
  }

  private scanInString(char: number): void {
    if (this.escaped) this.escaped = false;
    else if (char === 0x5c) this.escaped = true;
    else if (char === 0x22) this.inString = false;
  }
}
