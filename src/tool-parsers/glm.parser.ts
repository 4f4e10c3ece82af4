import type { ToolTable } from '../translation/vocabulary/tool-table.js';
import type { CallReader } from './lib/call-reader.js';
import { parseCalls } from './lib/parse-calls.js';
import type { Reading } from './lib/text-source.js';
import { type ParameterTags, readParameterCall } from './lib/read-parameters.js';
import { writeEach, writeParameters } from './lib/write-parameters.js';
import {
  ToolParser,
  type ToolParserFamily,
  type ToolTextParser,
  type WrittenCall,
} from './tool-parser.decorator.js';

const CLOSE = '</tool_call>';
const TAGS: ParameterTags = {
  open: '<arg_key>',
  named: { '</arg_key>': null },
  value: '<arg_value>',
  close: '</arg_value>',
  followers: ['<arg_key>', CLOSE],
  ownLines: false,
};

/** `<tool_call>name<arg_key>key</arg_key><arg_value>value</arg_value></tool_call>`: GLM 4.5 and later. */
@ToolParser({ names: ['glm45', 'glm47'], models: /glm-?(?:4\.[5-9]|[5-9])/i })
export class GlmParser implements ToolParserFamily {
  create(tools: ToolTable): ToolTextParser {
    return parseCalls(tools, {
      markers: ['<tool_call>'],
      read: readArguments,
    });
  }

  writeCalls(calls: readonly WrittenCall[]): string {
    return writeEach(
      calls,
      (call) =>
        `<tool_call>${call.name}\n${writeParameters(
          call,
          (key, value) => `<arg_key>${key}</arg_key>\n<arg_value>${value}</arg_value>\n`,
        )}</tool_call>`,
      '\n',
    );
  }
}

function* readArguments(reader: CallReader): Reading {
  yield* reader.source.spaces();
  const name = yield* reader.name(/[<\s]/g);
  yield* readParameterCall(reader, name, TAGS, [CLOSE]);
}
