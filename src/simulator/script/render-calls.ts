import type { Json } from '../server/chat-request.js';
import { pythonDumps } from '../server/python-json.js';
import type { ToolFormat } from '../tool-formats.js';
import type { ScriptedCall } from './answer.js';

const json = (value: unknown) => pythonDumps(value, false);
const each = (calls: ScriptedCall[], render: (call: ScriptedCall, index: number) => string, joint = '') =>
  calls.map(render).join(joint);
const parameters = (args: Json, render: (name: string, value: unknown) => string) =>
  Object.entries(args)
    .map(([name, value]) => render(name, value))
    .join('');
/** XML forms write strings bare and everything else as JSON. */
const bare = (value: unknown) => (typeof value === 'string' ? value : json(value));

/** How each family writes calls; all of them call in the order given. */
export const RENDER_CALLS: Readonly<Record<ToolFormat, (calls: ScriptedCall[]) => string>> = {
  qwen3: (calls) =>
    each(calls, ({ name, args }) => `<tool_call>\n${json({ name, arguments: args })}\n</tool_call>`, '\n'),
  qwen3coder: (calls) =>
    each(
      calls,
      ({ name, args }) =>
        `<tool_call>\n<function=${name}>\n${parameters(
          args,
          (key, value) => `<parameter=${key}>\n${bare(value)}\n</parameter>\n`,
        )}</function>\n</tool_call>`,
      '\n',
    ),
  glm47: (calls) =>
    each(calls, ({ name, args }) => {
      const pair = (key: string, value: unknown) =>
        `<arg_key>${key}</arg_key><arg_value>${bare(value)}</arg_value>`;
      return `<tool_call>${name}${parameters(args, pair)}</tool_call>`;
    }),
  llama3: (calls) =>
    `<|python_tag|>${each(calls, ({ name, args }) => json({ name, parameters: args }), '; ')}`,
  internlm: (calls) =>
    each(
      calls,
      ({ name, args }) => `<|action_start|><|plugin|>\n${json({ name, parameters: args })}<|action_end|>`,
      '\n',
    ),
  'deepseek-v3': (calls) =>
    deepseek(calls, ({ name, args }) => `function<｜tool▁sep｜>${name}\n\`\`\`json\n${json(args)}\n\`\`\``),
  'deepseek-v31': (calls) => deepseek(calls, ({ name, args }) => `${name}<｜tool▁sep｜>${json(args)}`),
  'deepseek-v32': (calls) => dsml('function_calls', calls),
  'deepseek-v4': (calls) => dsml('tool_calls', calls),
  'kimi-k2': (calls) =>
    `<|tool_calls_section_begin|>${each(
      calls,
      ({ name, args }, index) =>
        `<|tool_call_begin|>functions.${name}:${index}<|tool_call_argument_begin|>${json(args)}<|tool_call_end|>`,
    )}<|tool_calls_section_end|>`,
  mistral: (calls) => `[TOOL_CALLS]${json(calls.map(({ name, args }) => ({ name, arguments: args })))}`,
  'mistral-args': (calls) => each(calls, ({ name, args }) => `[TOOL_CALLS]${name}[ARGS]${json(args)}`),
  'minimax-m2': (calls) =>
    `<minimax:tool_call>\n${each(calls, ({ name, args }) => {
      const pair = (key: string, value: unknown) => `<parameter name="${key}">${bare(value)}</parameter>\n`;
      return `<invoke name="${name}">\n${parameters(args, pair)}</invoke>\n`;
    })}</minimax:tool_call>`,
  pythonic: (calls) =>
    `[${each(
      calls,
      ({ name, args }) =>
        `${name}(${Object.entries(args)
          .map(([key, value]) => `${key}=${python(value)}`)
          .join(', ')})`,
      ', ',
    )}]`,
  harmony: (calls) =>
    each(
      calls,
      ({ name, args }) =>
        `<|channel|>commentary to=functions.${name} <|constrain|>json<|message|>${json(args)}<|call|>`,
      '<|start|>assistant',
    ),
};

function deepseek(calls: ScriptedCall[], render: (call: ScriptedCall) => string): string {
  const blocks = each(calls, (call) => `<｜tool▁call▁begin｜>${render(call)}<｜tool▁call▁end｜>`);
  return `<｜tool▁calls▁begin｜>${blocks}<｜tool▁calls▁end｜>`;
}

function dsml(block: string, calls: ScriptedCall[]): string {
  const pair = (key: string, value: unknown) =>
    `<｜DSML｜parameter name="${key}" string="${typeof value === 'string'}">${bare(value)}</｜DSML｜parameter>\n`;
  const invokes = each(
    calls,
    ({ name, args }) => `<｜DSML｜invoke name="${name}">\n${parameters(args, pair)}</｜DSML｜invoke>\n`,
  );
  return `<｜DSML｜${block}>\n${invokes}</｜DSML｜${block}>`;
}

function python(value: unknown): string {
  if (value === null) return 'None';
  if (typeof value === 'boolean') return value ? 'True' : 'False';
  if (Array.isArray(value)) return `[${value.map(python).join(', ')}]`;
  if (typeof value !== 'object') return json(value);
  return `{${Object.entries(value)
    .map(([key, entry]) => `${json(key)}: ${python(entry)}`)
    .join(', ')}}`;
}
