import { isObject } from '../../contracts/raw-object.js';
import type { McpListedTool } from '../../contracts/responses-api.js';
import type { ServedTool } from '../../tools/tool-session.js';

/** The tools that an earlier answer of this conversation has listed for a server; null: none has. */
export function findListing(input: unknown, label: string): ServedTool[] | null {
  if (!Array.isArray(input)) return null;
  const item: unknown = input.findLast(
    (value: unknown) => isObject(value) && value.type === 'mcp_list_tools' && value.server_label === label,
  );
  if (!isObject(item) || !Array.isArray(item.tools) || (item.error ?? null) !== null) return null;
  return item.tools.filter(isObject).flatMap((tool) =>
    typeof tool.name === 'string' && tool.name !== ''
      ? [
          {
            name: tool.name,
            description: typeof tool.description === 'string' ? tool.description : null,
            inputSchema: isObject(tool.input_schema) ? tool.input_schema : {},
            readOnly: isObject(tool.annotations) && tool.annotations.read_only === true,
          },
        ]
      : [],
  );
}

export function showListed({ name, description, inputSchema, readOnly }: ServedTool): McpListedTool {
  return {
    name,
    ...(description !== null && { description }),
    input_schema: inputSchema,
    annotations: { read_only: readOnly },
  };
}
