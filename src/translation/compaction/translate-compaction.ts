import type { CreateResponseBody } from '../../contracts/responses-request.js';
import { invalidRequest } from '../../errors/gateway-error.js';
import { isObject } from '../../contracts/raw-object.js';
import {
  type TranslationContext,
  translateRequest,
  type TranslatedRequest,
} from '../request/translate-request.js';

/** What shapes an answer to the user, and would spoil a note to the next model. */
const PLAIN_ANSWER = {
  tool_choice: 'none',
  text: null,
  response_format: null,
  stop: null,
  stop_token_ids: null,
  top_logprobs: null,
  include: null,
} as const satisfies CreateResponseBody;

/** Whether the last item of the input asks for a compaction of what stands before it. */
export function asksForCompaction(input: unknown): boolean {
  const last: unknown = Array.isArray(input) ? input.at(-1) : null;
  return isObject(last) && last.type === 'compaction_trigger';
}

/**
 * Translates a request that ends in `compaction_trigger`: the same conversation, with the wish for a summary at its end
 * and neither tools nor formats. The response object still echoes what the client sent.
 *
 * @throws GatewayError (400) whose `param` is the path of what is wrong
 */
export function translateCompaction(
  body: CreateResponseBody,
  context: TranslationContext,
): TranslatedRequest {
  if ((body.input as unknown[]).length === 1) throw invalidRequest('input', 'There is nothing to compact.');
  const asked = translateRequest(body, context);
  const profile = { ...context.profile, passFields: [] };
  const summarising = translateRequest({ ...body, ...PLAIN_ANSWER }, { ...context, profile });
  return {
    ...summarising,
    response: asked.response,
    plan: { ...summarising.plan, compaction: true, ignored: asked.plan.ignored },
  };
}
