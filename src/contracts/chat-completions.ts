/**
 * Wire types of chat completions as model servers speak it (LMDeploy first).
 * Requests are typed as we write them; answers leniently, as servers differ.
 */

export type ChatTextPart = { type: 'text'; text: string };
export type ChatImagePart = { type: 'image_url'; image_url: { url: string; detail?: string } };
/** Sound by URL as LMDeploy, vLLM and SGLang take it, or as data alone, which is OpenAI's form. */
export type ChatAudioPart =
  | { type: 'audio_url'; audio_url: { url: string } }
  | { type: 'input_audio'; input_audio: { data: string; format: string } };
export type ChatVideoPart = { type: 'video_url'; video_url: { url: string } };
export type ChatMediaPart = ChatImagePart | ChatAudioPart | ChatVideoPart;
export type ChatContentPart = ChatTextPart | ChatMediaPart;

export interface ChatToolCall {
  id: string;
  type: 'function';
  function: { name: string; arguments: string };
}

export interface ChatSystemMessage {
  role: 'system' | 'developer';
  content: string;
}

export interface ChatUserMessage {
  role: 'user';
  content: string | ChatContentPart[];
}

export interface ChatAssistantMessage {
  role: 'assistant';
  content: string | null;
  reasoning_content?: string;
  reasoning?: string;
  tool_calls?: ChatToolCall[];
}

export interface ChatToolMessage {
  role: 'tool';
  tool_call_id: string;
  content: string;
}

export type ChatMessage = ChatSystemMessage | ChatUserMessage | ChatAssistantMessage | ChatToolMessage;

export interface ChatTool {
  type: 'function';
  function: { name: string; description?: string; parameters?: Record<string, unknown>; strict?: boolean };
}

export type ChatToolChoice = 'none' | 'auto' | 'required' | { type: 'function'; function: { name: string } };

export type ChatResponseFormat =
  | { type: 'text' }
  | { type: 'json_object' }
  | {
      type: 'json_schema';
      json_schema: { name: string; description?: string; schema: Record<string, unknown>; strict?: boolean };
    };

/** The body that goes upstream. Sampling extensions of model servers ride along as further keys. */
export interface ChatRequest {
  model: string;
  messages: ChatMessage[];
  stream?: boolean;
  stream_options?: { include_usage: boolean };
  tools?: ChatTool[];
  tool_choice?: ChatToolChoice;
  parallel_tool_calls?: boolean;
  response_format?: ChatResponseFormat;
  max_completion_tokens?: number;
  max_tokens?: number;
  temperature?: number;
  top_p?: number;
  presence_penalty?: number;
  frequency_penalty?: number;
  stop?: string | string[];
  seed?: number;
  logprobs?: boolean;
  top_logprobs?: number;
  reasoning_effort?: string;
  chat_template_kwargs?: Record<string, unknown>;
  user?: string;
  [extension: string]: unknown;
}

export interface ChatLogprob {
  token: string;
  logprob: number;
  bytes?: number[] | null;
  top_logprobs?: ChatLogprob[] | null;
}

export interface ChatToolCallDelta {
  index?: number | null;
  id?: string | null;
  type?: string | null;
  function?: { name?: string | null; arguments?: string | Record<string, unknown> | null } | null;
}

/** A piece of a text in Mistral's and OpenAI's form of lists; also alone, as an object with its text. */
export interface ChatPart {
  type?: string | null;
  text?: string | null;
  thinking?: ChatTexts;
  reasoning?: ChatTexts;
  content?: ChatTexts;
  refusal?: string | null;
}

export type ChatTexts = string | ChatPart | (ChatPart | string)[] | null | undefined;

/** A streamed delta and a whole message differ only in how much each field holds. */
export interface ChatDelta {
  role?: string | null;
  content?: ChatTexts;
  reasoning_content?: ChatTexts;
  reasoning?: ChatTexts;
  refusal?: string | null;
  tool_calls?: (ChatToolCallDelta | null)[] | null;
}

export interface ChatChoice {
  index?: number | null;
  delta?: ChatDelta | null;
  message?: ChatDelta | null;
  logprobs?: { content?: ChatLogprob[] | null } | null;
  finish_reason?: string | { type: string } | null;
  /** The word of the server behind a proxy. */
  native_finish_reason?: string | null;
  /** Where some servers count. */
  usage?: ChatUsage | null;
}

export interface ChatUsage {
  prompt_tokens?: number | null;
  completion_tokens?: number | null;
  total_tokens?: number | null;
  prompt_tokens_details?: { cached_tokens?: number | null; cache_write_tokens?: number | null } | null;
  completion_tokens_details?: { reasoning_tokens?: number | null } | null;
  /** Names of other servers. */
  [count: string]: unknown;
}

/** One `data:` line of a stream, or the whole body of a non-streamed answer. */
export interface ChatCompletion {
  id?: string;
  object?: string;
  created?: number;
  model?: string;
  choices?: (ChatChoice | null)[] | null;
  usage?: ChatUsage | null;
  error?: unknown;
}

/** The choice that is the answer: the one of index 0, wherever it stands. */
export function choiceOf({ choices }: ChatCompletion): ChatChoice | undefined {
  const first = choices?.[0];
  if (first && !first.index) return first;
  if (!Array.isArray(choices)) return undefined;
  return choices.find((choice) => choice && (choice.index ?? 0) === 0) ?? undefined;
}

/** Words by which some servers say in each delta that the answer goes on. */
const NO_REASON = /^(?:null|none|undefined|in[-_ ]?progress|(?:finish_reason_)?unspecified)$/i;

/** Why a choice ends; null while it goes on. */
export function finishReasonOf({ finish_reason: reason }: ChatChoice): ChatChoice['finish_reason'] {
  return !reason || (typeof reason === 'string' && NO_REASON.test(reason)) ? null : reason;
}

/** Stands at the end of a stream that the server itself has ended, with `[DONE]`. */
export const STREAM_END: ChatCompletion = Object.freeze({ choices: [] });

export interface ChatModel {
  id: string;
  object: string;
  created: number;
  owned_by: string;
  [extension: string]: unknown;
}
