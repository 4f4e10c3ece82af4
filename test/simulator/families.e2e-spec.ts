import { type Simulator, startSimulator } from '../../src/simulator/simulator.js';
import type { SimulatorOptions } from '../../src/simulator/simulator-options.js';
import { LMDEPLOY_TOOL_PARSERS, type ToolFormat } from '../../src/simulator/tool-formats.js';
import { ask, callsOf, SEARCH, streamData, WEATHER } from './chat-client.js';

const QUESTION = 'Call the search tool with query 北京 "docs" and limit 3, and the get_weather tool.';
const CALLS = [
  ['search', { query: '北京 "docs"', limit: 3 }],
  ['get_weather', {}],
];
const FIELDS = { tools: [SEARCH, WEATHER] };

interface CallDelta {
  id?: string;
  index: number;
  function: { name?: string; arguments?: string };
}

/** Puts streamed calls together as a client must: no arguments are empty arguments. */
function foldCalls(data: string[]): [string, unknown][] {
  const calls: { name: string; args: string }[] = [];
  for (const text of data.slice(0, -1)) {
    const { choices } = JSON.parse(text) as { choices: { delta: { tool_calls?: CallDelta[] } }[] };
    for (const { index, function: fn } of choices[0]?.delta.tool_calls ?? []) {
      calls[index] ??= { name: fn.name ?? '', args: '' };
      calls[index].args += fn.arguments ?? '';
    }
  }
  return calls.map(({ name, args }) => [name, JSON.parse(args || '{}') as unknown]);
}

describe('Tool call families of the simulator', () => {
  const running: Simulator[] = [];

  const start = async (options: Partial<SimulatorOptions>) => {
    const simulator = await startSimulator(options);
    running.push(simulator);
    return simulator.url;
  };

  afterAll(async () => {
    await Promise.all(running.map((simulator) => simulator.close()));
  });

  // LMDeploy's llama3 parser cannot read two calls.
  const many = [...LMDEPLOY_TOOL_PARSERS.keys()].filter((name) => name !== 'llama3');

  it.each(many)('should read back the calls it writes for %s, streamed or not', async (toolCallParser) => {
    const url = await start({ toolCallParser });
    expect(callsOf(await ask(url, QUESTION, FIELDS))).toEqual(CALLS);
    expect(foldCalls(await streamData(url, QUESTION, FIELDS))).toEqual(CALLS);
  });

  it('should lose what LMDeploy loses of two calls of llama3: the arguments and the second call', async () => {
    const url = await start({ toolCallParser: 'llama3' });
    expect(foldCalls(await streamData(url, QUESTION, FIELDS))).toEqual([['search', {}]]);
    const one = 'Call the search tool with query x';
    expect(foldCalls(await streamData(url, one, FIELDS))).toEqual([['search', { query: 'x' }]]);
  });

  const RAW: [ToolFormat, string][] = [
    ['qwen3', '<tool_call>\n{"name": "search", "arguments": {"query": "北京"}}\n</tool_call>'],
    [
      'qwen3coder',
      '<tool_call>\n<function=search>\n<parameter=query>\n北京\n</parameter>\n</function>\n</tool_call>',
    ],
    ['glm47', '<tool_call>search<arg_key>query</arg_key><arg_value>北京</arg_value></tool_call>'],
    ['llama3', '<|python_tag|>{"name": "search", "parameters": {"query": "北京"}}'],
    [
      'internlm',
      '<|action_start|><|plugin|>\n{"name": "search", "parameters": {"query": "北京"}}<|action_end|>',
    ],
    [
      'deepseek-v3',
      '<｜tool▁calls▁begin｜><｜tool▁call▁begin｜>function<｜tool▁sep｜>search\n```json\n{"query": "北京"}\n```' +
        '<｜tool▁call▁end｜><｜tool▁calls▁end｜>',
    ],
    [
      'deepseek-v31',
      '<｜tool▁calls▁begin｜><｜tool▁call▁begin｜>search<｜tool▁sep｜>{"query": "北京"}<｜tool▁call▁end｜><｜tool▁calls▁end｜>',
    ],
    [
      'deepseek-v32',
      '<｜DSML｜function_calls>\n<｜DSML｜invoke name="search">\n' +
        '<｜DSML｜parameter name="query" string="true">北京</｜DSML｜parameter>\n</｜DSML｜invoke>\n</｜DSML｜function_calls>',
    ],
    [
      'deepseek-v4',
      '<｜DSML｜tool_calls>\n<｜DSML｜invoke name="search">\n' +
        '<｜DSML｜parameter name="query" string="true">北京</｜DSML｜parameter>\n</｜DSML｜invoke>\n</｜DSML｜tool_calls>',
    ],
    [
      'kimi-k2',
      '<|tool_calls_section_begin|><|tool_call_begin|>functions.search:0<|tool_call_argument_begin|>' +
        '{"query": "北京"}<|tool_call_end|><|tool_calls_section_end|>',
    ],
    ['mistral', '[TOOL_CALLS][{"name": "search", "arguments": {"query": "北京"}}]'],
    ['mistral-args', '[TOOL_CALLS]search[ARGS]{"query": "北京"}'],
    [
      'minimax-m2',
      '<minimax:tool_call>\n<invoke name="search">\n<parameter name="query">北京</parameter>\n</invoke>\n</minimax:tool_call>',
    ],
    ['pythonic', '[search(query="北京")]'],
    [
      'harmony',
      '<|channel|>commentary to=functions.search <|constrain|>json<|message|>{"query": "北京"}<|call|>',
    ],
  ];

  it.each(RAW)('should give the raw text of %s where nothing parses', async (toolFormat, text) => {
    const url = await start({ toolCallParser: 'none', reasoningParser: 'none', toolFormat });
    const fields = { tools: [SEARCH], tool_choice: 'none', skip_special_tokens: false };
    const answer = await ask(url, 'Call the search tool with query 北京.', fields);
    expect(answer.choices[0]).toMatchObject({
      finish_reason: 'stop',
      message: { content: text, tool_calls: null },
    });
  });

  it('should drop special tokens unless they are asked for', async () => {
    const url = await start({ toolCallParser: 'none', reasoningParser: 'none', toolFormat: 'internlm' });
    const fields = { tools: [SEARCH], tool_choice: 'none' };
    const answer = await ask(url, 'Call the search tool with query x.', fields);
    expect(answer.choices[0]?.message.content).toBe('\n{"name": "search", "parameters": {"query": "x"}}');
  });

  it('should leave calls as text on a parsing server when the choice is none', async () => {
    const url = await start({});
    const answer = await ask(url, 'Call the search tool with query x.', {
      tools: [SEARCH],
      tool_choice: 'none',
    });
    expect(answer.choices[0]?.message.content).toMatch(/^<tool_call>\n/);
    expect(answer.choices[0]?.finish_reason).toBe('stop');
  });

  it('should speak harmony in channels', async () => {
    const url = await start({ toolCallParser: 'none', reasoningParser: 'none', toolFormat: 'harmony' });
    const fields = { reasoning_effort: 'low', skip_special_tokens: false };
    expect((await ask(url, 'Reply exactly: pong', fields)).choices[0]?.message.content).toMatch(
      /^<\|channel\|>analysis<\|message\|>[^<]+<\|end\|><\|start\|>assistant<\|channel\|>final<\|message\|>pong<\|return\|>$/,
    );
  });
});
