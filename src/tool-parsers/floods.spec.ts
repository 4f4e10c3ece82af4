import { countVisits } from '../../test/support/count-visits.js';
import { splitText } from '../../test/support/split-text.js';
import { functionTool, translate } from '../../test/support/translation.js';
import { DeepSeekV32Parser } from './deepseek-dsml.parser.js';
import { DeepSeekV31Parser, DeepSeekV3Parser } from './deepseek.parser.js';
import { GlmParser } from './glm.parser.js';
import { HarmonyParser } from './harmony.parser.js';
import { HermesParser } from './hermes.parser.js';
import { InternlmParser } from './internlm.parser.js';
import { KimiParser } from './kimi.parser.js';
import { Llama3Parser } from './llama3.parser.js';
import { MinimaxParser } from './minimax.parser.js';
import { MistralParser } from './mistral.parser.js';
import { PythonicParser } from './pythonic.parser.js';
import { Qwen3CoderParser } from './qwen3coder.parser.js';
import type { ToolParserFamily } from './tool-parser.decorator.js';

const TOOLS = translate({
  tools: [
    functionTool('search', {
      parameters: { type: 'object', properties: { query: { type: 'string' }, list: { type: 'array' } } },
    }),
  ],
}).plan.tools;

const ARGUMENTS = '{"query":"';
/** What a family's calls begin with, down to the inside of a text value; and its other marks. */
const FAMILIES: [string, ToolParserFamily, inValue: string, marks: string[]][] = [
  ['hermes', new HermesParser(), `<tool_call>{"name":"search","arguments":${ARGUMENTS}`, ['</tool_call>']],
  [
    'qwen3coder',
    new Qwen3CoderParser(),
    '<tool_call><function=search><parameter=query>',
    ['</parameter>', '\n', '</parameter>\n'],
  ],
  [
    'glm45',
    new GlmParser(),
    '<tool_call>search<arg_key>query</arg_key><arg_value>',
    ['</arg_value>', '<tool_call>search'],
  ],
  [
    'deepseek-v3',
    new DeepSeekV3Parser(),
    `<｜tool▁calls▁begin｜><｜tool▁call▁begin｜>function<｜tool▁sep｜>search\n\`\`\`json\n${ARGUMENTS}`,
    ['<｜tool▁call▁begin｜>'],
  ],
  [
    'deepseek-v31',
    new DeepSeekV31Parser(),
    `<｜tool▁call▁begin｜>search<｜tool▁sep｜>${ARGUMENTS}`,
    ['<｜tool▁call▁begin｜>search'],
  ],
  [
    'deepseek-v32',
    new DeepSeekV32Parser(),
    '<｜DSML｜function_calls><｜DSML｜invoke name="search"><｜DSML｜parameter name="query" string="true">',
    ['</｜DSML｜parameter>'],
  ],
  [
    'kimi-k2',
    new KimiParser(),
    `<|tool_call_begin|>functions.search:0<|tool_call_argument_begin|>${ARGUMENTS}`,
    ['<|tool_call_begin|>'],
  ],
  [
    'mistral',
    new MistralParser(),
    `[TOOL_CALLS]search[ARGS]${ARGUMENTS}`,
    ['[TOOL_CALLS]search', '[TOOL_CALLS]['],
  ],
  [
    'llama3',
    new Llama3Parser(),
    `<|python_tag|>{"name":"search","parameters":${ARGUMENTS}`,
    ['\n{', '{"name":'],
  ],
  [
    'internlm',
    new InternlmParser(),
    `<|action_start|><|plugin|>{"name":"search","parameters":${ARGUMENTS}`,
    ['<|action_start|><|plugin|>'],
  ],
  [
    'minimax-m2',
    new MinimaxParser(),
    '<minimax:tool_call><invoke name="search"><parameter name="query">',
    ['</parameter>'],
  ],
  ['pythonic', new PythonicParser(), '[search(query="', ['\n[', '\n[search(']],
  ['olmo3', new PythonicParser(), '<function_calls>search(query="', ['\nsearch(']],
  [
    'harmony',
    new HarmonyParser(),
    `<|channel|>commentary to=functions.search<|message|>${ARGUMENTS}`,
    ['<|channel|>', '<|start|>'],
  ],
];
const SIZE = 8_000;

describe.each(FAMILIES)('a flood of what may become %s', (_name, family, inValue, marks) => {
  const opener = /^(?:<[^>]*>|\[\w+\]|\[)/.exec(inValue)![0];
  const noArguments = inValue.slice(0, -ARGUMENTS.length);
  const floods: [string, (count: number) => string][] = [
    ['openings', (count) => opener.repeat(count / opener.length)],
    ['openings without an end', (count) => opener.slice(0, -1).repeat(count / opener.length)],
    ['calls without an end', (count) => inValue.repeat(count / inValue.length)],
    [
      'calls that break off before their arguments',
      (count) => noArguments.repeat(count / noArguments.length),
    ],
    ['first letters', (count) => opener.charAt(0).repeat(count)],
    ['white space behind an opening', (count) => opener + ' '.repeat(count)],
    ['a long value', (count) => inValue + 'x'.repeat(count)],
    ['line breaks in a value', (count) => inValue + '\n'.repeat(count)],
    ['backslashes in a value', (count) => inValue + '\\'.repeat(count)],
    ['brackets for arguments', (count) => `${noArguments}{"a":${'['.repeat(count)}`],
    ['digits for an argument', (count) => `${noArguments}{"a":${'1'.repeat(count)}`],
    ['openings in a value', (count) => inValue + opener.repeat(count / opener.length)],
    ...marks.flatMap((mark): [string, (count: number) => string][] => [
      [`${JSON.stringify(mark)} in a value`, (count) => inValue + mark.repeat(count / mark.length)],
      [`${JSON.stringify(mark)} in the text`, (count) => mark.repeat(count / mark.length)],
    ]),
  ];

  const work = (text: string, length: number): number =>
    countVisits(() => {
      const reader = family.create(TOOLS);
      for (const piece of splitText(text, [length])) reader.pushText(piece);
      reader.end('stop');
    });

  it.each(floods)('should be read in linear time: %s', (_what, write) => {
    for (const length of [1, 50, Infinity]) {
      const ratio = work(write(2 * SIZE), length) / work(write(SIZE), length);
      expect(ratio).toBeLessThan(2.3);
    }
  });
});
