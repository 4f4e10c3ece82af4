import type { CallReader } from '../../src/tool-parsers/lib/call-reader.js';
import { parseCalls } from '../../src/tool-parsers/lib/parse-calls.js';
import type { Reading } from '../../src/tool-parsers/lib/text-source.js';
import {
  ToolParser,
  type ToolParserFamily,
  type ToolTextParser,
  type WrittenCall,
} from '../../src/tool-parsers/tool-parser.decorator.js';
import type { ToolTable } from '../../src/translation/vocabulary/tool-table.js';

/** `=> search {"query": "x"}` at the start of a line. */
@ToolParser({ names: ['arrow'], models: /arrow-\d+b/i })
export class ArrowParser implements ToolParserFamily {
  create(tools: ToolTable): ToolTextParser {
    return parseCalls(tools, { lineMarkers: ['=> '], read: readArrow });
  }

  writeCalls(calls: readonly WrittenCall[]): string {
    return calls.map(({ name, arguments: given }) => `=> ${name} ${JSON.stringify(given)}`).join('\n');
  }
}

function* readArrow(reader: CallReader): Reading {
  const name = yield* reader.name(/[\s{]/g);
  yield* reader.call(name);
}
