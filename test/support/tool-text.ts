/** A call as a model means it. */
export interface WrittenCall {
  name: string;
  args: Record<string, unknown>;
}

/** How the tests write a family's text: code of their own, so that the parsers are not compared with themselves. */
export interface FamilyText {
  /** A name of the parser. */
  parser: string;
  /** Where a parser reads several forms: what sets this one apart. */
  name?: string;
  render(calls: readonly WrittenCall[]): string;
  /** Texts that look like a call of `search` and are none. */
  malformed: readonly string[];
  /** Whether calls must stand at the start of a line. */
  startsLine?: boolean;
  /** Where text values stand bare: what would end one, so that no value may hold it. */
  ambiguous?: RegExp;
  /** Whether text too has marks around it, which are not part of it. */
  marksText?: boolean;
  /** Whether arguments come out exactly as the model wrote them. */
  verbatim?: boolean;
}

const json = JSON.stringify;
const bare = (value: unknown) => (typeof value === 'string' ? value : json(value));
const each = (
  calls: readonly WrittenCall[],
  render: (call: WrittenCall, index: number) => string,
  joint = '',
) => calls.map(render).join(joint);
const pairs = ({ args }: WrittenCall, render: (key: string, value: unknown) => string, joint = '') =>
  Object.entries(args)
    .map(([key, value]) => render(key, value))
    .join(joint);

const hermes = (calls: readonly WrittenCall[]) =>
  each(
    calls,
    ({ name, args }) => `<tool_call>\n{"name": ${json(name)}, "arguments": ${json(args)}}\n</tool_call>`,
  );
const deepseek = (inner: (call: WrittenCall) => string) => (calls: readonly WrittenCall[]) =>
  `<｜tool▁calls▁begin｜>${each(
    calls,
    (call) => `<｜tool▁call▁begin｜>${inner(call)}<｜tool▁call▁end｜>`,
  )}<｜tool▁calls▁end｜>`;
const dsml = (block: string) => (calls: readonly WrittenCall[]) =>
  `<｜DSML｜${block}>\n${each(
    calls,
    (call) =>
      `<｜DSML｜invoke name="${call.name}">\n${pairs(
        call,
        (key, value) =>
          `<｜DSML｜parameter name="${key}" string="${typeof value === 'string'}">${bare(value)}</｜DSML｜parameter>\n`,
      )}</｜DSML｜invoke>\n`,
  )}</｜DSML｜${block}>`;
