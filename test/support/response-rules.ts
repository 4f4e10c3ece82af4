import type { Report } from './item-rules.js';
import { arrayOf, isCount, isFilled, isRecord, isString, recordOf, show, type Json } from './json.js';
import { isHostedItem } from './hosted-rules.js';
import { holdsCredentials, isMcpToolChoice, isMcpToolEcho } from './mcp-fields.js';

/** Codes that a failed response may carry: what clients tell apart, and `server_error` for all else. */
export const FAILURE_CODES: readonly string[] = [
  'server_error',
  'rate_limit_exceeded',
  'invalid_prompt',
  'context_length_exceeded',
  'insufficient_quota',
  'server_is_overloaded',
];

export const INCOMPLETE_REASONS: readonly string[] = [
  'max_output_tokens',
  'content_filter',
  'required_tool_call_missing',
  'malformed_tool_call',
  'empty_answer',
  'interrupted',
];

/** Items without a status: they are never partly there. */
const HAVE_NO_STATUS: readonly unknown[] = ['compaction', 'mcp_list_tools', 'mcp_approval_request'];

/** Fields that change while a response comes into being. Everything else is constant through a stream. */
export const CHANGING_FIELDS: ReadonlySet<string> = new Set([
  'status',
  'completed_at',
  'incomplete_details',
  'error',
  'output',
  'output_text',
  'usage',
]);

const isNull = (value: unknown): boolean => value === null;
const isNumber = (value: unknown): boolean => typeof value === 'number';
const isBoolean = (value: unknown): boolean => typeof value === 'boolean';
const isText = (value: unknown): boolean => isString(value);
const orNull = (check: (value: unknown) => boolean) => (value: unknown) => value === null || check(value);
const oneOf =
  (...values: string[]) =>
  (value: unknown) =>
    isString(value) && values.includes(value);

/** Every field that must be there, with what may stand in it. */
const FIELDS: Readonly<Record<string, (value: unknown) => boolean>> = {
  id: (value) => isString(value) && value.startsWith('resp_') && value.length > 5,
  object: oneOf('response'),
  created_at: isCount,
  completed_at: orNull(isCount),
  status: oneOf('queued', 'in_progress', 'completed', 'incomplete', 'failed', 'cancelled'),
  incomplete_details: orNull(isRecord),
  error: orNull(isRecord),
  model: isFilled,
  previous_response_id: orNull(isFilled),
  instructions: orNull(isText),
  output: Array.isArray,
  tools: (value) => Array.isArray(value) && value.every(isTool),
  tool_choice: isToolChoice,
  truncation: oneOf('auto', 'disabled'),
  parallel_tool_calls: isBoolean,
  text: isTextField,
  top_p: isNumber,
  temperature: isNumber,
  presence_penalty: isNumber,
  frequency_penalty: isNumber,
  top_logprobs: isCount,
  reasoning: orNull(isReasoningEcho),
  usage: orNull(isRecord),
  max_output_tokens: orNull(isCount),
  max_tool_calls: orNull(isCount),
  store: isBoolean,
  background: isBoolean,
  service_tier: oneOf('default'),
  metadata: (value) => isRecord(value) && Object.values(value).every(isText),
  safety_identifier: orNull(isText),
  prompt_cache_key: orNull(isText),
  access_programs: isNull,
  conversation: orNull((value) => isRecord(value) && isString(value.id)),
  moderation: isNull,
  prompt: orNull((value) => isRecord(value) && isString(value.id) && isString(value.version)),
  prompt_cache_retention: isNull,
};

/** Checks the response object of `created`, `queued` and `in_progress`: nothing has happened yet. */
export function checkStartedResponse(response: Json, status: string, report: Report): void {
  checkFields(response, report);
  if (response.status !== status) report(`response.status is ${show(response.status)}, not ${show(status)}`);
  if (arrayOf(response.output).length > 0) report('output is not empty at the start');
  for (const field of ['completed_at', 'incomplete_details', 'error', 'usage']) {
    if (response[field] !== null)
      report(`response.${field} is ${show(response[field])} at the start, not null`);
  }
  if ('output_text' in response) report('output_text must be absent until the response is finished');
}

/** Checks a finished response object except for the items themselves. */
export function checkFinishedResponse(response: Json, report: Report): void {
  checkFields(response, report);
  if (response.status === 'completed') checkCompleted(response, report);
  else if (response.status === 'incomplete') checkIncomplete(response, report);
  else if (response.status === 'failed') checkFailed(response, report);
  else if (response.status === 'cancelled') checkCancelled(response, report);
  else report(`response.status is ${show(response.status)}, not a final one`);
  checkLists(response, report);
  if (response.usage !== null || response.status !== 'failed') checkUsage(response.usage, report);
  const text = joinedText(response);
  if (response.output_text !== text)
    report(`output_text is ${show(response.output_text)}, not ${show(text)}`);
}

function checkFields(response: Json, report: Report): void {
  for (const [field, isValid] of Object.entries(FIELDS)) {
    if (!(field in response)) report(`response.${field} is missing`);
    else if (!isValid(response[field])) report(`response.${field} must not be ${show(response[field])}`);
  }
  if ('user' in response && !isString(response.user))
    report(`response.user must not be ${show(response.user)}`);
}

