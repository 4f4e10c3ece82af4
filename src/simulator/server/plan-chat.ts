import { type Generation, generate } from '../engine/generation.js';
import { countTokens } from '../engine/prompt-cache.js';
import { stripSpecialTokens } from '../engine/strip-special-tokens.js';
import { mayThink, startsInReasoning } from '../engine/thinking.js';
import { OutputParser } from '../output/output-parser.js';
import { TOOL_BLOCKS } from '../output/tool-blocks.js';
import { decideAnswer } from '../script/decide-answer.js';
import { ECHO_PROMPT, echoAnswer } from '../script/echo-script.js';
import { renderAnswer } from '../script/render-answer.js';
import type { SimulatorOptions } from '../simulator-options.js';
import { LMDEPLOY_TOOL_PARSERS } from '../tool-formats.js';
import { ApiError } from './api-error.js';
import { type ChatRequest, isJson } from './chat-request.js';
import { shortUuid, unixSeconds } from './ids.js';
import type { SimulatorState } from './simulator-state.js';

/** All that is known of an answer before its first token is sent. */
export interface ChatPlan {
  id: string;
  created: number;
  request: ChatRequest;
  promptTokens: number;
  cachedTokens: number;
  /** One a choice. */
  generations: Generation[];
  newParser: (callIdPrefix: string) => OutputParser;
  countsReasoning: boolean;
}

/**
 * Decides what is answered to a request.
 *
 * @throws ApiError when the prompt does not fit into the context
 */
export function planChat(request: ChatRequest, state: SimulatorState): ChatPlan {
  const { options } = state;
  const echo = options.script === 'echo' ? echoAnswer(request) : undefined;
  const promptTokens = echo?.promptTokens ?? countTokens(request.promptText);
  if (promptTokens >= options.sessionLen) {
    throw ApiError.flat(
      400,
      `Input length (${promptTokens}) must be smaller than the model context length (${options.sessionLen}).`,
    );
  }
  const room = options.sessionLen - promptTokens;
  const limits = { ...request, maxTokens: Math.min(request.maxTokens ?? room, room) };
  return {
    id: `chatcmpl-${shortUuid()}`,
    created: unixSeconds(),
    request,
    promptTokens,
    cachedTokens: echo ? ECHO_PROMPT.cached : state.promptCache.visit(request.promptText, promptTokens),
    generations: Array.from({ length: request.n }, (_, index) =>
      generate(echo?.answer ?? { text: scriptedText(request, options, index) }, limits),
    ),
    newParser: (prefix) => new OutputParser(parserSetup(request, options, prefix)),
    countsReasoning: options.reasoningParser !== 'none',
  };
}

/** The choices of one request differ in their seed, as LMDeploy counts it up. */
function scriptedText(request: ChatRequest, options: SimulatorOptions, index: number): string {
  const { reasoningParser } = options;
  const seed = (request.seed ?? options.seed) + index;
  const answer = decideAnswer({ ...request, seed }, seed, mayThink(reasoningParser, request.thinking));
  const text = renderAnswer(answer, options, request.thinking);
  const keepsSpecial = !request.skipSpecialTokens || parsesTools(request, options);
  return keepsSpecial ? text : stripSpecialTokens(text);
}

const parsesTools = ({ toolChoice }: ChatRequest, { toolCallParser }: SimulatorOptions) =>
  toolCallParser !== 'none' && toolChoice.mode !== 'none';

function parserSetup(request: ChatRequest, options: SimulatorOptions, callIdPrefix: string) {
  const format = LMDEPLOY_TOOL_PARSERS.get(options.toolCallParser);
  const parameters = new Map(request.tools.map((tool) => [tool.name, tool.parameters.properties]));
  return {
    reasoning: options.reasoningParser !== 'none',
    startsInReasoning: startsInReasoning(options.reasoningParser, request.thinking),
    block: format && parsesTools(request, options) ? TOOL_BLOCKS[format] : undefined,
    types: (tool: string, parameter: string) => {
      const properties = parameters.get(tool);
      const schema = isJson(properties) ? properties[parameter] : undefined;
      const type: unknown = isJson(schema)
        ? [schema.type].flat().find((entry) => entry !== 'null')
        : undefined;
      return typeof type === 'string' ? type : undefined;
    },
    newCallId: () => `${callIdPrefix}${shortUuid()}`,
  };
}
