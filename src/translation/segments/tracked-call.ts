import type { EmitSegment } from '../vocabulary/segment.js';
import { readJsonObject } from '../read-json-object.js';

const OPEN = 0x7b;
const CLOSE = 0x7d;
const EMPTY = '{}';

/** How often text that looks like the arguments once more is compared with them: a model may write braces without end. */
const MAX_COMPARISONS = 8;

/** One call, put together out of its deltas. */
export class TrackedCall {
  /** Whether the server has sent its index. */
  isPlaced = true;
  /** The number of the list of deltas that it last stood in. */
  list = 0;
  private number = -1;
  private name = '';
  private readonly names: string[] = [];
  private text = '';
  /** What came behind arguments and begins like them, or behind whole ones. */
  private behind = '';
  /** Each delta has all that there is by now. */
  private isGrowing = false;
  /** `{}` came first: it is all there is, or stands for what follows. */
  private isEmpty = false;
  private firstCode = 0;
  private lastCode = 0;
  private comparisons = 0;

  constructor(public id: string | null) {}

  get isStarted(): boolean {
    return this.number >= 0;
  }

  /** Whether the server has begun it, with a name or without. */
  get isMeant(): boolean {
    return this.id !== null || this.isEmpty || this.text.trim() !== '';
  }

  get hasArguments(): boolean {
    return this.isEmpty || this.text !== '';
  }

  /** @returns how many pieces of the name there are */
  addName(piece: string): number {
    return this.names.push(piece);
  }

  start(number: number, isTool: (name: string) => boolean, emit: EmitSegment): void {
    this.number = number;
    this.name = joinName(this.names, isTool);
    emit({ kind: 'call-start', call: number, name: this.name });
    if (this.text !== '') emit({ kind: 'call-arguments', call: number, text: this.text });
  }

  addArguments(given: string, emit: EmitSegment): void {
    if (this.text === '' && given === EMPTY) this.isEmpty = true;
    else this.append(this.withoutRepeated(given), emit);
  }

  /** The answer is over: what was held back is a repetition, or belongs to the arguments, or makes them broken ones. */
  end(emit: EmitSegment): void {
    if (this.isEmpty) this.append(EMPTY, emit);
    const { behind, text } = this;
    this.behind = '';
    if (behind === '' || isSameObject(behind, text)) return;
    const isLonger = behind.startsWith(text) && readJsonObject(text + behind) === null;
    this.append(isLonger ? behind.slice(text.length) : behind, emit);
  }

  /** Whether what has come belongs to the next call, under the same index. */
  isOver(id: string | null, name: string, text: string): boolean {
    if (name === '') return id !== null && this.id !== null && id !== this.id && this.isWhole();
    if (id !== null && this.id !== null && id !== this.id) return true;
    if (!this.isStarted) return false;
    const isSameId = id !== null && id === this.id;
    if (name !== this.name)
      return (this.text.trim() === '' || this.isWhole()) && !(isSameId && text.trim() === '');
    if (isSameId) return false;
    return text.trim() !== '' && this.isWhole() && !isStartOfSame(text, this.text);
  }

  private append(text: string, emit: EmitSegment): void {
    if (text === '') return;
    this.isEmpty = false;
    if (this.text === '') this.firstCode = text.charCodeAt(0);
    this.lastCode = text.charCodeAt(text.length - 1);
    this.text += text;
    if (this.isStarted) emit({ kind: 'call-arguments', call: this.number, text });
  }

  private isWhole(): boolean {
    return this.lastCode === CLOSE && readJsonObject(this.text) !== null;
  }

  /**
   * Some servers send in each delta all that there is by now, or in the last one all of it once more. What may be such is held back
   * until that is known: an object may also hold one that begins like itself.
   */
  private withoutRepeated(text: string): string {
    if (this.isGrowing && text.startsWith(this.text)) return text.slice(this.text.length);
    if (this.behind !== '') return this.compareNext(text);
    if (this.firstCode !== OPEN || text.charCodeAt(0) !== OPEN) return text;
    if (!text.startsWith(this.text) && !this.mayBeWhole()) return text;
    this.behind = text;
    return '';
  }

  private compareNext(text: string): string {
    const { behind } = this;
    if (!behind.startsWith(this.text) || !text.startsWith(behind)) {
      this.behind += text;
      return '';
    }
    this.isGrowing = true;
    this.behind = '';
    return text.slice(this.text.length);
  }

  private mayBeWhole(): boolean {
    return this.lastCode === CLOSE && this.comparisons++ < MAX_COMPARISONS && this.isWhole();
  }
}

/** Names come whole, in pieces, whole in each delta, or longer in each delta. The offered tools tell which. */
function joinName(pieces: readonly string[], isTool: (name: string) => boolean): string {
  const joined = pieces.join('');
  if (pieces.length < 2 || isTool(joined)) return joined;
  return pieces.reduce((name, piece) => (piece.startsWith(name) ? piece : name + piece), '');
}

function isSameObject(text: string, other: string): boolean {
  const object = readJsonObject(text);
  return object !== null && JSON.stringify(object) === JSON.stringify(readJsonObject(other));
}

function isStartOfSame(text: string, other: string): boolean {
  return other.startsWith(text.trim()) || isSameObject(text, other);
}
