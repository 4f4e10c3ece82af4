import { BUILTIN_PREFIX, checkAddedBuiltin, checkFinalBuiltin } from './builtin-rules.js';
import { checkAddedHosted, checkFinalHosted, HOSTED_PREFIX, isHostedItem } from './hosted-rules.js';
import { arrayOf, isCount, isFilled, isRecord, isString, recordOf, show, type Json } from './json.js';
import { isMcpItem, MCP_ITEM_FIELDS } from './mcp-fields.js';

/** Takes one violation. */
export type Report = (violation: string) => void;

/** Begin of the id of each type of output item. */
export const ID_PREFIX: Readonly<Record<string, string>> = {
  message: 'msg_',
  function_call: 'fc_',
  reasoning: 'rs_',
  custom_tool_call: 'ctc_',
  tool_search_call: 'tsc_',
  tool_search_output: 'tso_',
  compaction: 'cmp_',
  mcp_list_tools: 'mcpl_',
  mcp_call: 'mcp_',
  mcp_approval_request: 'mcpr_',
  ...BUILTIN_PREFIX,
  ...HOSTED_PREFIX,
};

/** The field that holds the text of each type of part. */
export const PART_TEXT: Readonly<Record<string, string>> = {
  output_text: 'text',
  refusal: 'refusal',
  summary_text: 'text',
  reasoning_text: 'text',
};

export interface ItemRuleOptions {
  /** Accept arguments of completed function calls that are not a JSON object (a model's own mistake handed on). */
  allowInvalidArguments?: boolean;
}

const COMPACTION_FIELDS = ['type', 'id', 'encrypted_content'];
const CALLS = ['function_call', 'custom_tool_call', 'tool_search_call', ...Object.keys(BUILTIN_PREFIX)];

/** Checks an item as `output_item.added` brings it: everything empty yet. */
export function checkAddedItem(item: Json, report: Report): void {
  checkIdentity(item, report);
  if (item.type === 'compaction') {
    checkCompaction(item, report);
    if (item.encrypted_content !== '')
      report(`encrypted_content of an added compaction is ${show(item.encrypted_content)}, not ""`);
    return;
  }
  if (isMcpItem(item)) {
    checkMcpFields(item, report);
    checkAddedMcpItem(item, report);
    return;
  }
  if (isHostedItem(item)) {
    checkAddedHosted(item, report);
    return;
  }
  if (item.status !== 'in_progress')
    report(`status of an added item is ${show(item.status)}, not "in_progress"`);
  checkAddedBuiltin(item, report);
  if (item.type === 'message') expectEmptyList(item, 'content', report);
  if (item.type === 'reasoning') {
    expectEmptyList(item, 'summary', report);
    if ('content' in item) expectEmptyList(item, 'content', report);
  }
  if (item.type === 'tool_search_output') expectEmptyList(item, 'tools', report);
  if (item.type === 'function_call' && item.arguments !== '')
    report(`arguments of an added call are ${show(item.arguments)}, not ""`);
  if (item.type === 'custom_tool_call' && item.input !== '')
    report(`input of an added call is ${show(item.input)}, not ""`);
}

/** Checks an item as `output_item.done` and finished responses bring it. */
export function checkFinalItem(item: Json, report: Report, options: ItemRuleOptions = {}): void {
  checkIdentity(item, report);
  if (item.type === 'compaction') {
    checkCompaction(item, report);
    if (!isFilled(item.encrypted_content))
      report(`encrypted_content is ${show(item.encrypted_content)}, not a filled string`);
    return;
  }
  if (isMcpItem(item)) {
    checkMcpFields(item, report);
    checkFinalMcpItem(item, report, options);
    return;
  }
  if (isHostedItem(item)) {
    checkFinalHosted(item, report);
    return;
  }
  if (String(item.type) in BUILTIN_PREFIX) {
    checkFinalBuiltin(item, report);
    return;
  }
  if (item.status !== 'completed' && item.status !== 'incomplete') {
    report(`status of a done item is ${show(item.status)}, not completed or incomplete`);
  }
  switch (item.type) {
    case 'message':
      checkParts(item, 'content', ['output_text', 'refusal'], report);
      if (item.status === 'completed' && arrayOf(item.content).length === 0)
        report('a completed message without content');
      break;
    case 'reasoning':
      checkReasoning(item, report);
      break;
    case 'function_call':
      checkArguments(item, report, options);
      break;
    case 'custom_tool_call':
      if (!isString(item.input)) report(`input is ${show(item.input)}, not a string`);
      break;
    case 'tool_search_call':
      if (!isRecord(item.arguments))
        report(`arguments of a tool search are ${show(item.arguments)}, not an object`);
      if (item.execution === 'server' && !isTextList(recordOf(item.arguments).paths))
        report(`a search of the gateway without paths: ${show(item.arguments)}`);
      break;
    case 'tool_search_output':
      if (!Array.isArray(item.tools) || !item.tools.every(isRecord))
        report(`tools of a search are ${show(item.tools)}, not a list of definitions`);
      break;
    default:
  }
}

