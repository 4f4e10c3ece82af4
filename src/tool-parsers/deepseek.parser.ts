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

const OPEN = '<｜tool▁calls▁begin｜>';
const CLOSE = '<｜tool▁calls▁end｜>';
const CALL = '<｜tool▁call▁begin｜>';
const SEPARATOR = '<｜tool▁sep｜>';
const END_CALL = '<｜tool▁call▁end｜>';
const FENCE = '```';
const TAGS: SectionTags = { open: OPEN, close: CLOSE, call: CALL };

type ReadCall = (reader: CallReader) => Reading;

/** `<｜tool▁call▁begin｜>function<｜tool▁sep｜>name` and fenced JSON: DeepSeek V3 and R1. */
@ToolParser({
  names: ['deepseek-v3', 'deepseek_v3', 'deepseek-r1'],
  models: /deepseek-?(?:v3|r1)/i,
})
export class DeepSeekV3Parser implements ToolParserFamily {
  create(tools: ToolTable): ToolTextParser {
    return parseBlocks(tools, readFenced);
  }

  writeCalls(calls: readonly WrittenCall[]): string {
    return writeBlocks(
      calls,
      ({ name, arguments: given }) =>
        `function${SEPARATOR}${name}\n${FENCE}json\n${JSON.stringify(given)}\n${FENCE}`,
    );
  }

  writeResults(results: readonly WrittenResult[]): string {
    return `<｜tool▁outputs▁begin｜>${writeOutputs(results)}<｜tool▁outputs▁end｜>`;
  }
}

/** `<｜tool▁call▁begin｜>name<｜tool▁sep｜>{…}<｜tool▁call▁end｜>`: DeepSeek V3.1. */
@ToolParser({
  names: ['deepseek-v31', 'deepseek-v3.1', 'deepseek_v31'],
  models: /deepseek-?v3\.?1/i,
})
export class DeepSeekV31Parser implements ToolParserFamily {
  create(tools: ToolTable): ToolTextParser {
    return parseBlocks(tools, readPlain);
  }

  writeCalls(calls: readonly WrittenCall[]): string {
    return writeBlocks(calls, ({ name, arguments: given }) => `${name}${SEPARATOR}${JSON.stringify(given)}`);
  }

  writeResults(results: readonly WrittenResult[]): string {
    return writeOutputs(results);
  }
}

function parseBlocks(tools: ToolTable, readCall: ReadCall): ToolTextParser {
  return parseCalls(tools, {
    markers: [OPEN, CALL],
    dropped: ['<｜end▁of▁sentence｜>'],
    read: (reader, marker) => readSection(reader, marker, TAGS, readCall),
  });
}

function* readFenced(reader: CallReader): Reading {
  const { source } = reader;
  yield* reader.header([SEPARATOR]);
  const name = yield* reader.name(/[\n`{<]/g);
  yield* source.accept([`${FENCE}json`, FENCE]);
  yield* reader.call(name, [FENCE, END_CALL]);
  yield* source.close([FENCE]);
  yield* source.close([END_CALL]);
}

function* readPlain(reader: CallReader): Reading {
  const { text } = yield* reader.header([SEPARATOR]);
  yield* reader.call(reader.check(text.trim()), [END_CALL]);
  yield* reader.source.close([END_CALL]);
}

function writeBlocks(calls: readonly WrittenCall[], write: (call: WrittenCall) => string): string {
  return `${OPEN}${writeEach(calls, (call) => `${CALL}${write(call)}${END_CALL}`)}${CLOSE}`;
}

function writeOutputs(results: readonly WrittenResult[]): string {
  return results.map(({ text }) => `<｜tool▁output▁begin｜>${text}<｜tool▁output▁end｜>`).join('');
}
