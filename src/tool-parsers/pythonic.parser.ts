import type { ToolTable } from '../translation/vocabulary/tool-table.js';
import type { CallReader } from './lib/call-reader.js';
import { quote } from './lib/json-text.js';
import { NOT_A_CALL } from './lib/not-a-call.js';
import { parseCalls } from './lib/parse-calls.js';
import type { Reading } from './lib/text-source.js';
import { writeEach } from './lib/write-parameters.js';
import { writePython } from './lib/write-python.js';
import {
  ToolParser,
  type ToolParserFamily,
  type ToolTextParser,
  type WrittenCall,
} from './tool-parser.decorator.js';

const START = '<|python_start|>';
const END = '<|python_end|>';
const OPEN = '<function_calls>';
const CLOSE = '</function_calls>';

/** `[get_weather(city="Berlin"), get_time()]` at the start of a line, or calls a line each within `<function_calls>`: Llama 4, Olmo. */
@ToolParser({
  names: ['pythonic', 'llama4', 'llama4_pythonic', 'olmo', 'olmo3'],
  models: /llama-?4|olmo/i,
})
export class PythonicParser implements ToolParserFamily {
  create(tools: ToolTable): ToolTextParser {
    return parseCalls(tools, { markers: [START, OPEN], lineMarkers: ['['], read: readCalls });
  }

  writeCalls(calls: readonly WrittenCall[]): string {
    const write = ({ name, arguments: given }: WrittenCall): string =>
      `${name}(${Object.entries(given)
        .map(([key, value]) => `${key}=${writePython(value)}`)
        .join(', ')})`;
    return `[${writeEach(calls, write, ', ')}]`;
  }
}

function* readCalls(reader: CallReader, marker: string): Reading {
  const { source } = reader;
  if (marker === START) yield* reader.require('[');
  yield* source.spaces();
  yield* readCall(reader);
  yield* marker === OPEN ? readFurtherLines(reader) : readFurther(reader);
  if (marker === START) yield* source.close([END]);
}

function* readFurther(reader: CallReader): Reading {
  const { source } = reader;
  while ((yield* source.accept([','])) !== null) {
    if (!(yield* reader.attempt(',', () => readNext(reader)))) return;
  }
  yield* source.close([']']);
}

function* readFurtherLines(reader: CallReader): Reading {
  while ((yield* reader.source.close([CLOSE])) === null) {
    if (!(yield* reader.attempt('', () => readNext(reader)))) return;
  }
}

function* readNext(reader: CallReader): Reading {
  yield* reader.source.spaces();
  yield* readCall(reader);
}

function* readCall(reader: CallReader): Reading {
  const { source, sink } = reader;
  const name = yield* reader.name(/[()\s,=]/g);
  yield* source.expect('(');
  const schema = reader.schemaOf(name);
  let key = yield* readKey(reader);
  reader.begin(name);
  sink.arguments('{');
  let joint = '';
  while (key !== null) {
    sink.arguments(`${joint}${quote(key)}: `);
    joint = ', ';
    yield* reader.json((json) => {
      sink.arguments(json);
    }, schema.property(key));
    const next = yield* source.accept([',', ')']);
    if (next === null) throw NOT_A_CALL;
    key = next === ',' ? yield* readKey(reader) : null;
  }
  sink.arguments('}');
  sink.end();
}

/** @returns null where the arguments end, and takes the end */
function* readKey({ source }: CallReader): Reading<string | null> {
  if ((yield* source.accept([')'])) !== null) return null;
  yield* source.spaces();
  const key = yield* source.word(/[^\p{L}\p{N}_]/gu, 256);
  yield* source.spaces();
  if (!/^[\p{L}_]/u.test(key)) throw NOT_A_CALL;
  yield* source.expect('=');
  yield* source.spaces();
  return key;
}
