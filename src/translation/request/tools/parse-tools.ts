import type { ChatTool } from '../../../contracts/chat-completions.js';
import { isObject } from '../../../contracts/raw-object.js';
import type { ToolEcho } from '../../../contracts/responses-api.js';
import { type DeferredTool, searchesTools } from '../../tool-search/deferred-tool.js';
import type { ToolTable } from '../../vocabulary/tool-table.js';
import type { HostedTool } from './hosted-tools.js';
import type { ServedTools } from './served-tools.js';
import { ToolReader } from './tool-reader.js';

/** What the gateway runs; absent: nothing of the kind. */
export interface ToolsRunHere {
  served?: readonly ServedTools[] | undefined;
  hosted?: readonly HostedTool[] | undefined;
}

export interface ParsedTools {
  table: ToolTable;
  chat: ChatTool[];
  echo: ToolEcho[];
  /** Those that the model has to search for, and has not found yet, by their wire names. */
  deferred: Map<string, DeferredTool>;
  /** What the model knows the search by that the gateway runs; null: there is none. */
  searchName: string | null;
}

/**
 * Reads `tools` and the tools that items of the input bring along (Codex's `additional_tools` and what its tool search has
 * found). Tools come in the Responses form or in that of chat completions; custom tools, namespaces and a tool search run by
 * the client are lowered to functions, as are the built-in tools that the client runs; tools that only OpenAI's own servers can run are
 * left out and named in `ignored`.
 *
 * @param vision whether the model can see what tools return as images
 * @param here what the gateway runs, of the tools of type `mcp` and of hosted ones
 * @throws GatewayError whose param is the path of the first thing that is wrong
 */
export function parseTools(
  tools: unknown[] | null | undefined,
  input: unknown,
  ignored: Set<string>,
  vision: boolean,
  { served = [], hosted = [] }: ToolsRunHere = {},
): ParsedTools {
  const reader = new ToolReader(ignored, vision, { served, hosted }, searchesTools(tools, served));
  (tools ?? []).forEach((tool, index) => {
    reader.read(tool, `tools[${index}]`, null);
    reader.echo(tool);
  });
  for (const unasked of served.filter(({ isUnasked }) => isUnasked)) reader.addTools(unasked);
  if (Array.isArray(input)) {
    input.forEach((item: unknown, index) => {
      if (isObject(item) && (item.type === 'additional_tools' || item.type === 'tool_search_output')) {
        reader.readLater(item.tools, `input[${index}].tools`);
      }
    });
  }
  if (reader.parsed.searchName !== null) ignored.delete('tools.defer_loading');
  return reader.parsed;
}
