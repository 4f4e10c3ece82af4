import type { ToolTable } from '../translation/vocabulary/tool-table.js';
import { type InvokeTags, readInvokes } from './lib/read-invokes.js';
import { parseCalls } from './lib/parse-calls.js';
import { writeEach, writeParameters } from './lib/write-parameters.js';
import {
  ToolParser,
  type ToolParserFamily,
  type ToolTextParser,
  type WrittenCall,
  type WrittenResult,
} from './tool-parser.decorator.js';

const OPEN = '<minimax:tool_call>';
const CLOSE = '</minimax:tool_call>';
const TAGS: InvokeTags = {
  invoke: '<invoke name="',
  endInvoke: '</invoke>',
  endBlock: CLOSE,
  parameters: {
    open: '<parameter name="',
    named: { '">': null },
    close: '</parameter>',
    followers: ['<parameter name="', '</invoke>', CLOSE],
    ownLines: false,
  },
};

/** `<minimax:tool_call><invoke name="f"><parameter name="key">value</parameter></invoke></minimax:tool_call>`: MiniMax M2. */
@ToolParser({ names: ['minimax-m2', 'minimax_m2'], models: /minimax-?m[2-9]/i })
export class MinimaxParser implements ToolParserFamily {
  create(tools: ToolTable): ToolTextParser {
    return parseCalls(tools, { markers: [OPEN], read: (reader) => readInvokes(reader, TAGS) });
  }

  writeCalls(calls: readonly WrittenCall[]): string {
    const invokes = writeEach(
      calls,
      (call) =>
        `<invoke name="${call.name}">\n${writeParameters(
          call,
          (key, value) => `<parameter name="${key}">${value}</parameter>\n`,
        )}</invoke>\n`,
    );
    return `${OPEN}\n${invokes}${CLOSE}`;
  }

  writeResults(results: readonly WrittenResult[]): string {
    return results.map(({ text }) => `<response>${text}</response>`).join('\n');
  }
}
