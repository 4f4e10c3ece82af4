import type { CreateResponseBody } from '../../contracts/responses-request.js';

/** Fields that are accepted, echoed where the contract has an echo, and change nothing. */
const WITHOUT_EFFECT = [
  'max_tool_calls',
  'service_tier',
  'prompt_cache_key',
  'prompt_cache_retention',
  'safety_identifier',
  'context_management',
  'client_metadata',
];

const HONOURED_INCLUDES = new Set(['message.output_text.logprobs', 'reasoning.encrypted_content']);

/** Adds the names of given fields that do not change the answer, for the `x-gateway-ignored` header. */
export function listIgnored(
  body: CreateResponseBody,
  unknownFields: readonly string[],
  ignored: Set<string>,
): void {
  const given = body as Record<string, unknown>;
  for (const field of WITHOUT_EFFECT) {
    if (given[field] !== undefined && given[field] !== null) ignored.add(field);
  }
  if (body.truncation === 'auto') ignored.add('truncation');
  if (body.store === true) ignored.add('store');
  if (body.text?.verbosity !== undefined && body.text.verbosity !== null) ignored.add('text.verbosity');
  for (const include of body.include ?? []) {
    if (typeof include === 'string' && !HONOURED_INCLUDES.has(include)) ignored.add(`include:${include}`);
  }
  for (const field of unknownFields) ignored.add(field);
}
