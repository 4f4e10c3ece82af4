import type { SimulatorOptions } from '../simulator-options.js';
import { ApiError } from './api-error.js';
import { type ChatRequest, isJson, type Json } from './chat-request.js';
import { checkSampling } from './check-sampling.js';
import { findFieldErrors } from './field-errors.js';
import { readMessages } from './read-messages.js';
import { readToolChoice, readTools } from './read-tools.js';
import { validationError } from './validation-error.js';

/**
 * The request in a body, after the checks LMDeploy makes and in the order in which it makes them.
 *
 * @throws ApiError
 */
export function readChatRequest(body: unknown, options: SimulatorOptions): ChatRequest {
  const errors = findFieldErrors(body);
  if (errors.length > 0 || !isJson(body)) throw validationError(errors, options.lmdeployVersion);
  const model = String(body.model);
  if (model !== options.model) throw ApiError.flat(404, `The model '${model}' does not exist.`);
  checkSampling(body, options);
  const toolChoice = readToolChoice(body.tool_choice);
  const tools = readTools(body.tools);
  if (tools.length > 0 && toolChoice.mode !== 'none' && options.toolCallParser === 'none') {
    throw ApiError.flat(
      400,
      'Please launch the api_server with --tool-call-parser if you want to use tools.',
    );
  }
  return {
    model,
    messages: readMessages(body.messages),
    promptText: promptText(body),
    stream: body.stream === true,
    includeUsage: object(body.stream_options).include_usage === true,
    tools,
    toolChoice,
    parallelToolCalls: body.parallel_tool_calls !== false,
    n: number(body.n) ?? 1,
    maxTokens: number(body.max_completion_tokens) ?? number(body.max_tokens),
    stop: [body.stop].flat().filter((word): word is string => typeof word === 'string'),
    includeStop: body.include_stop_str_in_output === true,
    ignoreEos: body.ignore_eos === true,
    skipSpecialTokens: body.skip_special_tokens !== false,
    seed: number(body.seed),
    logprobs: body.logprobs === true ? (number(body.top_logprobs) ?? 0) : undefined,
    responseFormat: isJson(body.response_format) ? body.response_format : undefined,
    reasoningEffort: text(body.reasoning_effort),
    thinking: readThinking(body),
  };
}

const object = (value: unknown): Json => (isJson(value) ? value : {});
const number = (value: unknown) => (typeof value === 'number' ? value : undefined);
const text = (value: unknown) => (typeof value === 'string' ? value : undefined);

/** Tools come first, as in a template: only then the prompts of a conversation share their beginning. */
function promptText({ messages, tools }: Json): string {
  return (
    (tools ? JSON.stringify(tools) : '') +
    (typeof messages === 'string' ? messages : JSON.stringify(messages))
  );
}

/** The template argument wins over the deprecated top-level field. */
function readThinking(body: Json): boolean | undefined {
  const template = object(body.chat_template_kwargs);
  const flags = [template.enable_thinking, template.thinking, body.enable_thinking];
  return flags.find((flag) => typeof flag === 'boolean');
}
