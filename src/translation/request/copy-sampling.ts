import type { ModelProfile } from '../../contracts/model-profile.js';
import type { ChatRequest } from '../../contracts/chat-completions.js';
import type { CreateResponseBody } from '../../contracts/responses-request.js';

/** Fields that mean the same on both sides, model servers' extensions included. */
const SAME_ON_BOTH_SIDES = [
  'temperature',
  'top_p',
  'presence_penalty',
  'frequency_penalty',
  'stop',
  'stop_token_ids',
  'seed',
  'user',
  'top_k',
  'min_p',
  'repetition_penalty',
  'min_new_tokens',
  'ignore_eos',
  'skip_special_tokens',
  'spaces_between_special_tokens',
  'include_stop_str_in_output',
  'logit_bias',
  'chat_template_kwargs',
  'media_io_kwargs',
  'mm_processor_kwargs',
] as const satisfies readonly (keyof CreateResponseBody)[];

export function copySampling(body: CreateResponseBody, profile: ModelProfile, chat: ChatRequest): void {
  Object.assign(chat, profile.sampling);
  for (const field of SAME_ON_BOTH_SIDES) {
    const value = body[field];
    if (value !== undefined && value !== null) (chat as Record<string, unknown>)[field] = value;
  }
  const limit = tokenLimit(body) ?? profile.maxOutputTokens;
  if (limit !== null) chat[profile.maxTokensField] = Math.min(limit, profile.maxOutputTokens ?? limit);
  if (wantsLogprobs(body)) {
    chat.logprobs = true;
    if (body.top_logprobs) chat.top_logprobs = body.top_logprobs;
  }
}

/** Hands on what the deployer has named, whether the gateway knows the field or not. */
export function passFields(
  body: CreateResponseBody,
  unknownFields: Readonly<Record<string, unknown>>,
  profile: ModelProfile,
  chat: ChatRequest,
): void {
  if (profile.passFields.length === 0) return;
  const given = new Map<string, unknown>([...Object.entries(body), ...Object.entries(unknownFields)]);
  for (const field of profile.passFields) {
    const value = given.get(field) ?? null;
    if (value !== null) chat[field] = value;
  }
}

/** The most tokens to generate, also under its names in chat completions; null: as many as the model likes. */
export function tokenLimit(body: CreateResponseBody): number | null {
  return body.max_output_tokens ?? body.max_completion_tokens ?? body.max_tokens ?? null;
}

function wantsLogprobs(body: CreateResponseBody): boolean {
  return Boolean(body.top_logprobs) || (body.include?.includes('message.output_text.logprobs') ?? false);
}
