import { Inject, Injectable, type OnApplicationShutdown } from '@nestjs/common';
import { PinoLogger } from 'nestjs-pino';
import { Agent } from 'undici';
import { Environment } from '../config/environment.js';
import { GivenVariables } from '../config/given-variables.js';
import { type McpHosts, parseMcpHosts } from '../config/mcp-hosts.js';
import { GatewayError } from '../errors/gateway-error.js';
import { GatewayFile } from '../gateway-file/gateway-file.service.js';
import type { McpServerEntry } from '../gateway-file/mcp-server-entry.js';
import type { ToolSession } from '../tools/tool-session.js';
import { ConnectionHolder } from './connection-holder.js';
import { findEntry } from './find-entry.js';
import { HOST_LOOKUP, type HostLookup, MOST_CONNECTIONS, openGuardedAgent } from './guarded-agent.js';
import { HttpTransport } from './http-transport.js';
import type { McpAddress } from './mcp-address.js';
import { McpConnection } from './mcp-connection.js';
import { McpProcesses } from './mcp-processes.js';
import { McpSession, type SessionLimits, type SessionServer } from './mcp-session.js';
import { readServerUrl } from './read-server-url.js';
import { readHeaders, withoutOwn } from './request-headers.js';
import { SseTransport } from './sse-transport.js';
import { ToolListCache } from './tool-list-cache.js';

export type { McpAddress } from './mcp-address.js';

/** The MCP servers that requests may use: those of CONFIG_FILE, and those at hosts of MCP_ALLOWED_HOSTS. */
@Injectable()
export class McpServers implements OnApplicationShutdown {
  /** Whether tools of type `mcp` are run at all. */
  readonly isOn: boolean;
  private readonly hosts: McpHosts;
  private readonly limits: SessionLimits;
  private readonly lists = new ToolListCache();
  private readonly processes: McpProcesses;
  /** To servers of CONFIG_FILE, wherever they are. */
  private readonly agent: Agent;
  private readonly guardedAgent: Agent;

  constructor(
    environment: Environment,
    variables: GivenVariables,
    private readonly file: GatewayFile,
    @Inject(HOST_LOOKUP) lookup: HostLookup,
    logger: PinoLogger,
  ) {
    logger.setContext(McpServers.name);
    this.isOn = environment.MCP_ENABLED;
    this.hosts = parseMcpHosts(environment.MCP_ALLOWED_HOSTS);
    this.limits = {
      listMs: environment.MCP_LIST_TIMEOUT_MS,
      callMs: environment.MCP_CALL_TIMEOUT_MS,
      maxBytes: environment.MCP_MAX_RESULT_BYTES,
      maxImageBytes: environment.MEDIA_MAX_BYTES,
    };
    this.agent = new Agent({ connect: { timeout: this.limits.listMs }, connections: MOST_CONNECTIONS });
    this.guardedAgent = openGuardedAgent(lookup, this.limits.listMs);
    this.processes = new McpProcesses(this.limits, variables, logger);
    file.onChange(() => {
      void this.processes.keep(file.mcpServers);
    });
  }

  /**
   * @param path of the tool in the request
   * @throws GatewayError (400) naming the field of the tool that is not allowed or leads nowhere
   */
  open(address: McpAddress, path: string): ToolSession {
    const entry = findEntry(address, this.file.mcpServers);
    const server = entry ? this.serverOf(entry, address, path) : this.requestedServer(address, path);
    return new McpSession(server, this.limits, this.lists);
  }

  async onApplicationShutdown(): Promise<void> {
    await Promise.all([this.processes.keep([]), this.agent.destroy(), this.guardedAgent.destroy()]);
  }

  private serverOf(entry: McpServerEntry, address: McpAddress, path: string): SessionServer {
    const { label } = address;
    const allowedTools = entry.allowedTools ?? null;
    if (entry.url === undefined) {
      const connections = this.processes.of(entry);
      return {
        label,
        identity: [entry],
        headers: entry.env ?? {},
        allowedTools,
        connections,
        isShared: true,
      };
    }
    const passed = entry.passAuthorization ? readHeaders(address, path) : {};
    const headers = {
      ...passed,
      ...withoutOwn(entry.headers ?? {}),
      ...(address.authorization !== null &&
        entry.passAuthorization && { authorization: passed.authorization }),
    };
    const url = new URL(entry.url);
    const Transport = entry.transport === 'sse' ? SseTransport : HttpTransport;
    const connections = this.connect(Transport, url, headers, this.agent);
    return { label, identity: [entry, headers], headers, allowedTools, connections, isShared: false };
  }

  private requestedServer(address: McpAddress, path: string): SessionServer {
    const { label } = address;
    const url = readServerUrl(address, path);
    if (!this.hosts.allows(url)) {
      throw new GatewayError('unsupported_value', {
        param: `${path}.server_url`,
        message:
          'This MCP server is not allowed: MCP_ALLOWED_HOSTS says to which hosts requests may send the gateway.',
      });
    }
    const headers = readHeaders(address, path);
    const connections = this.connect(HttpTransport, url, headers, this.guardedAgent);
    return {
      label,
      identity: [url.href, headers],
      headers,
      allowedTools: null,
      connections,
      isShared: false,
    };
  }

  private connect(
    Transport: typeof HttpTransport | typeof SseTransport,
    url: URL,
    headers: Record<string, string>,
    dispatcher: Agent,
  ): ConnectionHolder {
    const { listMs, maxBytes } = this.limits;
    return new ConnectionHolder((signal) =>
      McpConnection.open(new Transport({ url, headers, dispatcher, maxBytes }), listMs, signal),
    );
  }
}
