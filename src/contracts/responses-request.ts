import type { PromptReference } from './responses-api.js';

/**
 * Body of `POST /v1/responses` after the check of its top level: scalars have their type, `null` counts as absent,
 * what has a shape of its own (`input`, `tools`, …) is still raw and is parsed by translation/request.
 */
export interface CreateResponseBody {
  model?: string | null;
  input?: unknown;
  instructions?: string | null;
  tools?: unknown[] | null;
  tool_choice?: unknown;
  parallel_tool_calls?: boolean | null;
  text?: Record<string, unknown> | null;
  response_format?: Record<string, unknown> | null;
  reasoning?: Record<string, unknown> | null;
  include?: unknown[] | null;
  stream?: boolean | null;
  stream_options?: Record<string, unknown> | null;
  store?: boolean | null;
  metadata?: Record<string, unknown> | null;
  user?: string | null;
  max_output_tokens?: number | null;
  max_completion_tokens?: number | null;
  max_tokens?: number | null;
  max_tool_calls?: number | null;
  temperature?: number | null;
  top_p?: number | null;
  top_logprobs?: number | null;
  presence_penalty?: number | null;
  frequency_penalty?: number | null;
  truncation?: string | null;
  context_management?: unknown[] | null;
  service_tier?: string | null;
  safety_identifier?: string | null;
  prompt_cache_key?: string | null;
  prompt_cache_options?: Record<string, unknown> | null;
  background?: boolean | null;
  previous_response_id?: string | null;
  conversation?: unknown;
  /** What it stands for is in the body already. */
  prompt?: PromptReference | null;

  stop?: string | string[] | null;
  stop_token_ids?: number[] | null;
  seed?: number | null;
  top_k?: number | null;
  min_p?: number | null;
  repetition_penalty?: number | null;
  min_new_tokens?: number | null;
  ignore_eos?: boolean | null;
  skip_special_tokens?: boolean | null;
  spaces_between_special_tokens?: boolean | null;
  include_stop_str_in_output?: boolean | null;
  logit_bias?: Record<string, unknown> | null;
  chat_template_kwargs?: Record<string, unknown> | null;
  media_io_kwargs?: Record<string, unknown> | null;
  mm_processor_kwargs?: Record<string, unknown> | null;
}
