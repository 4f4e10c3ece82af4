import { isObject, type RawObject } from '../../../contracts/raw-object.js';
import type { ToolEcho } from '../../../contracts/responses-api.js';
import { withoutUrlSecrets } from '../../../contracts/without-url-secrets.js';
import { invalidRequest } from '../../../errors/gateway-error.js';
import { nameOf, readArray, readObject, readString, readText } from '../read-field.js';

/** What is known of a tool before it is chosen or allowed. */
export interface FilteredTool {
  name: string;
  readOnly: boolean;
}

type ToolFilter = (tool: FilteredTool) => boolean;

/** A tool of type `mcp`, as a request asks for it. Never logged and never echoed whole: it holds secrets. */
export interface McpToolRequest {
  label: string;
  url: string | null;
  connectorId: string | null;
  authorization: string | null;
  headers: Readonly<Record<string, string>>;
  /** Names of the only tools that it asks for; null: it names none. */
  allowedNames: readonly string[] | null;
  /** Whether the model may have a tool of the server at all. */
  allows: ToolFilter;
  /** Whether the client is asked before a call. */
  needsApproval: ToolFilter;
  /** Its tools are not shown to the model before it has searched for them. */
  isDeferred: boolean;
  echo: ToolEcho;
}

/** The published limit of names. */
const LABEL = /^[\w-]{1,64}$/;
const HEADER_NAME = /^[\w!#$%&'*+.^`|~-]+$/;
/** What a header may hold: no line ends, and nothing that cannot be sent. */
const HEADER_VALUE = /^[\t\x20-\x7e\x80-\xff]*$/;
const ALL: ToolFilter = () => true;
const NONE: ToolFilter = () => false;

/** Of one request: each is asked for its tools, and each list may be large. */
const MAX_SERVERS = 32;

/**
 * The tools of type `mcp` of a request, with their paths.
 *
 * @param isRead leaves out those that are ignored, whatever is in them
 * @throws GatewayError (400) naming the field that is wrong
 */
export function readMcpTools(
  tools: unknown,
  isRead: (tool: RawObject) => boolean = () => true,
): { path: string; request: McpToolRequest }[] {
  if (!Array.isArray(tools)) return [];
  const labels = new Set<string>();
  return tools.flatMap((tool: unknown, index) => {
    if (!isMcpTool(tool) || !isRead(tool)) return [];
    const path = `tools[${index}]`;
    if (labels.size === MAX_SERVERS)
      throw invalidRequest(path, `A request may use ${MAX_SERVERS} MCP servers.`);
    const request = parseMcpTool(tool, path);
    if (labels.has(request.label)) {
      throw invalidRequest(`${path}.server_label`, `Two tools have the server_label '${request.label}'.`);
    }
    labels.add(request.label);
    return [{ path, request }];
  });
}

export function isMcpTool(tool: unknown): tool is RawObject {
  return isObject(tool) && tool.type === 'mcp';
}

function parseMcpTool(tool: RawObject, path: string): McpToolRequest {
  const label = readString(tool.server_label, `${path}.server_label`);
  if (!LABEL.test(label)) {
    throw invalidRequest(`${path}.server_label`, 'Expected 1 to 64 letters, digits, hyphens or underscores.');
  }
  const authorization = readText(tool.authorization, `${path}.authorization`) || null;
  if (authorization !== null && !HEADER_VALUE.test(authorization)) {
    throw invalidRequest(`${path}.authorization`, 'Expected a token that can be sent in a header.');
  }
  const headers = readHeaders(tool.headers, `${path}.headers`);
  if (authorization !== null && Object.keys(headers).some((name) => name.toLowerCase() === 'authorization')) {
    throw invalidRequest(`${path}.authorization`, 'Give either authorization or a header of that name.');
  }
  if (typeof tool.tunnel_id === 'string') {
    throw invalidRequest(`${path}.tunnel_id`, 'Tunnels are run by OpenAI and cannot be reached from here.');
  }
  return {
    label,
    url: readText(tool.server_url, `${path}.server_url`) || null,
    connectorId: readText(tool.connector_id, `${path}.connector_id`) || null,
    authorization,
    headers,
    allows: parseAllowed(tool.allowed_tools, `${path}.allowed_tools`),
    allowedNames: namesOf(tool.allowed_tools),
    needsApproval: parseApproval(tool.require_approval, `${path}.require_approval`),
    isDeferred: tool.defer_loading === true,
    echo: {
      type: 'mcp',
      server_label: label,
      server_url: typeof tool.server_url === 'string' ? withoutUrlSecrets(tool.server_url) || null : null,
      ...(typeof tool.connector_id === 'string' && { connector_id: tool.connector_id }),
      server_description: readText(tool.server_description, `${path}.server_description`) || null,
      allowed_tools: tool.allowed_tools ?? null,
      headers: null,
      require_approval: tool.require_approval ?? 'always',
      ...(tool.defer_loading === true && { defer_loading: true }),
    },
  };
}

function readHeaders(value: unknown, path: string): Record<string, string> {
  if (value === undefined || value === null) return {};
  const headers = Object.entries(readObject(value, path)).map(([name, text]) => {
    if (typeof text !== 'string' || !HEADER_NAME.test(name) || !HEADER_VALUE.test(text)) {
      throw invalidRequest(path, 'Expected an object of header names and texts.');
    }
    return [name, text] as const;
  });
  return Object.fromEntries(headers);
}

function parseAllowed(value: unknown, path: string): ToolFilter {
  if (value === undefined || value === null) return ALL;
  if (Array.isArray(value)) return named(value, path);
  return parseFilter(readObject(value, path), path) ?? ALL;
}

/** Of a filter that was parsed. */
function namesOf(allowed: unknown): readonly string[] | null {
  const names = isObject(allowed) ? allowed.tool_names : allowed;
  return Array.isArray(names) ? (names as string[]) : null;
}

/** Nothing said: every call needs it. So does one that the filters leave open. */
function parseApproval(value: unknown, path: string): ToolFilter {
  if (value === undefined || value === null || value === 'always') return ALL;
  if (value === 'never') return NONE;
  if (!isObject(value)) {
    throw invalidRequest(path, `Expected 'always', 'never' or an object, got ${nameOf(value)}.`);
  }
  const always = readPart(value.always, `${path}.always`);
  const never = readPart(value.never, `${path}.never`);
  return (tool) => always(tool) || !never(tool);
}

function readPart(value: unknown, path: string): ToolFilter {
  if (value === undefined || value === null) return NONE;
  return parseFilter(readObject(value, path), path) ?? NONE;
}

/** @returns null where it does not choose anything */
function parseFilter(filter: RawObject, path: string): ToolFilter | null {
  const { tool_names: names, read_only: readOnly } = filter;
  const byName = names === undefined || names === null ? null : named(names, `${path}.tool_names`);
  if (readOnly === undefined || readOnly === null) return byName;
  if (typeof readOnly !== 'boolean') {
    throw invalidRequest(`${path}.read_only`, `Expected a boolean, got ${nameOf(readOnly)}.`);
  }
  return (tool) => tool.readOnly === readOnly && (byName?.(tool) ?? true);
}

function named(value: unknown, path: string): ToolFilter {
  const names = new Set(readArray(value, path).map((name, index) => readString(name, `${path}[${index}]`)));
  return ({ name }) => names.has(name);
}
