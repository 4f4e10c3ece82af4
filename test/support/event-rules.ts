import { rejectNulls, type Report } from './item-rules.js';
import { isCount, isRecord, isString, show, type Json } from './json.js';

type Check = (value: unknown) => boolean;

const OF_ITEM: Record<string, Check> = { item_id: isString, output_index: isCount };
const OF_CONTENT: Record<string, Check> = { ...OF_ITEM, content_index: isCount };
const OF_SUMMARY: Record<string, Check> = { ...OF_ITEM, summary_index: isCount };
const OF_COMMAND: Record<string, Check> = { output_index: isCount, command_index: isCount };
const RESPONSE: Record<string, Check> = { response: isRecord };
const ITEM: Record<string, Check> = { output_index: isCount, item: isRecord };
/** Half of a surrogate pair is no text: clients that write their deltas as they come make two marks of it. */
const isWholeText: Check = (value) => isString(value) && value.isWellFormed();
const isNullOrString: Check = (value) => value === null || isString(value);

/** The fields that each event must have besides its type and sequence number; the keys are all known types. */
const EVENT_FIELDS: Readonly<Record<string, Record<string, Check>>> = {
  'response.created': RESPONSE,
  'response.queued': RESPONSE,
  'response.in_progress': RESPONSE,
  'response.completed': RESPONSE,
  'response.incomplete': RESPONSE,
  'response.failed': RESPONSE,
  'response.output_item.added': ITEM,
  'response.output_item.done': ITEM,
  'response.content_part.added': { ...OF_CONTENT, part: isRecord },
  'response.content_part.done': { ...OF_CONTENT, part: isRecord },
  'response.output_text.delta': { ...OF_CONTENT, delta: isWholeText, logprobs: Array.isArray },
  'response.output_text.done': { ...OF_CONTENT, text: isString, logprobs: Array.isArray },
  'response.refusal.delta': { ...OF_CONTENT, delta: isWholeText },
  'response.refusal.done': { ...OF_CONTENT, refusal: isString },
  'response.reasoning_text.delta': { ...OF_CONTENT, delta: isWholeText },
  'response.reasoning_text.done': { ...OF_CONTENT, text: isString },
  'response.reasoning.delta': { ...OF_CONTENT, delta: isWholeText },
  'response.reasoning.done': { ...OF_CONTENT, text: isString },
  'response.reasoning_summary_part.added': { ...OF_SUMMARY, part: isRecord },
  'response.reasoning_summary_part.done': { ...OF_SUMMARY, part: isRecord },
  'response.reasoning_summary_text.delta': { ...OF_SUMMARY, delta: isWholeText },
  'response.reasoning_summary_text.done': { ...OF_SUMMARY, text: isString },
  'response.function_call_arguments.delta': { ...OF_ITEM, delta: isWholeText },
  'response.function_call_arguments.done': { ...OF_ITEM, name: isString, arguments: isString },
  'response.custom_tool_call_input.delta': { ...OF_ITEM, delta: isWholeText },
  'response.custom_tool_call_input.done': { ...OF_ITEM, input: isString },
  'response.mcp_list_tools.in_progress': OF_ITEM,
  'response.mcp_list_tools.completed': OF_ITEM,
  'response.mcp_list_tools.failed': OF_ITEM,
  'response.mcp_call.in_progress': OF_ITEM,
  'response.mcp_call.completed': OF_ITEM,
  'response.mcp_call.failed': OF_ITEM,
  'response.mcp_call_arguments.delta': { ...OF_ITEM, delta: isWholeText },
  'response.mcp_call_arguments.done': { ...OF_ITEM, arguments: isString },
  'response.web_search_call.in_progress': OF_ITEM,
  'response.web_search_call.searching': OF_ITEM,
  'response.web_search_call.completed': OF_ITEM,
  'response.file_search_call.in_progress': OF_ITEM,
  'response.file_search_call.searching': OF_ITEM,
  'response.file_search_call.completed': OF_ITEM,
  'response.code_interpreter_call.in_progress': OF_ITEM,
  'response.code_interpreter_call.interpreting': OF_ITEM,
  'response.code_interpreter_call.completed': OF_ITEM,
  'response.code_interpreter_call_code.delta': { ...OF_ITEM, delta: isWholeText },
  'response.code_interpreter_call_code.done': { ...OF_ITEM, code: isString },
  'response.output_text.annotation.added': {
    ...OF_CONTENT,
    annotation_index: isCount,
    annotation: isRecord,
  },
  'response.apply_patch_call_operation_diff.delta': { ...OF_ITEM, delta: isWholeText },
  'response.apply_patch_call_operation_diff.done': { ...OF_ITEM, diff: isString },
  'response.shell_call_command.added': { ...OF_COMMAND, command: (value) => value === '' },
  'response.shell_call_command.delta': { ...OF_COMMAND, delta: isWholeText },
  'response.shell_call_command.done': { ...OF_COMMAND, command: isString },
  error: {
    code: isString,
    message: (value) => isString(value) && value !== '',
    param: isNullOrString,
    error: isRecord,
  },
};

export function isKnownEvent(type: string): boolean {
  return Object.hasOwn(EVENT_FIELDS, type);
}

/** Checks that an event of a known type has all its fields, and no null but the `param` of an error. */
export function checkEventFields(event: Json, report: Report): void {
  const fields = EVENT_FIELDS[String(event.type)] ?? {};
  for (const [name, isValid] of Object.entries(fields)) {
    if (!(name in event)) report(`${name} is missing`);
    else if (!isValid(event[name])) report(`${name} must not be ${show(event[name])}`);
  }
  const isAllowedNull = event.type === 'error' && event.param === null;
  rejectNulls(isAllowedNull ? { ...event, param: undefined } : event, 'event', report);
}