/** Checks the shape of a part and that its type is one of those allowed. */
export function checkPart(part: unknown, allowed: readonly string[], report: Report): void {
  if (!isRecord(part) || !isString(part.type)) {
    report(`a part that is no object with a type: ${show(part)}`);
    return;
  }
  if (!allowed.includes(part.type)) report(`a part of type ${show(part.type)} is not allowed here`);
  const field = PART_TEXT[part.type];
  if (field !== undefined && !isString(part[field]))
    report(`${field} of a part is ${show(part[field])}, not a string`);
  if (part.type === 'output_text' && !Array.isArray(part.annotations))
    report('a text part without annotations array');
  if ('logprobs' in part || part.type === 'output_text') checkLogprobs(part.logprobs, report);
  rejectNulls(part, 'part', report);
}

/** Checks a list of token probabilities. */
export function checkLogprobs(logprobs: unknown, report: Report): void {
  if (!Array.isArray(logprobs)) {
    report(`logprobs are ${show(logprobs)}, not an array`);
    return;
  }
  for (const entry of logprobs) {
    const alternatives = recordOf(entry).top_logprobs;
    if (!isTokenLogprob(entry) || !Array.isArray(alternatives) || !alternatives.every(isTokenLogprob)) {
      report(`a malformed logprob: ${show(entry)}`);
    }
  }
}

/** Optional fields are left out where there is nothing to say: clients choke on a null. */
export function rejectNulls(value: Json, what: string, report: Report): void {
  for (const [key, inner] of Object.entries(value)) if (inner === null) report(`${what}.${key} is null`);
}

/** Whether it belongs to a search for tools that the gateway has run: the search itself, or what it has found. */
export function isOfGatewaySearch({ type, execution }: Json): boolean {
  return type === 'tool_search_output' || (type === 'tool_search_call' && execution === 'server');
}

function isTextList(value: unknown): boolean {
  return Array.isArray(value) && value.every(isString);
}

function checkIdentity(item: Json, report: Report): void {
  const { type } = item;
  const prefix = isString(type) ? ID_PREFIX[type] : undefined;
  if (prefix === undefined) {
    report(`an item of unknown type ${show(type)}`);
    return;
  }
  if (!isString(item.id) || !item.id.startsWith(prefix) || item.id.length === prefix.length) {
    report(`item id ${show(item.id)} is not ${prefix}…`);
  }
  if (type === 'message' && item.role !== 'assistant') report(`role is ${show(item.role)}, not "assistant"`);
  const { call_id: callId, ...named } = item;
  if (isOfGatewaySearch(item)) {
    if (callId !== null) report(`call_id of a search of the gateway is ${show(callId)}, not null`);
    rejectNulls(named, 'item', report);
    return;
  }
  if (CALLS.includes(String(type)) && !isFilled(callId)) report(`call_id is ${show(callId)}`);
  if ((type === 'function_call' || type === 'custom_tool_call') && !isFilled(item.name))
    report(`name is ${show(item.name)}`);
  if (type !== 'mcp_call' && !isHostedItem(item)) rejectNulls(item, 'item', report);
}

/** The published schema gives a compaction three fields and no status: it is never partly there. */
function checkCompaction(item: Json, report: Report): void {
  for (const field of Object.keys(item))
    if (!COMPACTION_FIELDS.includes(field)) report(`a compaction has no field ${show(field)}`);
}

