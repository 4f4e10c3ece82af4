import type { ParsedFormat } from '../tool-formats.js';
import { DsmlPayload } from './dsml-payload.js';
import { Glm47Payload } from './glm47-payload.js';
import { JsonPayload } from './json-payload.js';
import type { ParameterTypes, PayloadReader } from './payload-reader.js';
import { Qwen3CoderPayload } from './qwen3coder-payload.js';

/** How a format marks a block of calls, and who reads its inside. */
export interface ToolBlock {
  open: string;
  close: string | undefined;
  reader: (types: ParameterTypes) => PayloadReader;
}

/** The blocks that LMDeploy's tool parsers know. */
export const TOOL_BLOCKS: Readonly<Record<ParsedFormat, ToolBlock>> = {
  qwen3: { open: '<tool_call>', close: '</tool_call>', reader: () => new JsonPayload(true) },
  qwen3coder: {
    open: '<tool_call>',
    close: '</tool_call>',
    reader: (types) => new Qwen3CoderPayload(types),
  },
  glm47: { open: '<tool_call>', close: '</tool_call>', reader: (types) => new Glm47Payload(types) },
  llama3: { open: '<|python_tag|>', close: undefined, reader: () => new JsonPayload(false) },
  internlm: { open: '<|action_start|>', close: '<|action_end|>', reader: () => new JsonPayload(true) },
  'deepseek-v32': {
    open: '<｜DSML｜function_calls>',
    close: '</｜DSML｜function_calls>',
    reader: () => new DsmlPayload(),
  },
  'deepseek-v4': {
    open: '<｜DSML｜tool_calls>',
    close: '</｜DSML｜tool_calls>',
    reader: () => new DsmlPayload(),
  },
};
