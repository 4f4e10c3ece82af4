import type { ServedTool } from '../tools/tool-session.js';
import type { McpConnection, RequestLimits } from './mcp-connection.js';
import { McpFailure } from './mcp-failure.js';
import { readTools, sizeOfTools } from './read-tools.js';

const MAX_TOOLS = 1_000;
const MAX_PAGES = 100;

export interface ListOptions {
  /** Of all pages. */
  maxBytes: number;
  /** Takes secrets out of what the server says. */
  hide: (text: string) => string;
}

/**
 * All pages of a server's list; what is beyond 1,000 tools or 100 pages is left out, and so is a name that is there already.
 *
 * @throws McpFailure
 */
export async function listTools(
  connection: McpConnection,
  limits: RequestLimits,
  { maxBytes, hide }: ListOptions,
  signal: AbortSignal,
): Promise<readonly ServedTool[]> {
  const tools = new Map<string, ServedTool>();
  let cursor: unknown;
  let size = 0;
  for (let page = 0; page < MAX_PAGES; page += 1) {
    const params = typeof cursor === 'string' ? { cursor } : {};
    const result = await connection.request('tools/list', params, limits, signal);
    const listed = readTools(result.tools, hide);
    size += sizeOfTools(listed);
    if (size > maxBytes) throw McpFailure.tooLarge(maxBytes);
    for (const tool of listed) {
      if (tools.size < MAX_TOOLS && !tools.has(tool.name)) tools.set(tool.name, tool);
    }
    cursor = result.nextCursor;
    if (typeof cursor !== 'string' || tools.size >= MAX_TOOLS) break;
  }
  return [...tools.values()];
}
