import type { CallReader } from './call-reader.js';
import { quote } from './json-text.js';
import { NOT_A_CALL } from './not-a-call.js';
import { ParameterWriter, type ValueForm } from './parameter-writer.js';
import type { SchemaView } from './schema-view.js';
import type { Reading } from './text-source.js';

/** How a family writes parameters one by one. @public */
export interface ParameterTags {
  /** In front of a name. */
  open: string;
  /** Behind a name, with what each says of the value. */
  named: Readonly<Record<string, ValueForm>>;
  /** Between name and value, where there is another tag. */
  value?: string;
  close: string;
  /** What can stand behind `close`; where something else does, it belongs to the value. */
  followers: readonly string[];
  /** Whether a value stands on lines of its own, without being meant to begin and end with a line break. */
  ownLines: boolean;
}

/** Reads a call whose name is known. One of the `closers` ends it, or the end of what the model had to say. @public */
export function* readParameterCall(
  reader: CallReader,
  name: string,
  tags: ParameterTags,
  closers: readonly string[],
): Reading {
  const { source, sink } = reader;
  if (!(yield* source.isNext([tags.open, ...closers]))) throw NOT_A_CALL;
  if (!(yield* source.ensure()) && !source.isCut) throw NOT_A_CALL;
  reader.begin(name);
  sink.arguments('{');
  yield* readParameters(reader, reader.schemaOf(name), tags);
  const closer = yield* source.close(closers);
  if (closer === null) yield* source.spaces();
  // Without one there may have been more to say: a further parameter, or the rest of one.
  if (closer === null && (source.isCut || !source.isExhausted)) throw NOT_A_CALL;
  sink.arguments('}');
  sink.end();
}

function* readParameters(reader: CallReader, schema: SchemaView, tags: ParameterTags): Reading {
  const { source, sink } = reader;
  const ends = Object.keys(tags.named);
  let joint = '';
  while ((yield* source.accept([tags.open])) !== null) {
    const { text, marker } = yield* reader.header(ends);
    if (tags.value !== undefined) yield* reader.require(tags.value);
    sink.arguments(`${joint}${quote(text)}: `);
    joint = ', ';
    yield* readValue(reader, schema.property(text), tags, tags.named[marker] ?? null);
  }
}

function* readValue(
  { source, sink }: CallReader,
  schema: SchemaView,
  tags: ParameterTags,
  form: ValueForm,
): Reading {
  const writer = new ParameterWriter(
    (json) => {
      sink.arguments(json);
    },
    schema,
    form,
  );
  let held = '';
  const write = (text: string): void => {
    const all = held + text;
    held = tags.ownLines && all.endsWith('\n') ? '\n' : '';
    writer.writeText(all.slice(0, all.length - held.length));
  };
  if (tags.ownLines && (yield* source.char()) === '\n') source.take(1);
  for (;;) {
    if ((yield* source.through([tags.close], write)) === null) throw NOT_A_CALL;
    if (yield* source.isNext(tags.followers)) break;
    write(tags.close);
  }
  writer.end();
}