/** Items of tools that the gateway runs have all of their fields, and only a failed list has an error. */
function checkMcpFields(item: Json, report: Report): void {
  const fields = MCP_ITEM_FIELDS[String(item.type)] ?? {};
  for (const [field, isValid] of Object.entries(fields)) {
    if (!(field in item)) report(`item.${field} is missing`);
    else if (!isValid(item[field])) report(`item.${field} must not be ${show(item[field])}`);
  }
  for (const field of Object.keys(item)) {
    const isErrorOfList = item.type === 'mcp_list_tools' && field === 'error' && isFilled(item.error);
    if (!(field in fields) && !isErrorOfList) report(`an ${String(item.type)} has no field ${show(field)}`);
  }
}

function checkAddedMcpItem(item: Json, report: Report): void {
  if (item.type === 'mcp_list_tools') {
    expectEmptyList(item, 'tools', report);
    if ('error' in item) report('an added list with an error');
  }
  if (item.type !== 'mcp_call') return;
  const { status, arguments: text, output, error } = item;
  const isEmpty = status === 'in_progress' && text === '' && output === null && error === null;
  if (!isEmpty) report(`an added mcp_call is not empty: ${show([status, text, output, error])}`);
}

function checkFinalMcpItem(item: Json, report: Report, options: ItemRuleOptions): void {
  if (item.type === 'mcp_list_tools') {
    if ('error' in item && arrayOf(item.tools).length > 0) report('a failed list with tools');
    return;
  }
  if (item.type === 'mcp_approval_request') {
    checkArguments({ ...item, status: 'completed' }, report, options);
    return;
  }
  checkArguments(item, report, options);
  const [hasOutput, hasError] = [item.output !== null, item.error !== null];
  const { status } = item;
  if (status !== 'completed' && status !== 'failed' && status !== 'incomplete')
    report(`status of a done mcp_call is ${show(status)}`);
  if (hasOutput !== (status === 'completed'))
    report(`output of a ${show(status)} mcp_call is ${show(item.output)}`);
  if (hasError !== (status === 'failed'))
    report(`error of a ${show(status)} mcp_call is ${show(item.error)}`);
}

function checkReasoning(item: Json, report: Report): void {
  checkParts(item, 'summary', ['summary_text'], report);
  if ('content' in item) checkParts(item, 'content', ['reasoning_text'], report);
  if ('encrypted_content' in item && !isFilled(item.encrypted_content)) report('encrypted_content is empty');
  const isEmpty =
    arrayOf(item.summary).length + arrayOf(item.content).length === 0 && !('encrypted_content' in item);
  if (item.status === 'completed' && isEmpty) report('a completed reasoning item that holds nothing');
}

function checkParts(item: Json, list: string, allowed: readonly string[], report: Report): void {
  if (!Array.isArray(item[list])) report(`${list} is ${show(item[list])}, not an array`);
  for (const part of arrayOf(item[list])) checkPart(part, allowed, report);
}

function checkArguments(item: Json, report: Report, options: ItemRuleOptions): void {
  if (!isString(item.arguments)) {
    report(`arguments are ${show(item.arguments)}, not a string`);
    return;
  }
  if (item.status !== 'completed') return;
  if (item.arguments === '') report('a completed call with empty arguments: at least "{}"');
  else if (options.allowInvalidArguments !== true && !isJsonObject(item.arguments)) {
    report(`arguments of a completed call are not a JSON object: ${show(item.arguments)}`);
  }
}

function isJsonObject(text: string): boolean {
  try {
    return isRecord(JSON.parse(text));
  } catch {
    return false;
  }
}

function isTokenLogprob(value: unknown): boolean {
  const { token, logprob, bytes } = recordOf(value);
  return isString(token) && typeof logprob === 'number' && Array.isArray(bytes) && bytes.every(isCount);
}

function expectEmptyList(item: Json, field: string, report: Report): void {
  const value = item[field];
  if (!Array.isArray(value) || value.length > 0)
    report(`${field} of an added item is ${show(value)}, not []`);
}