const DSML_END =
  /<\/｜DSML｜parameter>\s*(?:<｜DSML｜parameter name="|<\/｜DSML｜(?:invoke|function_calls|tool_calls)>|$)/;
const dsmlMalformed = (block: string) => [
  `<｜DSML｜${block}>`,
  `<｜DSML｜${block}> and more`,
  `<｜DSML｜${block}><｜DSML｜invoke name=search>`,
  `<｜DSML｜${block}><｜DSML｜invoke name="search">nothing</｜DSML｜invoke>`,
];

function python(value: unknown): string {
  if (value === null) return 'None';
  if (typeof value === 'boolean') return value ? 'True' : 'False';
  if (Array.isArray(value)) return `[${value.map(python).join(', ')}]`;
  if (typeof value === 'string')
    return `'${value.replace(/[\\']/g, '\\$&').replaceAll('\n', '\\n').replaceAll('\r', '\\r')}'`;
  if (typeof value !== 'object') return json(value);
  return `{${Object.entries(value)
    .map(([key, entry]) => `${python(key)}: ${python(entry)}`)
    .join(', ')}}`;
}
const pythonCall = (call: WrittenCall) =>
  `${call.name}(${pairs(call, (key, value) => `${key}=${python(value)}`, ', ')})`;

const MALFORMED_OBJECTS = [
  '{name: search}',
  '{"arguments": {"query": "x"}}',
  '{"name": 5, "arguments": {}}',
  '{"name": "search", "arguments": 5}',
  '{"name": "search", "arguments": [1]}',
  '{"name": "search" and more',
];

/** Every family, under one name of its parser. */
export const FAMILY_TEXTS: readonly FamilyText[] = [
  {
    parser: 'hermes',
    render: hermes,
    malformed: [
      '<tool_call>',
      '<tool_call> and prose',
      ...MALFORMED_OBJECTS.map((object) => `<tool_call>\n${object}\n</tool_call>`),
    ],
    verbatim: true,
  },
  {
    parser: 'qwen3coder',
    render: (calls) =>
      each(
        calls,
        (call) =>
          `<tool_call>\n<function=${call.name}>\n${pairs(
            call,
            (key, value) => `<parameter=${key}>\n${bare(value)}\n</parameter>\n`,
          )}</function>\n</tool_call>`,
      ),
    malformed: [
      '<tool_call>\n<function=>\n</function>\n</tool_call>',
      '<function=search> is how it begins',
      '<function=search',
      '<tool_call>search</tool_call>',
    ],
    ambiguous: /<\/parameter>\s*(?:<parameter=|<\/function>|<\/tool_call>|$)/,
  },
  {
    parser: 'glm45',
    render: (calls) =>
      each(
        calls,
        (call) =>
          `<tool_call>${call.name}\n${pairs(
            call,
            (key, value) => `<arg_key>${key}</arg_key>\n<arg_value>${bare(value)}</arg_value>\n`,
          )}</tool_call>`,
      ),
    malformed: ['<tool_call>', '<tool_call>search it', '<tool_call>search<b>x</b></tool_call>'],
    ambiguous: /<\/arg_value>\s*(?:<arg_key>|<\/tool_call>|$)/,
  },
  {
    parser: 'deepseek-v3',
    render: deepseek(({ name, args }) => `function<｜tool▁sep｜>${name}\n\`\`\`json\n${json(args)}\n\`\`\``),
    malformed: [
      '<｜tool▁calls▁begin｜> and prose',
      '<｜tool▁call▁begin｜>function<｜tool▁sep｜>search\nquery<｜tool▁call▁end｜>',
      '<｜tool▁call▁begin｜>function<｜tool▁sep｜>search\n```json\n5\n```<｜tool▁call▁end｜>',
    ],
    verbatim: true,
  },
  {
    parser: 'deepseek-v31',
    render: deepseek(({ name, args }) => `${name}<｜tool▁sep｜>${json(args)}`),
    malformed: [
      '<｜tool▁calls▁begin｜>search',
      '<｜tool▁call▁begin｜>search<｜tool▁sep｜>query<｜tool▁call▁end｜>',
    ],
    verbatim: true,
  },
  {
    parser: 'deepseek-v32',
    render: dsml('function_calls'),
    malformed: dsmlMalformed('function_calls'),
    ambiguous: DSML_END,
  },
  {
    parser: 'deepseek-v4',
    render: dsml('tool_calls'),
    malformed: dsmlMalformed('tool_calls'),
    ambiguous: DSML_END,
  },
  {
    parser: 'kimi-k2',
    render: (calls) =>
      `<|tool_calls_section_begin|>${each(
        calls,
        ({ name, args }, index) =>
          `<|tool_call_begin|>functions.${name}:${index}<|tool_call_argument_begin|>${json(args)}<|tool_call_end|>`,
      )}<|tool_calls_section_end|>`,
    malformed: [
      '<|tool_calls_section_begin|><|tool_calls_section_end|>',
      '<|tool_call_begin|>functions.search:0 {}',
      '<|tool_call_begin|>functions.search:0<|tool_call_argument_begin|>query<|tool_call_end|>',
    ],
    verbatim: true,
  },
  {
    parser: 'mistral',
    render: (calls) => `[TOOL_CALLS]${json(calls.map(({ name, args }) => ({ name, arguments: args })))}`,
    malformed: ['[TOOL_CALLS]', '[TOOL_CALLS] search', '[TOOL_CALLS][]', '[TOOL_CALLS][{"name": 5}]'],
    verbatim: true,
  },
  {
    parser: 'mistral',
    name: 'mistral-args',
    render: (calls) => each(calls, ({ name, args }) => `[TOOL_CALLS]${name}[ARGS]${json(args)}`),
    malformed: ['[TOOL_CALLS]search[ARGS]', '[TOOL_CALLS]search[ARGS]query'],
    verbatim: true,
  },
  {
    parser: 'llama3',
    render: (calls) =>
      `<|python_tag|>${each(calls, ({ name, args }) => json({ name, parameters: args }), '; ')}`,
    malformed: ['<|python_tag|>print("x")', ...MALFORMED_OBJECTS.map((object) => `<|python_tag|>${object}`)],
    verbatim: true,
  },
  {
    parser: 'llama3_json',
    render: (calls) => each(calls, ({ name, args }) => json({ name, parameters: args }), ';'),
    malformed: MALFORMED_OBJECTS,
    startsLine: true,
    verbatim: true,
  },
  {
    parser: 'internlm',
    render: (calls) =>
      each(
        calls,
        ({ name, args }) => `<|action_start|><|plugin|>\n${json({ name, parameters: args })}<|action_end|>`,
      ),
    malformed: [
      '<|action_start|><|interpreter|>\nprint(1)<|action_end|>',
      ...MALFORMED_OBJECTS.map((object) => `<|action_start|><|plugin|>\n${object}<|action_end|>`),
    ],
    verbatim: true,
  },
  {
    parser: 'minimax-m2',
    render: (calls) =>
      `<minimax:tool_call>\n${each(
        calls,
        (call) =>
          `<invoke name="${call.name}">\n${pairs(
            call,
            (key, value) => `<parameter name="${key}">${bare(value)}</parameter>\n`,
          )}</invoke>\n`,
      )}</minimax:tool_call>`,
    malformed: [
      '<minimax:tool_call>',
      '<minimax:tool_call>search</minimax:tool_call>',
      '<minimax:tool_call><invoke name="search">it</invoke></minimax:tool_call>',
    ],
    ambiguous: /<\/parameter>\s*(?:<parameter name="|<\/invoke>|<\/minimax:tool_call>|$)/,
  },
  {
    parser: 'pythonic',
    render: (calls) => `[${each(calls, pythonCall, ', ')}]`,
    malformed: ['[search', '[search]', '[search("x")]', '[search(5=1)]', '[see search(query="x")]'],
    startsLine: true,
  },
  {
    parser: 'olmo3',
    render: (calls) => `<function_calls>\n${each(calls, pythonCall, '\n')}\n</function_calls>`,
    malformed: ['<function_calls>', '<function_calls>none</function_calls>'],
  },
  {
    parser: 'harmony',
    render: (calls) =>
      each(
        calls,
        ({ name, args }) =>
          `<|channel|>commentary to=functions.${name} <|constrain|>json<|message|>${json(args)}<|call|>`,
        '<|start|>assistant',
      ),
    malformed: [
      `<|channel|>${'x'.repeat(300)}`,
      '<|channel|>commentary to=functions.search<|message|>query<|call|>',
    ],
    marksText: true,
    verbatim: true,
  },
];
