import type { NestExpressApplication } from '@nestjs/platform-express';
import { AuthStrategy } from '../../src/auth/auth-strategy.js';
import type { ResponseObject } from '../../src/contracts/responses-api.js';
import { getExtension } from '../../src/extension/extension-point.js';
import type { ResponseRecord } from '../../src/state/response-store.js';
import type { StoredItem } from '../../src/state/stored-item.js';

/** Whose data it is that a key works with. */
export async function tenantOfKey(app: NestExpressApplication, key: string): Promise<string> {
  const caller = await getExtension(app, AuthStrategy).authenticate({
    authorization: `Bearer ${key}`,
    header: () => undefined,
  });
  return caller.tenant ?? caller.id;
}

/** A response that was answered with one message. */
export function sampleResponse(id: string, fields: Partial<ResponseObject> = {}): ResponseObject {
  return {
    id,
    object: 'response',
    created_at: 1_795_685_472,
    completed_at: 1_795_685_473,
    status: 'completed',
    incomplete_details: null,
    error: null,
    model: 'lmdeploy-simulator',
    previous_response_id: null,
    instructions: null,
    output: [
      {
        type: 'message',
        id: `msg_of_${id}`,
        status: 'completed',
        role: 'assistant',
        content: [{ type: 'output_text', text: 'pong', annotations: [], logprobs: [] }],
      },
    ],
    tools: [],
    tool_choice: 'auto',
    truncation: 'disabled',
    parallel_tool_calls: true,
    text: { format: { type: 'text' } },
    top_p: 1,
    temperature: 1,
    presence_penalty: 0,
    frequency_penalty: 0,
    top_logprobs: 0,
    reasoning: null,
    usage: {
      input_tokens: 10,
      input_tokens_details: { cached_tokens: 0, cache_write_tokens: 0 },
      output_tokens: 2,
      output_tokens_details: { reasoning_tokens: 0 },
      total_tokens: 12,
    },
    max_output_tokens: null,
    max_tool_calls: null,
    store: true,
    background: false,
    service_tier: 'default',
    metadata: {},
    safety_identifier: null,
    prompt_cache_key: null,
    access_programs: null,
    conversation: null,
    moderation: null,
    prompt: null,
    prompt_cache_retention: null,
    output_text: 'pong',
    ...fields,
  };
}

/** One that waits or is being answered. */
export function sampleUnfinished(id: string, status: 'queued' | 'in_progress'): ResponseObject {
  const { output_text: _text, ...response } = sampleResponse(id, { status, background: true });
  return { ...response, completed_at: null, output: [], usage: null };
}

export function sampleRecord(
  tenant: string,
  response: ResponseObject,
  input: readonly StoredItem[] = [sampleQuestion(`msg_in_${response.id}`)],
): ResponseRecord {
  const hour = Math.floor(Date.now() / 1000) + 3_600;
  return { tenant, response, input, hidden: [], streamed: false, expiresAt: hour, job: null };
}

export function sampleQuestion(id: string, text = 'Reply exactly: pong'): StoredItem {
  return {
    type: 'message',
    id,
    status: 'completed',
    role: 'user',
    content: [{ type: 'input_text', text }],
  };
}
