import { Injectable, type OnApplicationBootstrap } from '@nestjs/common';
import type { HostedKind } from '../../contracts/hosted-tools-api.js';
import { isObject } from '../../contracts/raw-object.js';
import type { GatewayFileContent } from '../../gateway-file/gateway-file-content.js';
import type { HostedToolEntry } from '../../gateway-file/hosted-tools-entry.js';
import { GatewayFile } from '../../gateway-file/gateway-file.service.js';
import { McpServers } from '../../mcp/mcp-servers.service.js';
import { ToolExecutorRegistry } from '../../tools/tool-executor.registry.js';
import { hostedKindOf } from '../../translation/vocabulary/hosted-kind.js';

/** A hosted tool that a request asks for, and where it is run. */
export interface HostedToolRequest {
  kind: HostedKind;
  /** Of the tool in the request. */
  path: string;
  /** Label of the server. */
  label: string;
  /** Name of the tool there. */
  tool: string;
}

/** What CONFIG_FILE says of hosted tools. */
@Injectable()
export class HostedTools implements OnApplicationBootstrap {
  constructor(
    private readonly file: GatewayFile,
    private readonly servers: McpServers,
    private readonly executors: ToolExecutorRegistry,
  ) {}

  /**
   * A wrong label is met where the file is read, not by a request.
   *
   * @throws Error naming the tools whose server nobody knows
   */
  onApplicationBootstrap(): void {
    this.file.addCheck((content) => this.findUnknown(content));
  }

  /** Those of a request that are run here, each kind once. */
  listAsked(tools: readonly unknown[] | null | undefined): HostedToolRequest[] {
    const asked = new Map<HostedKind, HostedToolRequest>();
    (tools ?? []).forEach((tool, index) => {
      const kind = isObject(tool) ? hostedKindOf(tool.type) : null;
      const entry = kind && this.file.hostedTools[kind];
      if (!entry || asked.has(kind) || !this.canReach(entry.server)) return;
      asked.set(kind, { kind, path: `tools[${index}]`, label: entry.server, tool: entry.tool });
    });
    return [...asked.values()];
  }

  private canReach(label: string): boolean {
    return this.servers.isOn || this.executors.find(label) !== undefined;
  }

  private findUnknown({ hostedTools = {}, mcpServers = [] }: GatewayFileContent): string[] {
    return Object.entries(hostedTools as Partial<Record<string, HostedToolEntry>>).flatMap(
      ([kind, entry]) => {
        if (!entry) return [];
        const { server } = entry;
        const isKnown = mcpServers.some(({ label }) => label === server) || this.executors.find(server);
        return isKnown
          ? []
          : [`hostedTools.${kind}.server: there is no MCP server or @ToolExecutor ${server}`];
      },
    );
  }
}
