import type { ChatTool } from '../../contracts/chat-completions.js';
import type { FunctionToolEcho } from '../../contracts/responses-api.js';
import { invalidRequest } from '../../errors/gateway-error.js';
import { isObject, nameOf, type RawObject, readObject, readString, readText } from './read-field.js';
import { ToolTable } from './tool-table.js';

export interface ParsedTools {
  table: ToolTable;
  chat: ChatTool[];
  echo: FunctionToolEcho[];
}

/**
 * Reads `tools`, in the Responses form (`{type, name, parameters}`) or the chat form (`{type, function: {…}}`).
 * Tools that only OpenAI's own servers can run are left out and named in `ignored`.
 *
 * @throws GatewayError whose param is the path of the first thing that is wrong
 */
export function parseTools(tools: unknown[] | null | undefined, ignored: Set<string>): ParsedTools {
  const parsed: ParsedTools = { table: new ToolTable(), chat: [], echo: [] };
  (tools ?? []).forEach((value, index) => {
    const path = `tools[${index}]`;
    const tool = readObject(value, path);
    const type = readString(tool.type, `${path}.type`);
    if (type === 'function') addFunction(tool, path, parsed);
    else ignored.add(`tools:${type}`);
  });
  return parsed;
}

function addFunction(tool: RawObject, path: string, parsed: ParsedTools): void {
  const nested = isObject(tool.function);
  const source = nested ? (tool.function as RawObject) : tool;
  const base = nested ? `${path}.function` : path;
  const name = readString(source.name, `${base}.name`);
  if (parsed.table.has(name)) throw invalidRequest(`${base}.name`, `The tool '${name}' is declared twice.`);
  const description = readText(source.description, `${base}.description`);
  const parameters = readParameters(source.parameters, `${base}.parameters`);
  const strict = readStrict(source.strict, `${base}.strict`);
  parsed.table.add({ kind: 'function', name, wireName: name, strict: strict === true, parameters });
  parsed.chat.push({
    type: 'function',
    function: {
      name,
      ...(description !== '' && { description }),
      parameters: parameters ?? { type: 'object', properties: {} },
      ...(strict !== null && { strict }),
    },
  });
  parsed.echo.push({ type: 'function', name, description: description || null, parameters, strict });
}

function readParameters(value: unknown, path: string): Record<string, unknown> | null {
  if (value === undefined || value === null) return null;
  return readObject(value, path);
}

function readStrict(value: unknown, path: string): boolean | null {
  if (value === undefined || value === null) return null;
  if (typeof value === 'boolean') return value;
  throw invalidRequest(path, `Expected a boolean, got ${nameOf(value)}.`);
}
