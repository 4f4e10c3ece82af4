/** Where a request says that tools are. Never logged and never echoed: it holds secrets. */
export interface McpAddress {
  label: string;
  /** Of the server; null: the label, or the connector id, is that of a server of CONFIG_FILE. */
  url: string | null;
  connectorId: string | null;
  /** Bearer token of the request. */
  authorization: string | null;
  /** Further headers of the request. */
  headers: Readonly<Record<string, string>>;
}
