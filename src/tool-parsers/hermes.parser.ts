import type { ToolTable } from '../translation/vocabulary/tool-table.js';
import type { CallReader } from './lib/call-reader.js';
import { parseCalls } from './lib/parse-calls.js';
import type { Reading } from './lib/text-source.js';
import { readCallObjects } from './lib/read-call-object.js';
import { writeEach } from './lib/write-parameters.js';
import {
  ToolParser,
  type ToolParserFamily,
  type ToolTextParser,
  type WrittenCall,
} from './tool-parser.decorator.js';

/** `<tool_call>{"name": …, "arguments": {…}}</tool_call>`: Hermes and most Qwen models. */
@ToolParser({
  names: ['hermes', 'qwen', 'qwen2d5', 'qwen3'],
  models: /hermes[\w.-]*|qwen(?:-?2|-?3)?|qwq/i,
})
export class HermesParser implements ToolParserFamily {
  create(tools: ToolTable): ToolTextParser {
    return parseCalls(tools, {
      markers: ['<tool_call>'],
      read: readTagged,
    });
  }

  writeCalls(calls: readonly WrittenCall[]): string {
    return writeEach(
      calls,
      ({ name, arguments: given }) =>
        `<tool_call>\n${JSON.stringify({ name, arguments: given })}\n</tool_call>`,
      '\n',
    );
  }
}

function* readTagged(reader: CallReader): Reading {
  yield* readCallObjects(reader);
  yield* reader.source.close(['</tool_call>']);
}
