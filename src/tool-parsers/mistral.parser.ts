import type { ToolTable } from '../translation/vocabulary/tool-table.js';
import type { CallReader } from './lib/call-reader.js';
import { parseCalls } from './lib/parse-calls.js';
import { readCallObjects } from './lib/read-call-object.js';
import type { Reading } from './lib/text-source.js';
import {
  ToolParser,
  type ToolParserFamily,
  type ToolTextParser,
  type WrittenCall,
  type WrittenResult,
} from './tool-parser.decorator.js';

const OPEN = '[TOOL_CALLS]';

/** `[TOOL_CALLS][{"name": …, "arguments": {…}}]`, or `[TOOL_CALLS]name[ARGS]{…}` of newer tokenizers: Mistral. */
@ToolParser({
  names: ['mistral'],
  models: /mistral|mixtral|magistral|devstral|ministral|codestral/i,
  needsSpecialTokens: true,
})
export class MistralParser implements ToolParserFamily {
  create(tools: ToolTable): ToolTextParser {
    return parseCalls(tools, { markers: [OPEN], dropped: ['</s>'], read: readCalls });
  }

  writeCalls(calls: readonly WrittenCall[]): string {
    return `${OPEN}${JSON.stringify(calls.map(({ name, arguments: given }) => ({ name, arguments: given })))}`;
  }

  writeResults(results: readonly WrittenResult[]): string {
    return results
      .map(
        ({ callId, text }) =>
          `[TOOL_RESULTS]${JSON.stringify({ content: text, call_id: callId })}[/TOOL_RESULTS]`,
      )
      .join('');
  }
}

function* readCalls(reader: CallReader): Reading {
  const { source } = reader;
  yield* source.spaces();
  const first = yield* source.char();
  if (first === '[' || first === '{') {
    yield* readCallObjects(reader);
    return;
  }
  const name = yield* reader.name(/[[{\s]/g);
  if ((yield* source.accept(['[CALL_ID]'])) !== null) yield* source.word(/\[/g, 64);
  yield* source.accept(['[ARGS]']);
  yield* reader.call(name);
}
