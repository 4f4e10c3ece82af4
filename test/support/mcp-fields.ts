/** What belongs to tools that the gateway runs: the fields of their items, and how requests for them are echoed. */
import { HOSTED_RESULTS } from './hosted-rules.js';
import { arrayOf, isFilled, isRecord, isString, recordOf, type Json } from './json.js';

type Check = (value: unknown) => boolean;

const isNull: Check = (value) => value === null;
const orNull =
  (check: Check): Check =>
  (value) =>
    value === null || check(value);
const isListOf =
  (check: Check): Check =>
  (value) =>
    Array.isArray(value) && value.every(check);
const isTextOf =
  (pattern: RegExp): Check =>
  (value) =>
    isString(value) && pattern.test(value);

/** Whether it has all these fields, and further ones only of those that are optional. */
const hasFields =
  (required: Record<string, Check>, optional: Record<string, Check> = {}): Check =>
  (value) => {
    const checks = new Map(Object.entries({ ...required, ...optional }));
    return (
      isRecord(value) &&
      Object.keys(required).every((field) => field in value) &&
      Object.entries(value).every(([field, inner]) => checks.get(field)?.(inner) === true)
    );
  };

const isListedTool = hasFields(
  {
    name: isFilled,
    input_schema: isRecord,
    annotations: orNull(hasFields({ read_only: (value) => typeof value === 'boolean' })),
  },
  { description: isString },
);

const isCallError: Check = (error) => {
  const { type } = recordOf(error);
  if (type === 'mcp_tool_execution_error')
    return hasFields({ type: isString, content: Array.isArray })(error);
  if (type !== 'mcp_protocol_error' && type !== 'http_error') return false;
  return hasFields({ type: isString, code: Number.isInteger, message: isFilled })(error);
};

const OF_SERVER = { type: isString, id: isString, server_label: isFilled };

/** Every field of each type of item, with what may stand in it; it has no others. */
export const MCP_ITEM_FIELDS: Readonly<Record<string, Readonly<Record<string, Check>>>> = {
  mcp_list_tools: { ...OF_SERVER, tools: isListOf(isListedTool) },
  mcp_call: {
    ...OF_SERVER,
    status: isString,
    approval_request_id: orNull(isTextOf(/^mcpr_./)),
    arguments: isString,
    error: orNull(isCallError),
    name: isFilled,
    output: orNull(isString),
  },
  mcp_approval_request: { ...OF_SERVER, arguments: isString, name: isFilled },
};

/** What comes with the done event alone, since it is not the model's. */
export const FILLED_BY_SERVER: Readonly<Record<string, readonly string[]>> = {
  mcp_list_tools: ['tools', 'error'],
  mcp_call: ['output', 'error'],
  tool_search_output: ['tools'],
  ...HOSTED_RESULTS,
};

export function isMcpItem(item: Json): boolean {
  return isString(item.type) && Object.hasOwn(MCP_ITEM_FIELDS, item.type);
}

const isToolFilter = hasFields(
  {},
  { tool_names: orNull(isListOf(isString)), read_only: orNull((value) => typeof value === 'boolean') },
);

/** Whether it is how a response shows a tool of type `mcp`: without what only its server may know. */
export const isMcpToolEcho = hasFields(
  {
    type: isString,
    server_label: isTextOf(/^[\w-]{1,64}$/),
    server_description: orNull(isFilled),
    allowed_tools: orNull((value) => isListOf(isString)(value) || isToolFilter(value)),
    headers: isNull,
    require_approval: (value) =>
      value === 'always' ||
      value === 'never' ||
      hasFields({}, { always: orNull(isToolFilter), never: orNull(isToolFilter) })(value),
  },
  {
    // No user, password or query: each of them can be a key.
    server_url: orNull(isTextOf(/^https?:\/\/[^/?#@]+(?:\/[^?#]*)?$/)),
    connector_id: isFilled,
    defer_loading: (value) => value === true,
  },
);

export const isMcpToolChoice = hasFields({ type: isString, server_label: isFilled }, { name: isFilled });

/** Whether a tool, or one within it, shows with what its server is to be asked. */
export function holdsCredentials(tool: unknown): boolean {
  const { authorization, headers, tools } = recordOf(tool);
  return authorization !== undefined || (headers ?? null) !== null || arrayOf(tools).some(holdsCredentials);
}
