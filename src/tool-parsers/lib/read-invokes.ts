import type { CallReader } from './call-reader.js';
import { type ParameterTags, readParameterCall } from './read-parameters.js';
import type { Reading } from './text-source.js';

/** How a family writes a block of several calls, each with parameters one by one. @public */
export interface InvokeTags {
  /** In front of a tool's name, which ends at `">`. */
  invoke: string;
  endInvoke: string;
  endBlock: string;
  parameters: ParameterTags;
}

/** Reads what stands behind the opening of a block. @public */
export function* readInvokes(reader: CallReader, tags: InvokeTags): Reading {
  const { source } = reader;
  const { invoke } = tags;
  yield* reader.require(invoke);
  yield* readInvoke(reader, tags);
  while ((yield* source.accept([invoke])) !== null) {
    if (!(yield* reader.attempt(invoke, () => readInvoke(reader, tags)))) return;
  }
  yield* source.close([tags.endBlock]);
}

function* readInvoke(reader: CallReader, { parameters, endInvoke, endBlock }: InvokeTags): Reading {
  const name = yield* reader.name(/["<>\n]/g);
  yield* reader.source.expect('"');
  yield* reader.source.expect('>');
  yield* readParameterCall(reader, name, parameters, [endInvoke, endBlock]);
}
