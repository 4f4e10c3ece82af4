import { make } from './dom.js';

/** A block of text is laid out anew with each delta: a long text stands in several. */
const LONG_BLOCK = 2_000;

/** Text that grows. What is added is drawn with the next `draw`. */
export class GrowingText {
  #waiting = '';
  #node;
  hasText = false;

  constructor(className) {
    this.element = make('div', { className });
  }

  add(text) {
    this.#waiting += text;
    this.hasText ||= text !== '';
  }

  set(text) {
    this.element.replaceChildren();
    this.#node = undefined;
    this.#waiting = text;
  }

  draw() {
    // Models begin with the empty lines that stood behind their reasoning.
    const text = this.#node ? this.#waiting : this.#waiting.trimStart();
    this.#waiting = '';
    if (text === '') return;
    const isLong = (this.#node?.length ?? 0) > LONG_BLOCK;
    const lineEnd = isLong ? text.indexOf('\n') : -1;
    if (!this.#node || lineEnd >= 0) {
      this.#node?.appendData(text.slice(0, lineEnd));
      this.#node = new Text(text.slice(lineEnd + 1));
      this.element.append(make('div', {}, this.#node));
    } else {
      this.#node.appendData(text);
    }
  }
}
