import { functionTool, joined, merged, translate } from '../../test/support/translation.js';
import type { FinishReason, Segment } from '../translation/vocabulary/segment.js';
import { DeepSeekV32Parser } from './deepseek-dsml.parser.js';
import { DeepSeekV3Parser } from './deepseek.parser.js';
import { GlmParser } from './glm.parser.js';
import { HermesParser } from './hermes.parser.js';
import { InternlmParser } from './internlm.parser.js';
import { KimiParser } from './kimi.parser.js';
import { Llama3Parser } from './llama3.parser.js';
import { MistralParser } from './mistral.parser.js';
import { PythonicParser } from './pythonic.parser.js';
import { Qwen3CoderParser } from './qwen3coder.parser.js';
import type { ToolParserFamily } from './tool-parser.decorator.js';

const SEARCH = functionTool('search', {
  parameters: {
    type: 'object',
    properties: {
      q: { type: 'string' },
      limit: { type: 'integer' },
      exact: { type: 'boolean' },
      tags: { type: 'array', items: { type: 'string' } },
      note: { anyOf: [{ type: 'string' }, { type: 'null' }] },
    },
  },
});
const TOOLS = translate({ tools: [SEARCH, functionTool('now')] }).plan.tools;

const hermes = new HermesParser();
const coder = new Qwen3CoderParser();
const glm = new GlmParser();
const llama = new Llama3Parser();
const mistral = new MistralParser();
const pythonic = new PythonicParser();

function parse(family: ToolParserFamily, pieces: string[], reason: FinishReason = 'stop'): Segment[] {
  const parser = family.create(TOOLS);
  const segments = pieces.flatMap((piece) => parser.pushText(piece));
  return merged([...segments, ...parser.end(reason)]);
}

/** Calls as `name arguments`, unfinished ones with a dash behind. */
function summarise(segments: Segment[]): { text: string; calls: string[] } {
  const calls: string[] = [];
  for (const segment of segments) {
    if (segment.kind === 'call-start') calls[segment.call] = `${segment.name} -`;
    if (segment.kind === 'call-arguments')
      calls[segment.call] = calls[segment.call]!.replace(/-$/, () => `${segment.text}-`);
    if (segment.kind === 'call-end') calls[segment.call] = calls[segment.call]!.slice(0, -1);
  }
  return { text: joined(segments), calls };
}

const fn = (body: string) => `<tool_call>\n<function=search>\n${body}`;

