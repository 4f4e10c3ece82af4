import type { ToolTable } from '../translation/vocabulary/tool-table.js';
import type { CallReader } from './lib/call-reader.js';
import { parseCalls } from './lib/parse-calls.js';
import { readCallMembers, readCallObject } from './lib/read-call-object.js';
import type { Reading } from './lib/text-source.js';
import { writeEach } from './lib/write-parameters.js';
import {
  ToolParser,
  type ToolParserFamily,
  type ToolTextParser,
  type WrittenCall,
} from './tool-parser.decorator.js';

const TAG = '<|python_tag|>';

/** `<|python_tag|>{"name": …, "parameters": {…}}`, also without the tag at the start of a line; `;` joins calls: Llama 3. */
@ToolParser({
  names: ['llama3', 'llama3_json'],
  models: /llama-?3/i,
  needsSpecialTokens: true,
})
export class Llama3Parser implements ToolParserFamily {
  create(tools: ToolTable): ToolTextParser {
    return parseCalls(tools, {
      markers: [TAG],
      lineMarkers: ['{'],
      dropped: ['<|eom_id|>', '<|eot_id|>'],
      read: readCalls,
    });
  }

  writeCalls(calls: readonly WrittenCall[]): string {
    return writeEach(
      calls,
      ({ name, arguments: given }) => JSON.stringify({ name, parameters: given }),
      '; ',
    );
  }
}

function* readCalls(reader: CallReader, marker: string): Reading {
  const { source } = reader;
  yield* source.spaces();
  yield* marker === TAG ? readCallObject(reader) : readCallMembers(reader);
  while ((yield* source.accept([';'])) !== null) {
    const wasRead = yield* reader.attempt(';', function* () {
      yield* source.accept([TAG]);
      yield* source.spaces();
      yield* readCallObject(reader);
    });
    if (!wasRead) return;
  }
}
