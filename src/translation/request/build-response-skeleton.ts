import type { ResponseObject } from '../../contracts/responses-api.js';
import type { CreateResponseBody } from '../../contracts/responses-request.js';
import { invalidRequest } from '../../errors/gateway-error.js';
import { tokenLimit } from './copy-sampling.js';
import { nameOf } from './read-field.js';

const METADATA_PAIRS = 16;
const METADATA_KEY_LENGTH = 64;
const METADATA_VALUE_LENGTH = 512;

type Parsed = Pick<ResponseObject, 'id' | 'created_at' | 'model' | 'tools' | 'tool_choice' | 'reasoning'> &
  Partial<Pick<ResponseObject, 'previous_response_id'>> & {
    format: ResponseObject['text']['format'];
  };

/** The response object as it stands before the first item: what was asked for, with defaults where nothing was. */
export function buildResponseSkeleton(body: CreateResponseBody, parsed: Parsed): ResponseObject {
  const { format, ...rest } = parsed;
  return {
    id: rest.id,
    object: 'response',
    created_at: rest.created_at,
    completed_at: null,
    status: 'in_progress',
    incomplete_details: null,
    error: null,
    model: rest.model,
    previous_response_id: rest.previous_response_id ?? null,
    instructions: body.instructions ?? null,
    output: [],
    tools: rest.tools,
    tool_choice: rest.tool_choice,
    truncation: 'disabled',
    parallel_tool_calls: body.parallel_tool_calls ?? true,
    text:
      typeof body.text?.verbosity === 'string' && body.text.verbosity !== ''
        ? { format, verbosity: body.text.verbosity }
        : { format },
    top_p: body.top_p ?? 1,
    temperature: body.temperature ?? 1,
    presence_penalty: body.presence_penalty ?? 0,
    frequency_penalty: body.frequency_penalty ?? 0,
    top_logprobs: body.top_logprobs ?? 0,
    reasoning: rest.reasoning,
    usage: null,
    max_output_tokens: tokenLimit(body),
    max_tool_calls: body.max_tool_calls ?? null,
    store: false,
    background: false,
    service_tier: 'default',
    metadata: readMetadata(body.metadata),
    safety_identifier: body.safety_identifier ?? null,
    prompt_cache_key: body.prompt_cache_key ?? null,
    access_programs: null,
    conversation: null,
    moderation: null,
    prompt: null,
    prompt_cache_retention: null,
    ...(typeof body.user === 'string' && { user: body.user }),
  };
}

function readMetadata(metadata: CreateResponseBody['metadata']): Record<string, string> {
  const entries = Object.entries(metadata ?? {});
  if (entries.length > METADATA_PAIRS) {
    throw invalidRequest('metadata', `Expected at most ${METADATA_PAIRS} pairs, got ${entries.length}.`);
  }
  for (const [key, value] of entries) {
    if (key.length > METADATA_KEY_LENGTH) {
      throw invalidRequest('metadata', `Keys may have at most ${METADATA_KEY_LENGTH} characters.`);
    }
    if (typeof value !== 'string') {
      throw invalidRequest(`metadata.${key}`, `Expected a string, got ${nameOf(value)}.`);
    }
    if (value.length > METADATA_VALUE_LENGTH) {
      throw invalidRequest(`metadata.${key}`, `Values may have at most ${METADATA_VALUE_LENGTH} characters.`);
    }
  }
  return Object.fromEntries(entries) as Record<string, string>;
}
