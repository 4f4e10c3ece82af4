import type { ToolTable } from '../translation/request/tools/tool-table.js';
import type { CallReader } from './lib/call-reader.js';
import { parseCalls } from './lib/parse-calls.js';
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

/** `<|tool_call_begin|>functions.name:0<|tool_call_argument_begin|>{…}<|tool_call_end|>` in a section: Kimi K2. */
@ToolParser({ names: ['kimi-k2', 'kimi_k2'], models: /kimi/i })
export class KimiParser implements ToolParserFamily {
  create(tools: ToolTable): ToolTextParser {
    return parseCalls(tools, { markers: [OPEN, CALL], dropped: ['<|im_end|>'], read: readSection });
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

function* readSection(reader: CallReader, marker: string): Reading {
  const { source } = reader;
  if (marker === OPEN) yield* reader.require(CALL);
  yield* readCall(reader);
  while ((yield* source.accept([CALL])) !== null) {
    if (!(yield* reader.attempt(CALL, () => readCall(reader)))) return;
  }
  yield* source.close([CLOSE]);
}

function* readCall(reader: CallReader): Reading {
  const { text } = yield* reader.header([ARGUMENTS]);
  const id = text.trim();
  const name = reader.check(id.replace(/^functions\./, '').replace(/:\d+$/, ''));
  yield* reader.call(name, [END_CALL]);
  yield* reader.source.close([END_CALL]);
}
