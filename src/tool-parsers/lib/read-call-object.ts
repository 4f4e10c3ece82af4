import type { CallReader } from './call-reader.js';
import { NOT_A_CALL } from './not-a-call.js';
import { readArgumentsJson } from './read-arguments-json.js';
import { SchemaView } from './schema-view.js';
import type { Reading } from './text-source.js';

const NAME_KEYS = new Set(['name', 'function']);
const ARGUMENT_KEYS = new Set(['arguments', 'parameters']);

/** Reads `{"name": …, "arguments": {…}}`, in any order and with further keys. @public */
export function* readCallObject(reader: CallReader): Reading {
  yield* reader.source.expect('{');
  yield* readCallMembers(reader);
}

/** Reads one such object, or a list of them. @public */
export function* readCallObjects(reader: CallReader): Reading {
  const { source } = reader;
  yield* source.spaces();
  if ((yield* source.char()) !== '[') {
    yield* readCallObject(reader);
    return;
  }
  source.take(1);
  yield* source.spaces();
  yield* readCallObject(reader);
  while ((yield* source.accept([','])) !== null) {
    const wasRead = yield* reader.attempt(',', function* () {
      yield* source.spaces();
      yield* readCallObject(reader);
    });
    if (!wasRead) return;
  }
  yield* source.close([']']);
}

/** Reads what stands behind the opening brace. Once the arguments are whole, so is the call, whatever is wrong behind them. */
export function* readCallMembers(reader: CallReader): Reading {
  const { source } = reader;
  let name: string | null = null;
  let early: string | null = null;
  let isCalled = false;
  yield* source.spaces();
  while ((yield* source.char()) !== '}') {
    const key = yield* reader.jsonString();
    yield* source.spaces();
    yield* source.expect(':');
    yield* source.spaces();
    if (NAME_KEYS.has(key) && name === null) {
      name = reader.check(yield* reader.jsonString());
    } else if (ARGUMENT_KEYS.has(key) && name !== null && early === null && !isCalled) {
      yield* reader.call(name);
      isCalled = true;
    } else if (ARGUMENT_KEYS.has(key) && early === null) {
      let json = '';
      yield* reader.json((piece) => (json += piece), SchemaView.any);
      early = json;
    } else {
      yield* reader.json(() => undefined, SchemaView.any);
    }
    yield* source.spaces();
    if ((yield* source.char()) === ',') {
      source.take(1);
      yield* source.spaces();
    } else if (source.now() !== '}') {
      if (isCalled) return;
      throw NOT_A_CALL;
    }
  }
  source.take(1);
  if (isCalled) return;
  if (name === null) throw NOT_A_CALL;
  reader.wholeCall(name, early === null ? '{}' : readArgumentsJson(early, reader.schemaOf(name)));
}
