import type { RawObject } from '../../../contracts/raw-object.js';
import type { McpToolRequest } from './parse-mcp-tool.js';

/** A tool that the gateway runs, as it is offered to the model. */
export interface OfferedTool {
  name: string;
  description: string | null;
  inputSchema: RawObject;
  readOnly: boolean;
}

/** A server whose tools the gateway runs in one answer. */
export interface ServedTools {
  request: McpToolRequest;
  /** Those that the request allows. */
  tools: readonly OfferedTool[];
  /** Whether they are offered though the request does not ask for them. */
  isUnasked: boolean;
}
