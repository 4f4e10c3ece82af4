import type { McpToolRequest } from '../../translation/request/tools/parse-mcp-tool.js';
import type { ServedTool, ToolSession } from '../../tools/tool-session.js';
import { findListing } from './listed-tools.js';

export interface Listed {
  /** Those that the request allows. */
  tools: readonly ServedTool[];
  /** Whether the client is to be told of them: it knows them from an earlier answer otherwise. */
  isNew: boolean;
}

/**
 * The tools of a server: as they stand in an earlier list of the conversation, where that has what the request asks for, else as the
 * server itself lists them.
 *
 * @param trustsListings whether a list in the input is believed: a client may have written it
 * @param input items of the request, with all that they continue
 */
export async function listTools(
  {
    request,
    session,
    trustsListings,
  }: { request: McpToolRequest; session: ToolSession; trustsListings: boolean },
  input: unknown,
  signal: AbortSignal,
): Promise<Listed> {
  const earlier = findListing(input, request.label);
  const known = earlier?.filter(request.allows) ?? [];
  if (earlier && trustsListings && isEnough(request, known)) return { tools: known, isNew: false };
  const listed = await session.list(signal);
  const tools = listed.filter(request.allows);
  const names = new Set(known.map(({ name }) => name));
  return { tools, isNew: !earlier || tools.some(({ name }) => !names.has(name)) };
}

/** An earlier request may have allowed others. */
function isEnough({ allowedNames }: McpToolRequest, known: readonly ServedTool[]): boolean {
  if (allowedNames === null) return known.length > 0;
  return allowedNames.every((wanted) => known.some(({ name }) => name === wanted));
}