describe('what parsers of model servers get wrong', () => {
  it.each<[string, ToolParserFamily, string, string[], string?, FinishReason?]>([
    ['text that ends like a mark', hermes, 'see <tool', [], 'see <tool'],
    ['text that ends with a bracket', coder, '1 <', [], '1 <'],
    ['no arguments: Hermes', hermes, '<tool_call>{"name":"now"}</tool_call>', ['now {}']],
    ['no arguments: Qwen3-Coder', coder, '<tool_call><function=now></function></tool_call>', ['now {}']],
    ['no arguments: GLM', glm, '<tool_call>now</tool_call>', ['now {}']],
    [
      'no arguments: Kimi',
      new KimiParser(),
      '<|tool_call_begin|>functions.now:0<|tool_call_argument_begin|><|tool_call_end|>',
      ['now {}'],
    ],
    [
      'no arguments: DeepSeek',
      new DeepSeekV3Parser(),
      '<｜tool▁call▁begin｜>function<｜tool▁sep｜>now\n```json\n```<｜tool▁call▁end｜>',
      ['now {}'],
    ],
    [
      'a function that is never closed',
      coder,
      fn('<parameter=q>\na\n</parameter>\n</tool_call>'),
      ['search {"q": "a"}'],
    ],
    [
      'a function that is never closed at the end',
      coder,
      fn('<parameter=q>\na\n</parameter>\n'),
      ['search {"q": "a"}'],
      '',
    ],
    [
      'a function without its block',
      coder,
      '<function=search>\n<parameter=q>\na\n</parameter>\n</function>',
      ['search {"q": "a"}'],
    ],
    [
      'a quote in a parameter name',
      coder,
      fn('<parameter=a"b>\n1\n</parameter>\n</function></tool_call>'),
      ['search {"a\\"b": 1}'],
    ],
    [
      'marks within a value',
      coder,
      fn('<parameter=q>\n</tool_call></parameter>x\n</parameter>\n</function></tool_call>'),
      ['search {"q": "</tool_call></parameter>x"}'],
    ],
    [
      'space around a value',
      coder,
      fn('<parameter=q>\n\n  a \n\n</parameter>\n</function></tool_call>'),
      ['search {"q": "\\n  a \\n"}'],
    ],
    [
      'a mark within a JSON string',
      hermes,
      '<tool_call>{"name":"search","arguments":{"q":"</tool_call>"}}</tool_call>',
      ['search {"q":"</tool_call>"}'],
    ],
    [
      'a list of calls',
      hermes,
      '<tool_call>[{"name":"now"}, {"name":"search","arguments":{"q":"a"}}]</tool_call>',
      ['now {}', 'search {"q":"a"}'],
    ],
    [
      'a list with an unknown tool',
      hermes,
      '<tool_call>[{"name":"now"}, {"name":"fly"}]</tool_call>',
      ['now {}'],
      ', {"name":"fly"}]</tool_call>',
    ],
    [
      'a missing last brace',
      hermes,
      '<tool_call>{"name":"search","arguments":{"q":"a"}\n</tool_call>',
      ['search {"q":"a"}'],
    ],
    [
      'arguments in front of the name',
      hermes,
      '<tool_call>{"arguments":{"q":"a"},"name":"search"}</tool_call>',
      ['search {"q":"a"}'],
    ],
    [
      'further keys',
      new InternlmParser(),
      '<|action_start|><|plugin|>{"id":[1,{}],"name":"now","type":"function"}<|action_end|>',
      ['now {}'],
    ],
    ['no tag: Llama', llama, '{"name":"search","parameters":{"q":"a"}}', ['search {"q":"a"}']],
    ['no tag behind text: Llama', llama, 'Sure.\n{"name":"now","parameters":{}}', ['now {}'], 'Sure.\n'],
    [
      'two calls joined by a semicolon',
      llama,
      '<|python_tag|>{"name":"search","parameters":{"q":"a"}};{"name":"now","parameters":{}}',
      ['search {"q":"a"}', 'now {}'],
    ],
    [
      'a token of the end: Llama',
      llama,
      '<|python_tag|>{"name":"now","parameters":{}}<|eom_id|>',
      ['now {}'],
    ],
    [
      'cut within a call',
      hermes,
      '<tool_call>{"name":"search","arguments":{"q":"a',
      ['search {"q":"a-'],
      '',
      'length',
    ],
    [
      'cut within an escape',
      hermes,
      '<tool_call>{"name":"search","arguments":{"q":"a\\u12',
      ['search {"q":"a-'],
      '',
      'length',
    ],
    [
      'cut behind a parameter',
      coder,
      fn('<parameter=q>\na\n</parameter>'),
      ['search {"q": "a"-'],
      '',
      'length',
    ],
    ['cut behind a name', hermes, '<tool_call>{"name":"search"', ['search -'], '', 'length'],
    [
      'a mark in a sentence',
      hermes,
      'Write <tool_call> first. <tool_call>{"name":"now"}</tool_call>',
      ['now {}'],
      'Write <tool_call> first. ',
    ],
    [
      'an unknown tool in a code fence',
      hermes,
      '```\n<tool_call>{"name":"fly"}</tool_call>\n```',
      [],
      '```\n<tool_call>{"name":"fly"}</tool_call>\n```',
    ],
    [
      'an integer with a fraction of nothing',
      hermes,
      '<tool_call>{"name":"search","arguments":{"limit":120000.0}}</tool_call>',
      ['search {"limit":120000}'],
    ],
    [
      'a quoted integer',
      hermes,
      '<tool_call>{"name":"search","arguments":{"limit":"3"}}</tool_call>',
      ['search {"limit":3}'],
    ],
    [
      'a text that is no integer',
      coder,
      fn('<parameter=limit>\nmany\n</parameter>\n</function></tool_call>'),
      ['search {"limit": "many"}'],
    ],
    [
      'a text of digits',
      coder,
      fn('<parameter=q>\n77004\n</parameter>\n</function></tool_call>'),
      ['search {"q": "77004"}'],
    ],
    [
      'null for a text that may be null',
      coder,
      fn(
        '<parameter=note>\nnull\n</parameter>\n<parameter=exact>\nTrue\n</parameter>\n</function></tool_call>',
      ),
      ['search {"note": null, "exact": true}'],
    ],
    [
      'a list in Python',
      glm,
      "<tool_call>search<arg_key>tags</arg_key><arg_value>['a', 'b']</arg_value></tool_call>",
      ['search {"tags": ["a", "b"]}'],
    ],
    [
      'JSON by its own word',
      new DeepSeekV32Parser(),
      '<｜DSML｜function_calls><｜DSML｜invoke name="search"><｜DSML｜parameter name="x" string="false">{"a": 1}</｜DSML｜parameter><｜DSML｜parameter name="limit" string="true">5</｜DSML｜parameter></｜DSML｜invoke></｜DSML｜function_calls>',
      ['search {"x": {"a": 1}, "limit": "5"}'],
    ],
    [
      'a key twice',
      hermes,
      '<tool_call>{"name":"search","arguments":{"q":"a","q":"b"}}</tool_call>',
      ['search {"q":"a","q":"b"}'],
    ],
    [
      'pretty-printed JSON',
      hermes,
      '<tool_call>\n{\n  "name": "search",\n  "arguments": {\n    "q": "a"\n  }\n}\n</tool_call>',
      ['search {\n    "q": "a"\n  }'],
    ],
    [
      'escaped letters',
      hermes,
      '<tool_call>{"name":"search","arguments":{"q":"\\u5317\\ud83d\\ude00"}}</tool_call>',
      ['search {"q":"\\u5317\\ud83d\\ude00"}'],
    ],
    [
      'arguments that are a text',
      hermes,
      '<tool_call>{"name":"search","arguments":"{\\"q\\": \\"a\\"}"}</tool_call>',
      ['search {"q": "a"}'],
    ],
    [
      'an id in front of arguments',
      mistral,
      '[TOOL_CALLS]search[CALL_ID]abcdefghi[ARGS]{"q":"a"}',
      ['search {"q":"a"}'],
    ],
    ['one object: Mistral', mistral, '[TOOL_CALLS] {"name":"now","arguments":{}}', ['now {}']],
    ['no marks but the name: Mistral', mistral, '[TOOL_CALLS]search{"q":"a"}', ['search {"q":"a"}']],
    [
      'marks of Llama 4',
      pythonic,
      "<|python_start|>[now(), search(q='a', tags=['b'])]<|python_end|>",
      ['now {}', 'search {"q": "a", "tags": ["b"]}'],
    ],
    ['a list that is none', pythonic, '[1, 2]\n[see](url)', [], '[1, 2]\n[see](url)'],
    [
      'arguments that break off',
      hermes,
      '<tool_call>{"name":"search","arguments":{"q":"a", oops}}</tool_call>',
      ['search {"q":"a", -'],
      'oops}}</tool_call>',
    ],
  ])('should be right here: %s', (_what, family, document, calls, text = '', reason = 'stop') => {
    const whole = parse(family, [document], reason);
    expect(summarise(whole)).toEqual({ text, calls });
    expect(parse(family, document.split(''), reason)).toEqual(whole);
  });

  it('should count what began like a call and was none', () => {
    const parser = hermes.create(TOOLS);
    parser.pushText('<tool_call>{"name":"search","arguments":5}</tool_call> <tool_call> prose');
    parser.end('stop');
    expect(parser.malformed).toBe(1);
  });
});
