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

/** `<|action_start|><|plugin|>{"name": …, "parameters": {…}}<|action_end|>`: InternLM and Intern-S1. */
@ToolParser({
  names: ['internlm', 'intern-s1'],
  models: /internlm|intern-?s1/i,
  needsSpecialTokens: true,
})
export class InternlmParser implements ToolParserFamily {
  create(tools: ToolTable): ToolTextParser {
    return parseCalls(tools, {
      markers: ['<|action_start|>'],
      dropped: ['<|im_end|>'],
      read: readPlugin,
    });
  }

  writeCalls(calls: readonly WrittenCall[]): string {
    return writeEach(
      calls,
      ({ name, arguments: given }) =>
        `<|action_start|><|plugin|>\n${JSON.stringify({ name, parameters: given })}<|action_end|>`,
      '\n',
    );
  }
}

function* readPlugin(reader: CallReader): Reading {
  yield* reader.require('<|plugin|>');
  yield* readCallObjects(reader);
  yield* reader.source.close(['<|action_end|>']);
}
