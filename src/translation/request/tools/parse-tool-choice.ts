import type { ChatToolChoice } from '../../../contracts/chat-completions.js';
import type { ToolChoice, ToolChoiceMode } from '../../../contracts/responses-api.js';
import type { BuiltinChoice } from '../../../contracts/builtin-tools-api.js';
import type { HostedToolType } from '../../../contracts/hosted-tools-api.js';
import { type GatewayError, invalidRequest } from '../../../errors/gateway-error.js';
import { isObject, type RawObject } from '../../../contracts/raw-object.js';
import { nameOf, readArray, readObject, readString, readText } from '../read-field.js';
import { findBuiltin, isBuiltinChoice } from '../../builtin-tools/find-builtin.js';
import type { ToolTable } from '../../vocabulary/tool-table.js';
import { findHosted } from './hosted-tools.js';
import { unwrapTool } from './unwrap-tool.js';

export interface ParsedToolChoice {
  /** What goes upstream; undefined: the server's default, `auto`. */
  chat: ChatToolChoice | undefined;
  echo: ToolChoice;
  /** Wire names of the only tools that may be called; null: all. */
  allowed: ReadonlySet<string> | null;
}

const HOSTED =
  /^(?:web_search|file_search|computer|code_interpreter|image_generation|local_shell|shell|apply_patch)/;

/**
 * Reads `tool_choice` in all its forms, a mode also as an object (`{type: 'required'}`).
 *
 * @throws GatewayError when the form is unknown, or nothing is offered that the choice asks for
 */
export function parseToolChoice(choice: unknown, tools: ToolTable, ignored: Set<string>): ParsedToolChoice {
  if (choice === undefined || choice === null) return mode('auto', tools);
  if (isMode(choice)) return mode(choice, tools);
  if (!isObject(choice)) {
    throw invalidRequest(
      'tool_choice',
      "Expected 'none', 'auto', 'required' or an object that names a tool.",
    );
  }
  const type = readString(choice.type, 'tool_choice.type');
  if (type === 'function' || type === 'custom') return named(choice, tools);
  if (type === 'mcp') return served(choice, tools);
  if (isBuiltinChoice(type)) return builtIn(type, tools);
  if (type === 'allowed_tools') return allowedTools(choice, tools, ignored);
  if (isMode(type)) return mode(type, tools);
  const hosted = findHosted(type, tools);
  if (hosted) return chosen(hosted.wireName, { type: type as HostedToolType });
  if (HOSTED.test(type)) throw notFound(type);
  throw invalidRequest('tool_choice.type', `Unknown tool choice '${type}'.`);
}

function isMode(value: unknown): value is ToolChoiceMode {
  return value === 'none' || value === 'auto' || value === 'required';
}

/** In OpenAI's words: clients look for them. */
function notFound(choice: string): GatewayError {
  return invalidRequest('tool_choice', `Tool choice '${choice}' not found in 'tools' parameter.`);
}

function mode(value: ToolChoiceMode, tools: ToolTable): ParsedToolChoice {
  if (value === 'required' && tools.size === 0) throw notFound(value);
  return {
    chat: value === 'auto' ? undefined : value,
    echo: value,
    allowed: value === 'none' ? new Set() : null,
  };
}

function named(choice: RawObject, tools: ToolTable): ParsedToolChoice {
  const { source, base } = unwrapTool(choice, 'tool_choice');
  const name = readString(source.name, `${base}.name`);
  const wireName = declared(name, choice.namespace, tools);
  return chosen(wireName, { type: choice.type === 'custom' ? 'custom' : 'function', name });
}

function builtIn(type: BuiltinChoice, tools: ToolTable): ParsedToolChoice {
  const tool = findBuiltin(type, tools);
  if (!tool) throw notFound(type);
  return chosen(tool.wireName, { type });
}

function chosen(wireName: string, echo: ToolChoice): ParsedToolChoice {
  return {
    chat: { type: 'function', function: { name: wireName } },
    echo,
    allowed: new Set([wireName]),
  };
}

/** All tools of a server, of which the model must call one, or a single one. */
function served(choice: RawObject, tools: ToolTable): ParsedToolChoice {
  const { label, name, wireNames } = readServed(choice, 'tool_choice', tools);
  const [only] = wireNames;
  const isOne = wireNames.length === 1 && only !== undefined;
  return {
    chat: isOne ? { type: 'function', function: { name: only } } : 'required',
    echo: { type: 'mcp', server_label: label, ...(name !== null && { name }) },
    allowed: new Set(wireNames),
  };
}

function readServed(
  choice: RawObject,
  path: string,
  tools: ToolTable,
): { label: string; name: string | null; wireNames: string[] } {
  const label = readString(choice.server_label, `${path}.server_label`);
  const name = readText(choice.name, `${path}.name`) || null;
  const wireNames = tools.namesOfServer(label, name);
  if (wireNames.length === 0) throw notFound(name === null || !tools.hasServer(label) ? 'mcp' : name);
  return { label, name, wireNames };
}

function allowedTools(choice: RawObject, tools: ToolTable, ignored: Set<string>): ParsedToolChoice {
  const { source, base } = unwrapTool(choice, 'tool_choice');
  const wanted = source.mode ?? 'auto';
  if (wanted !== 'auto' && wanted !== 'required') {
    throw invalidRequest(`${base}.mode`, `Expected 'auto' or 'required', got ${nameOf(wanted)}.`);
  }
  const allowed = new Set<string>();
  const echo: { type: string; [field: string]: unknown }[] = [];
  readArray(source.tools, `${base}.tools`).forEach((value, index) => {
    const path = `${base}.tools[${index}]`;
    const tool = readObject(value, path);
    const type = readString(tool.type, `${path}.type`);
    if (type === 'mcp' && typeof tool.server_label === 'string' && tools.hasServer(tool.server_label)) {
      const { label, name, wireNames } = readServed(tool, path, tools);
      for (const wireName of wireNames) allowed.add(wireName);
      echo.push({ type, server_label: label, ...(name !== null && { name }) });
      return;
    }
    const builtin = isBuiltinChoice(type) ? findBuiltin(type, tools) : findHosted(type, tools);
    if (builtin) {
      allowed.add(builtin.wireName);
      echo.push({ type });
      return;
    }
    if (type !== 'function' && type !== 'custom') {
      ignored.add(`tool_choice.tools:${type}`);
      return;
    }
    const inner = unwrapTool(tool, path);
    const name = readString(inner.source.name, `${inner.base}.name`);
    allowed.add(declared(name, tool.namespace, tools));
    echo.push({ type, name });
  });
  if (allowed.size === 0) throw notFound('allowed_tools');
  return {
    chat: wanted === 'required' ? 'required' : undefined,
    echo: { type: 'allowed_tools', mode: wanted, tools: echo },
    allowed,
  };
}

function declared(name: string, namespace: unknown, tools: ToolTable): string {
  const binding = tools.find(name, typeof namespace === 'string' ? namespace : null) ?? tools.resolve(name);
  if (binding) return binding.wireName;
  throw notFound(name);
}
