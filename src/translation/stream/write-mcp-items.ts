import type { McpListedTool, McpListToolsItem } from '../../contracts/responses-api.js';
import { announceItem, emitOfItem, finishItem, type StreamOutput } from './item-writer.js';

/** The tools of a server, as the client is told of them. */
export interface ToolListing {
  label: string;
  tools: readonly McpListedTool[];
}

/** Writes an mcp_list_tools item. It was listed before: its events follow each other. */
export function writeToolList(
  output: StreamOutput,
  id: string,
  outputIndex: number,
  { label, tools }: ToolListing,
): McpListToolsItem {
  const item = { type: 'mcp_list_tools' as const, id, server_label: label };
  announceItem(output, outputIndex, { ...item, tools: [] });
  for (const step of ['in_progress', 'completed'] as const) {
    emitOfItem(output, { id, outputIndex }, { type: `response.mcp_list_tools.${step}` });
  }
  return finishItem(output, outputIndex, { ...item, tools: [...tools] });
}
