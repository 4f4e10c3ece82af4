import type { ResponseObject } from '../../contracts/responses-api.js';
import type { CreateResponseBody } from '../../contracts/responses-request.js';
import { tokenLimit } from './copy-sampling.js';
import type { Keeping } from './keeping.js';
import { readMetadata } from './read-metadata.js';

type Parsed = Pick<ResponseObject, 'id' | 'created_at' | 'model' | 'tools' | 'tool_choice' | 'reasoning'> & {
  format: ResponseObject['text']['format'];
  keeping?: Keeping;
};

/** The response object as it stands before the first item: what was asked for, with defaults where nothing was. */
export function buildResponseSkeleton(body: CreateResponseBody, parsed: Parsed): ResponseObject {
  const { format, keeping, ...rest } = parsed;
  return {
    id: rest.id,
    object: 'response',
    created_at: rest.created_at,
    completed_at: null,
    status: 'in_progress',
    incomplete_details: null,
    error: null,
    model: rest.model,
    previous_response_id: keeping?.previousId ?? null,
    instructions: body.instructions ?? null,
    output: [],
    // Known at the end; a key that is not there yet would cost a hidden class then.
    output_text: undefined,
    tools: rest.tools,
    tool_choice: rest.tool_choice,
    truncation: body.truncation === 'auto' ? 'auto' : 'disabled',
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
    store: keeping?.store ?? false,
    background: keeping?.background ?? false,
    service_tier: 'default',
    metadata: readMetadata(body.metadata),
    safety_identifier: body.safety_identifier ?? null,
    prompt_cache_key: body.prompt_cache_key ?? null,
    access_programs: null,
    conversation: keeping?.conversationId ? { id: keeping.conversationId } : null,
    moderation: null,
    prompt: body.prompt ?? null,
    prompt_cache_retention: null,
    ...(typeof body.user === 'string' && { user: body.user }),
  };
}
