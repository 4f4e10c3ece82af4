/**
 * Makes deltas out of text that was cut anywhere: none begins or ends within a surrogate pair, since the first half is held until the
 * other comes. A half that has no other becomes U+FFFD, as it would in UTF-8.
 */
export class WholeCharacters {
  private half = '';

  get isHolding(): boolean {
    return this.half !== '';
  }

  /** @returns what can be sent by now; '' when that is nothing */
  push(text: string): string {
    const all = this.half === '' ? text : this.half + text;
    const last = all.charCodeAt(all.length - 1);
    if (last >= 0xd800 && last <= 0xdbff) {
      this.half = all.slice(-1);
      return all.slice(0, -1).toWellFormed();
    }
    this.half = '';
    return all.isWellFormed() ? all : all.toWellFormed();
  }

  /** @returns what is still to be sent: no other half will come */
  end(): string {
    const rest = this.half.toWellFormed();
    this.half = '';
    return rest;
  }
}
