import { Injectable } from '@nestjs/common';
import { GatewayError } from '../errors/gateway-error.js';
import type { ToolSession } from '../tools/tool-session.js';

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

/** The MCP servers that requests may use: those of CONFIG_FILE, and those at hosts of MCP_ALLOWED_HOSTS. */
@Injectable()
export class McpServers {
  /** Whether tools of type `mcp` are run at all. */
  get isOn(): boolean {
    return false;
  }

  /**
   * @param path of the tool in the request
   * @throws GatewayError (400) naming the field of the tool that is not allowed or leads nowhere
   */
  open(_address: McpAddress, path: string): ToolSession {
    throw new GatewayError('unsupported_value', { param: `${path}.server_url` });
  }
}
