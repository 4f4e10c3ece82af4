import type { ToolTable } from '../../translation/vocabulary/tool-table.js';
import { CallSink } from './call-sink.js';
import { JsonReader } from './json-reader.js';
import { NOT_A_CALL } from './not-a-call.js';
import { readArgumentsJson } from './read-arguments-json.js';
import { SchemaView } from './schema-view.js';
import { type Reading, TextSource } from './text-source.js';

/** Longer names are none. */
const MAX_NAME = 256;

/** What the grammar of a family reads with: the text, the calls made out so far, and the steps that families share. @public */
export class CallReader {
  readonly source = new TextSource();
  readonly sink = new CallSink();
  /** How many texts began like the call of an offered tool and could not be read to their end. */
  malformed = 0;
  /** An offered tool whose call has been recognised, but has not begun. */
  private candidate: string | null = null;
  /** Text that was taken and neither belongs to a call nor was handed on. */
  private pending = '';

  constructor(private readonly tools: ToolTable) {}

  /**
   * Reads what may turn out to be no call: then `marker` is text, and what stands behind it is read anew. What breaks off after
   * the call has begun leaves it unfinished, and the rest is text.
   *
   * @returns whether it was read to its end
   */
  *attempt(marker: string, reading: () => Reading): Reading<boolean> {
    const { source, sink } = this;
    this.start();
    try {
      yield* reading();
      source.unmark();
      return true;
    } catch (error) {
      if (error !== NOT_A_CALL) throw error;
      const wasCut = source.isCut && source.ranOut;
      if (this.candidate !== null && !wasCut) this.malformed++;
      if (this.candidate !== null && wasCut && source.isMarked) this.begin(this.candidate);
      if (source.isMarked) {
        sink.text(marker);
        source.rewind();
        return false;
      }
      if (source.ranOut) source.take(Infinity);
      else sink.text(this.pending);
      return false;
    }
  }

  private start(): void {
    this.source.mark();
    this.candidate = null;
    this.pending = '';
  }

  /** A name up to a character that no name holds; it stays unread. @throws NOT_A_CALL unless it is a tool's */
  *name(stop: RegExp): Reading<string> {
    const name = yield* this.source.word(stop, MAX_NAME);
    if (this.source.isExhausted) throw NOT_A_CALL;
    return this.check(name.trim());
  }

  /** A text up to a marker, which is taken. @throws NOT_A_CALL when it is long or never ends */
  *header(markers: readonly string[]): Reading<{ text: string; marker: string }> {
    let text = '';
    const add = (piece: string): void => {
      text += piece;
      this.pending += piece;
      if (text.length > MAX_NAME) throw NOT_A_CALL;
    };
    const marker = yield* this.source.through(markers, add, MAX_NAME);
    if (marker === null) throw NOT_A_CALL;
    this.pending = '';
    return { text, marker };
  }

  /** Takes a marker that has to come next. @throws NOT_A_CALL */
  *require(...markers: string[]): Reading<string> {
    const marker = yield* this.source.accept(markers);
    if (marker === null) throw NOT_A_CALL;
    return marker;
  }

  /** @throws NOT_A_CALL unless a tool of that name is offered */
  check(name: string): string {
    if (this.tools.resolve(name) === undefined) throw NOT_A_CALL;
    this.candidate = name;
    return name;
  }

  schemaOf(name: string): SchemaView {
    const parameters = this.tools.resolve(name)?.parameters;
    return parameters ? new SchemaView(parameters) : SchemaView.any;
  }

  begin(name: string): void {
    this.source.unmark();
    this.sink.begin(name);
  }

  /** @param argumentsText a JSON object */
  wholeCall(name: string, argumentsText: string): void {
    this.begin(name);
    this.sink.arguments(argumentsText);
    this.sink.end();
  }

  /**
   * Reads the arguments, and with them the whole call: an object, which is handed on as it comes, or what stands for one. In front
   * of one of the `followers` there are none.
   */
  *call(name: string, followers: readonly string[] = []): Reading {
    const { source, sink } = this;
    yield* source.spaces();
    if ((yield* source.char()) === '{') {
      this.begin(name);
      yield* this.json((json) => {
        sink.arguments(json);
      }, this.schemaOf(name));
      sink.end();
    } else if (source.now() !== '' && followers.length > 0 && (yield* source.isNext(followers))) {
      if (source.ranOut) throw NOT_A_CALL;
      this.wholeCall(name, '{}');
    } else {
      let json = '';
      yield* this.json((piece) => (json += piece), SchemaView.any);
      this.wholeCall(name, readArgumentsJson(json, this.schemaOf(name)));
    }
  }

  /** Reads any JSON value. */
  *json(emit: (json: string) => void, schema: SchemaView): Reading {
    const reader = new JsonReader(this.source, emit);
    try {
      yield* reader.value(schema);
    } catch (error) {
      this.pending = reader.pending;
      throw error;
    }
  }

  *jsonString(): Reading<string> {
    return yield* new JsonReader(this.source, () => undefined).plainString();
  }
}
