import {
  asJson,
  asList,
  type ChatMessage,
  type ChatRequest,
  isJson,
  type Json,
  type ToolChoice,
  type ToolDefinition,
} from '../chat-request.js';
import type { SimulatorOptions } from '../simulator-options.js';
import { ApiError } from './api-error.js';

const EFFORTS: readonly unknown[] = ['low', 'medium', 'high', 'max'];

/**
 * The request in a body, after those of LMDeploy's checks that a gateway has to know of.
 *
 * @throws ApiError with status 400 or 404
 */
export function readChatRequest(value: unknown, options: SimulatorOptions): ChatRequest {
  const body = asJson(value);
  const refusal = findRefusal(body, options);
  if (refusal) throw new ApiError(400, refusal);
  const model = String(body.model);
  if (model !== options.model) throw new ApiError(404, `The model '${model}' does not exist.`);
  return {
    model,
    messages: asList(body.messages).filter(isJson).map(readMessage),
    // Tools come first, as in a template.
    promptText: JSON.stringify([body.tools ?? [], body.messages]),
    stream: body.stream === true,
    includeUsage: asJson(body.stream_options).include_usage === true,
    tools: readTools(body.tools),
    toolChoice: readToolChoice(body.tool_choice),
    parallelToolCalls: body.parallel_tool_calls !== false,
    maxTokens: number(body.max_completion_tokens) ?? number(body.max_tokens),
    stop: [body.stop].flat().filter((word): word is string => typeof word === 'string'),
    skipSpecialTokens: body.skip_special_tokens !== false,
    seed: number(body.seed),
    logprobs: body.logprobs === true ? (number(body.top_logprobs) ?? 0) : undefined,
    responseFormat: asJson(body.response_format),
    reasoningEffort: typeof body.reasoning_effort === 'string' ? body.reasoning_effort : undefined,
    thinking: readThinking(body),
  };
}

const number = (value: unknown) => (typeof value === 'number' ? value : undefined);

function findRefusal(body: Json, options: SimulatorOptions): string | undefined {
  const { model, messages, reasoning_effort: effort, logprobs, top_logprobs: top, tools } = body;
  if (model === undefined) return 'model: Field required';
  if (!Array.isArray(messages)) return 'messages: Field required';
  if (effort !== undefined && effort !== null && !EFFORTS.includes(effort)) {
    return "reasoning_effort: Input should be 'low', 'medium', 'high' or 'max'";
  }
  if (logprobs === true && options.logprobsMode === 'none') {
    return `Logprobs(True)/top_logprobs(${number(top) ?? 'None'}) requested but not enabled logprobs_mode in engine configuration`;
  }
  if (readTools(tools).length > 0 && options.toolCallParser === 'none' && body.tool_choice !== 'none') {
    return 'Please launch the api_server with --tool-call-parser if you want to use tools.';
  }
  return messages.filter(isJson).flatMap(callsOf).every(hasJsonArguments)
    ? undefined
    : 'Tool call arguments contain invalid JSON';
}

function hasJsonArguments(call: Json): boolean {
  const { arguments: text } = asJson(call.function);
  if (typeof text !== 'string') return true;
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

const callsOf = ({ role, tool_calls: calls }: Json) =>
  role === 'assistant' ? asList(calls).filter(isJson) : [];

/** A message as a text-only model gets it: image parts vanish. */
function readMessage(message: Json): ChatMessage {
  return {
    role: String(message.role),
    text: contentText(message.content),
    ...(typeof message.tool_call_id === 'string' && { toolCallId: message.tool_call_id }),
    toolCalls: callsOf(message).map((call) => ({
      id: String(call.id),
      name: String(asJson(call.function).name),
    })),
  };
}

function contentText(content: unknown): string {
  if (typeof content === 'string') return content;
  const parts = asList(content).filter(isJson);
  return parts.flatMap(({ text }) => (typeof text === 'string' ? [text] : [])).join('\n');
}

function readTools(tools: unknown): ToolDefinition[] {
  return asList(tools).flatMap((tool) => {
    const { name, parameters } = asJson(asJson(tool).function);
    return typeof name === 'string' ? [{ name, parameters: asJson(parameters) }] : [];
  });
}

/** The choice in one shape; LMDeploy only narrows the rendered tools by it. */
function readToolChoice(choice: unknown): ToolChoice {
  if (choice === 'none' || choice === 'required') return { mode: choice };
  if (!isJson(choice)) return { mode: 'auto' };
  const names = (tools: unknown) => readTools(tools).map((tool) => tool.name);
  if (choice.type === 'function') return { mode: 'required', names: names([choice]) };
  const allowed = asJson(choice.allowed_tools);
  return { mode: allowed.mode === 'required' ? 'required' : 'auto', names: names(allowed.tools) };
}

function readThinking(body: Json): boolean | undefined {
  const { enable_thinking: enabled, thinking } = asJson(body.chat_template_kwargs);
  return [enabled, thinking, body.enable_thinking].find((flag) => typeof flag === 'boolean');
}
