import type { ToolTable } from '../translation/vocabulary/tool-table.js';
import type { CallReader } from './lib/call-reader.js';
import { parseCalls } from './lib/parse-calls.js';
import { type ParameterTags, readParameterCall } from './lib/read-parameters.js';
import type { Reading } from './lib/text-source.js';
import { writeEach, writeParameters } from './lib/write-parameters.js';
import {
  ToolParser,
  type ToolParserFamily,
  type ToolTextParser,
  type WrittenCall,
} from './tool-parser.decorator.js';

const FUNCTION = '<function=';
const CLOSERS = ['</function>', '</tool_call>'];
const TAGS: ParameterTags = {
  open: '<parameter=',
  named: { '>': null },
  close: '</parameter>',
  followers: ['<parameter=', ...CLOSERS],
  ownLines: true,
};

/** `<tool_call><function=name><parameter=key>value</parameter></function></tool_call>`: Qwen3-Coder, Qwen3.5, Intern-S2. */
@ToolParser({
  names: ['qwen3coder', 'qwen3_coder', 'qwen3_xml', 'interns2-preview'],
  models: /qwen-?3[\w.-]*coder|qwen-?3\.[5-9]|intern-?s2/i,
})
export class Qwen3CoderParser implements ToolParserFamily {
  create(tools: ToolTable): ToolTextParser {
    return parseCalls(tools, { markers: ['<tool_call>', FUNCTION], read: readBlock });
  }

  writeCalls(calls: readonly WrittenCall[]): string {
    return writeEach(
      calls,
      (call) =>
        `<tool_call>\n<function=${call.name}>\n${writeParameters(
          call,
          (key, value) => `<parameter=${key}>\n${value}\n</parameter>\n`,
        )}</function>\n</tool_call>`,
      '\n',
    );
  }
}

function* readBlock(reader: CallReader, marker: string): Reading {
  const { source } = reader;
  if (marker !== FUNCTION) yield* reader.require(FUNCTION);
  yield* readFunction(reader);
  while ((yield* source.accept([FUNCTION])) !== null) {
    if (!(yield* reader.attempt(FUNCTION, () => readFunction(reader)))) return;
  }
  yield* source.close(['</tool_call>']);
}

function* readFunction(reader: CallReader): Reading {
  const name = yield* reader.name(/[<>\n]/g);
  yield* reader.source.expect('>');
  yield* readParameterCall(reader, name, TAGS, CLOSERS);
}
