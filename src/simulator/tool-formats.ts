/** Every raw text form in which the simulated model can write its tool calls. */
export const TOOL_FORMATS = [
  'qwen3',
  'qwen3coder',
  'glm47',
  'llama3',
  'internlm',
  'deepseek-v3',
  'deepseek-v31',
  'deepseek-v32',
  'deepseek-v4',
  'kimi-k2',
  'mistral',
  'mistral-args',
  'minimax-m2',
  'pythonic',
  'harmony',
] as const;

/** One of {@link TOOL_FORMATS}. */
export type ToolFormat = (typeof TOOL_FORMATS)[number];

/** The formats that LMDeploy itself can parse. */
export type ParsedFormat = Extract<
  ToolFormat,
  'qwen3' | 'qwen3coder' | 'glm47' | 'llama3' | 'internlm' | 'deepseek-v32' | 'deepseek-v4'
>;

/** LMDeploy's names for `--tool-call-parser`; several share one format. */
export const LMDEPLOY_TOOL_PARSERS: ReadonlyMap<string, ParsedFormat> = new Map([
  ['qwen', 'qwen3'],
  ['qwen3', 'qwen3'],
  ['qwen2d5', 'qwen3'],
  ['qwen3coder', 'qwen3coder'],
  ['interns2-preview', 'qwen3coder'],
  ['glm47', 'glm47'],
  ['llama3', 'llama3'],
  ['internlm', 'internlm'],
  ['intern-s1', 'internlm'],
  ['deepseek-v32', 'deepseek-v32'],
  ['deepseek-v3.2', 'deepseek-v32'],
  ['deepseek-v4', 'deepseek-v4'],
]);

const FORMAT_ALIASES: ReadonlyMap<string, ToolFormat> = new Map([
  ...LMDEPLOY_TOOL_PARSERS,
  ['hermes', 'qwen3'],
  ['qwen3_coder', 'qwen3coder'],
  ['glm45', 'glm47'],
  ['deepseek-r1', 'deepseek-v3'],
  ['deepseek-v3.1', 'deepseek-v31'],
  ['llama4', 'pythonic'],
  ['gpt-oss', 'harmony'],
]);

/** The format with this name or alias (`hermes` is `qwen3`, `gpt-oss` is `harmony`, …). */
export function findToolFormat(name: string): ToolFormat | undefined {
  return TOOL_FORMATS.find((format) => format === name) ?? FORMAT_ALIASES.get(name);
}

/** LMDeploy's names for `--reasoning-parser`, with the one each stands for. */
export const LMDEPLOY_REASONING_PARSERS: ReadonlyMap<string, 'default' | 'deepseek'> = new Map([
  ['default', 'default'],
  ['qwen-qwq', 'default'],
  ['intern-s1', 'default'],
  ['deepseek-r1', 'default'],
  ['deepseek-v3', 'deepseek'],
  ['deepseek-v32', 'deepseek'],
  ['deepseek-v3.2', 'deepseek'],
  ['deepseek-v4', 'deepseek'],
]);
