import type { ToolTable } from '../translation/vocabulary/tool-table.js';
import type { CallReader } from './lib/call-reader.js';
import { parseCalls } from './lib/parse-calls.js';
import { readSection, type SectionTags } from './lib/read-section.js';
import type { Reading } from './lib/text-source.js';
import { writeEach } from './lib/write-parameters.js';
import {
  ToolParser,
  type ToolParserFamily,
  type ToolTextParser,
  type WrittenCall,
  type WrittenResult,
} from './tool-parser.decorator.js';

const OPEN = '<|tool_calls_section_begin|>';
const CLOSE = '<|tool_calls_section_end|>';
const CALL = '<|tool_call_begin|>';
const ARGUMENTS = '<|tool_call_argument_begin|>';
const END_CALL = '<|tool_call_end|>';
const TAGS: SectionTags = { open: OPEN, close: CLOSE, call: CALL };

/** `<|tool_call_begin|>functions.name:0<|tool_call_argument_begin|>{…}<|tool_call_end|>` in a section: Kimi K2. */
@ToolParser({ names: ['kimi-k2', 'kimi_k2'], models: /kimi/i })
export class KimiParser implements ToolParserFamily {
  create(tools: ToolTable): ToolTextParser {
    return parseCalls(tools, {
      markers: [OPEN, CALL],
      dropped: ['<|im_end|>'],
      read: (reader, marker) => readSection(reader, marker, TAGS, readCall),
    });
  }

  writeCalls(calls: readonly WrittenCall[]): string {
    const blocks = writeEach(
      calls,
      ({ name, arguments: given }, index) =>
        `${CALL}functions.${name}:${index}${ARGUMENTS}${JSON.stringify(given)}${END_CALL}`,
    );
    return `${OPEN}${blocks}${CLOSE}`;
  }

  writeResults(results: readonly WrittenResult[]): string {
    return results.map(({ callId, text }) => `## Return of ${callId}\n${text}`).join('\n');
  }
}

function* readCall(reader: CallReader): Reading {
  const { text } = yield* reader.header([ARGUMENTS]);
  const id = text.trim();
  const name = reader.check(id.replace(/^functions\./, '').replace(/:\d+$/, ''));
  yield* reader.call(name, [END_CALL]);
  yield* reader.source.close([END_CALL]);
}