function checkCompleted(response: Json, report: Report): void {
  if (!isCount(response.completed_at)) report('completed_at is not set on a completed response');
  else if (response.completed_at < Number(response.created_at)) report('completed_at is before created_at');
  const isCompaction = (item: unknown): boolean => recordOf(item).type === 'compaction';
  if (arrayOf(response.output).slice(0, -1).some(isCompaction))
    report('a compaction must be the last item of its response');
  if (response.error !== null) report('a completed response with an error');
  if (response.incomplete_details !== null) report('a completed response with incomplete_details');
  for (const item of arrayOf(response.output)) {
    const { type, status, id } = recordOf(item);
    const isFine =
      HAVE_NO_STATUS.includes(type) ||
      ((type === 'mcp_call' || isHostedItem(recordOf(item))) && status === 'failed');
    if (!isFine && status !== 'completed')
      report(`a completed response with the ${show(status)} item ${show(id)}`);
  }
}

/** Tools are listed before the model is asked, once for each server; without them there is no answer. */
function checkLists(response: Json, report: Report): void {
  const items = arrayOf(response.output).map(recordOf);
  const lists = items.filter(({ type }) => type === 'mcp_list_tools');
  if (items.slice(0, lists.length).some(({ type }) => type !== 'mcp_list_tools'))
    report('an mcp_list_tools item must come before all others');
  if (new Set(lists.map(({ server_label: label }) => label)).size !== lists.length)
    report('the tools of a server are listed twice');
  const hasFailed = lists.some((list) => 'error' in list);
  if (hasFailed && response.status !== 'failed' && response.status !== 'cancelled')
    report(`a ${show(response.status)} response whose tools could not be listed`);
}

/** Only background responses can be cancelled. */
function checkCancelled(response: Json, report: Report): void {
  if (response.background !== true) report('it is cancelled, and no background response');
  if (response.incomplete_details !== null) report('a cancelled response has incomplete_details');
  if (response.error !== null) report('a cancelled response has an error');
  if (response.completed_at !== null) report('a cancelled response has completed_at');
}

function checkIncomplete(response: Json, report: Report): void {
  const { reason } = recordOf(response.incomplete_details);
  if (!isString(reason) || !INCOMPLETE_REASONS.includes(reason))
    report(`incomplete_details.reason is ${show(reason)}`);
  if (arrayOf(response.output).some((item) => recordOf(item).type === 'compaction'))
    report('an incomplete response with a compaction: half a summary passes for a whole one');
  if (arrayOf(response.output).some((item) => recordOf(item).type === 'mcp_approval_request'))
    report('an incomplete response with an approval request: it waits for its client, and is completed');
  if (response.completed_at !== null) report('completed_at is set on an incomplete response');
  if (response.error !== null) report('an incomplete response with an error');
}

function checkFailed(response: Json, report: Report): void {
  const { code, message } = recordOf(response.error);
  if (!isString(code) || !FAILURE_CODES.includes(code))
    report(`error.code is ${show(code)}, not of the closed list`);
  if (!isFilled(message)) report(`error.message is ${show(message)}`);
  if (response.completed_at !== null) report('completed_at is set on a failed response');
  if (response.incomplete_details !== null) report('a failed response with incomplete_details');
}

function checkUsage(usage: unknown, report: Report): void {
  const { input_tokens: input, output_tokens: output, total_tokens: total, ...details } = recordOf(usage);
  const { cached_tokens: cached, cache_write_tokens: written } = recordOf(details.input_tokens_details);
  const { reasoning_tokens: reasoning } = recordOf(details.output_tokens_details);
  const counts = { input, output, total, cached, written, reasoning };
  for (const [name, count] of Object.entries(counts)) {
    if (!isCount(count)) report(`usage: ${name} tokens are ${show(count)}`);
  }
  if (Number(total) !== Number(input) + Number(output))
    report(`usage: total is not input + output: ${show(usage)}`);
  if (Number(cached) > Number(input)) report('usage: more cached than input tokens');
  if (Number(reasoning) > Number(output)) report('usage: more reasoning than output tokens');
}

function joinedText(response: Json): string {
  const messages = arrayOf(response.output)
    .map(recordOf)
    .filter(({ type }) => type === 'message');
  const parts = messages.flatMap((message) => arrayOf(message.content)).map(recordOf);
  return parts.map((part) => (part.type === 'output_text' && isString(part.text) ? part.text : '')).join('');
}

function isTool(tool: unknown): boolean {
  const { type, name, ...rest } = recordOf(tool);
  if (holdsCredentials(tool)) return false;
  if (type === 'mcp') return isMcpToolEcho(tool);
  if (type !== 'function') return isFilled(type);
  return isFilled(name) && 'description' in rest && 'parameters' in rest && 'strict' in rest;
}

function isToolChoice(choice: unknown): boolean {
  if (isString(choice)) return ['none', 'auto', 'required'].includes(choice);
  const { type, name, mode, tools } = recordOf(choice);
  if (type === 'allowed_tools') {
    if (mode !== 'auto' && mode !== 'required') return false;
    return Array.isArray(tools) && tools.every((tool) => recordOf(tool).type !== 'mcp' || isToolChoice(tool));
  }
  if (type === 'mcp') return isMcpToolChoice(choice);
  return isFilled(type) && (type !== 'function' || isFilled(name));
}

function isTextField(text: unknown): boolean {
  const { format, ...rest } = recordOf(text);
  const { type, name } = recordOf(format);
  if ('verbosity' in rest && !isString(rest.verbosity)) return false;
  return type === 'text' || type === 'json_object' || (type === 'json_schema' && isFilled(name));
}

function isReasoningEcho(value: unknown): boolean {
  const { effort, summary } = recordOf(value);
  return (effort === null || isFilled(effort)) && (summary === null || isFilled(summary));
}
