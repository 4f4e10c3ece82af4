const FIRST_SLOT_MS = 50;
const MAX_SLOTS = 60;
/** Deltas that all come within this time say nothing of the speed: the whole request does. */
const SHORTEST_SPAN_MS = 10;

/**
 * Times one request. Until the usage is known a delta counts as one token. Times are milliseconds since the request was sent;
 * memory does not grow with the answer: the slots that deltas are counted in become wider instead.
 */
export class Meter {
  #slots = [];
  #slotMs = FIRST_SLOT_MS;
  #deltas = 0;
  #first;
  #last = 0;
  #tokens;
  #total;

  /** Counts a delta of text, reasoning or arguments. */
  countDelta(at) {
    this.#first ??= at;
    this.#last = at;
    this.#deltas += 1;
    while (at / this.#slotMs >= MAX_SLOTS) this.#widen();
    const slot = Math.floor(at / this.#slotMs);
    this.#slots[slot] = (this.#slots[slot] ?? 0) + 1;
  }

  /** @param {number | undefined} tokens of the output, where the usage says so */
  finish(at, tokens) {
    this.#total = at;
    this.#tokens = tokens;
  }

  /** Until the first delta, or undefined before it. */
  get firstTokenMs() {
    return this.#first;
  }

  /** @param {number} now taken while the request runs */
  totalMs(now) {
    return this.#total ?? now;
  }

  /** Undefined before anything came. */
  tokensPerSecond(now) {
    const tokens = this.#tokens ?? this.#deltas;
    if (tokens === 0) return undefined;
    const span = this.#last - (this.#first ?? 0);
    return (tokens * 1000) / Math.max(span >= SHORTEST_SPAN_MS ? span : this.totalMs(now), 1);
  }

  /** @returns {{ at: number, rate: number }[]} tokens a second in each slot up to the last delta */
  series() {
    const tokensPerDelta = this.#deltas > 0 ? (this.#tokens ?? this.#deltas) / this.#deltas : 1;
    return Array.from(this.#slots, (count = 0, slot) => ({
      at: slot * this.#slotMs,
      rate: (count * tokensPerDelta * 1000) / this.#slotMs,
    }));
  }

  #widen() {
    const pairs = Math.ceil(this.#slots.length / 2);
    this.#slots = Array.from(
      { length: pairs },
      (_, pair) => (this.#slots[2 * pair] ?? 0) + (this.#slots[2 * pair + 1] ?? 0),
    );
    this.#slotMs *= 2;
  }
}
