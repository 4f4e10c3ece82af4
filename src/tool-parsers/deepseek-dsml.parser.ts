import type { ToolTable } from '../translation/vocabulary/tool-table.js';
import { parseCalls } from './lib/parse-calls.js';
import { type InvokeTags, readInvokes } from './lib/read-invokes.js';
import { bareValue, writeEach } from './lib/write-parameters.js';
import {
  ToolParser,
  type ToolParserFamily,
  type ToolTextParser,
  type WrittenCall,
  type WrittenResult,
} from './tool-parser.decorator.js';

const PARAMETER = '<｜DSML｜parameter name="';
const END_INVOKE = '</｜DSML｜invoke>';

/** `<｜DSML｜function_calls><｜DSML｜invoke name="f"><｜DSML｜parameter name="key" string="true">…`: DeepSeek V3.2. */
@ToolParser({
  names: ['deepseek-v32', 'deepseek-v3.2', 'deepseek_v32'],
  models: /deepseek-?v3\.?2/i,
})
export class DeepSeekV32Parser implements ToolParserFamily {
  create(tools: ToolTable): ToolTextParser {
    return parseDsml(tools, 'function_calls');
  }

  writeCalls(calls: readonly WrittenCall[]): string {
    return writeDsml(calls, 'function_calls');
  }

  writeResults(results: readonly WrittenResult[]): string {
    return writeDsmlResults(results);
  }
}

/** The same in a block of another name: DeepSeek V4. */
@ToolParser({ names: ['deepseek-v4', 'deepseek_v4'], models: /deepseek-?v[4-9]/i })
export class DeepSeekV4Parser implements ToolParserFamily {
  create(tools: ToolTable): ToolTextParser {
    return parseDsml(tools, 'tool_calls');
  }

  writeCalls(calls: readonly WrittenCall[]): string {
    return writeDsml(calls, 'tool_calls');
  }

  writeResults(results: readonly WrittenResult[]): string {
    return writeDsmlResults(results);
  }
}

function parseDsml(tools: ToolTable, block: string): ToolTextParser {
  const endBlock = `</｜DSML｜${block}>`;
  const tags: InvokeTags = {
    invoke: '<｜DSML｜invoke name="',
    endInvoke: END_INVOKE,
    endBlock,
    parameters: {
      open: PARAMETER,
      named: { '" string="true">': 'text', '" string="false">': 'json', '">': null },
      close: '</｜DSML｜parameter>',
      followers: [PARAMETER, END_INVOKE, endBlock],
      ownLines: false,
    },
  };
  return parseCalls(tools, {
    markers: [`<｜DSML｜${block}>`],
    read: (reader) => readInvokes(reader, tags),
  });
}

function writeDsml(calls: readonly WrittenCall[], block: string): string {
  const invokes = writeEach(calls, ({ name, arguments: given }) => {
    const parameters = Object.entries(given).map(
      ([key, value]) =>
        `${PARAMETER}${key}" string="${typeof value === 'string'}">${bareValue(value)}</｜DSML｜parameter>\n`,
    );
    return `<｜DSML｜invoke name="${name}">\n${parameters.join('')}${END_INVOKE}\n`;
  });
  return `<｜DSML｜${block}>\n${invokes}</｜DSML｜${block}>`;
}

function writeDsmlResults(results: readonly WrittenResult[]): string {
  return `<function_results>\n${results.map(({ text }) => `<result>${text}</result>\n`).join('')}</function_results>`;
}
