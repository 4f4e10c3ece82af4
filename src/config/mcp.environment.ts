import { IsMcpHosts } from './mcp-hosts.js';
import { Bytes, Flag, Milliseconds, WholeNumber } from './variable.decorators.js';

/** Tools of MCP servers, which the gateway runs. */
export class McpEnvironment {
  /** Run tools of type `mcp`; off: they are ignored, and named in `x-gateway-ignored`. */
  @Flag()
  MCP_ENABLED: boolean = true;

  /**
   * Hosts that a `server_url` of a request may name, separated by commas: a name, an address or `.domain` (its subdomains), each with or
   * without `:port`; `*`: any; always public, unless it is an address or `localhost` that stands here itself; by TLS, unless it begins with
   * `http://`. `none`: only servers of CONFIG_FILE.
   */
  @IsMcpHosts()
  MCP_ALLOWED_HOSTS: string = 'none';

  /** How long an MCP server may take to list its tools, connecting included, ms. */
  @Milliseconds(1)
  MCP_LIST_TIMEOUT_MS: number = 10_000;

  /** How long a call may take without a sign of progress, ms; ten times that in all. Of tools in the process: in all. */
  @Milliseconds(1)
  MCP_CALL_TIMEOUT_MS: number = 60_000;

  /** Most that is read of an MCP server's answer, bytes. */
  @Bytes(1)
  MCP_MAX_RESULT_BYTES: number = 1_048_576;

  /** How often the model is asked in one answer at most; the last time it is offered no tools. */
  @WholeNumber(1)
  MCP_MAX_TURNS: number = 16;
}
