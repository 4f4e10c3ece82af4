/** How an MCP server is reached over HTTP. `sse` is the one of 2024, before Streamable HTTP. */
export const MCP_TRANSPORTS = ['streamable_http', 'sse'] as const;
export type McpTransport = (typeof MCP_TRANSPORTS)[number];
