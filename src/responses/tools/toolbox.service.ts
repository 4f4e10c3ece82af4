import { Injectable, Logger } from '@nestjs/common';
import { Environment } from '../../config/environment.js';
import type { RawObject } from '../../contracts/raw-object.js';
import type { CreateResponseBody } from '../../contracts/responses-request.js';
import { Lease } from '../../coordination/lease.js';
import { LASTING_LEASES } from '../../database/lasting-leases.js';
import { InjectExtension } from '../../extension/inject-extension.decorator.js';
import { type McpAddress, McpServers } from '../../mcp/mcp-servers.service.js';
import { type RequestContext, tenantOf } from '../../request/request-context.js';
import { ExecutorSession } from '../../tools/executor-session.js';
import { type Executor, ToolExecutorRegistry } from '../../tools/tool-executor.registry.js';
import type { ToolSession } from '../../tools/tool-session.js';
import {
  isMcpTool,
  type McpToolRequest,
  readMcpTools,
} from '../../translation/request/tools/parse-mcp-tool.js';
import type { HostedTool } from '../../translation/request/tools/hosted-tools.js';
import { searchesTools } from '../../translation/tool-search/deferred-tool.js';
import { HostedTools, type HostedToolRequest } from './hosted-tools.service.js';
import { type Listed, listTools } from './list-tools.js';
import { showListed } from './listed-tools.js';
import { readApprovals } from './read-approvals.js';
import { Toolbox } from './toolbox.js';

interface Opened {
  request: McpToolRequest;
  session: ToolSession;
  /** Whether a list in the input is believed. */
  trustsListings: boolean;
  /** Offered though the request does not ask for it: its client is not told of a list. */
  isUnasked: boolean;
}

type OpenedHosted = HostedToolRequest & { session: ToolSession };

/** A day: how long an approval is known to have been used, besides by the call that came of it. */
const CLAIM_MS = 86_400_000;
/** A server is meant by its label alone. */
const NOTHING_SAID = { url: null, connectorId: null, authorization: null, headers: {} };

/** Opens the tools of a request that the gateway runs. */
@Injectable()
export class ToolboxService {
  private readonly logger = new Logger(ToolboxService.name);

  constructor(
    private readonly servers: McpServers,
    private readonly executors: ToolExecutorRegistry,
    private readonly hostedTools: HostedTools,
    @InjectExtension(Lease) private readonly leases: Lease,
    private readonly environment: Environment,
  ) {}

  /**
   * A promise where there are such tools.
   *
   * @param input items of the request, with all that they continue
   * @returns null where the request has no such tools
   * @throws GatewayError (400) naming what is wrong; `external_connector_error` where a server does not list its tools
   */
  open(
    { tools }: Pick<CreateResponseBody, 'tools'>,
    input: unknown,
    context: RequestContext,
  ): Toolbox | null | Promise<Toolbox> {
    const unasked = this.executors.always;
    const hosted = this.hostedTools.listAsked(tools);
    const isSearching = searchesTools(tools);
    if (unasked.length + hosted.length === 0 && !isSearching && !tools?.some(isMcpTool)) return null;
    const asked = readMcpTools(tools, (tool) => this.servers.isOn || this.isOfClass(tool));
    const labels = new Set(asked.map(({ request }) => request.label));
    const further = unasked.filter(({ label }) => !labels.has(label)).flatMap(asRequested);
    if (asked.length + further.length + hosted.length === 0 && !isSearching) return null;
    const opened = [
      ...asked.map(({ request, path }) => this.openOne(request, path, context)),
      ...further.map((request) => ({ ...this.openOne(request, 'tools', context), isUnasked: true })),
    ];
    const openedHosted = hosted.map((one) => ({
      ...one,
      session: this.openSession({ ...NOTHING_SAID, label: one.label }, one.path, context),
    }));
    return this.gather(opened, openedHosted, input, context);
  }

  /** Where servers are switched off, what is meant for one is ignored as it is. */
  private isOfClass({ server_label: label, server_url: url, connector_id: connectorId }: RawObject): boolean {
    return typeof label === 'string' && !url && !connectorId && this.executors.find(label) !== undefined;
  }

  /** A label with an address is that of a server, whatever class has it too. */
  private executorOf({
    label,
    url,
    connectorId,
  }: Pick<McpAddress, 'label' | 'url' | 'connectorId'>): Executor | undefined {
    return url === null && connectorId === null ? this.executors.find(label) : undefined;
  }

  private openOne(request: McpToolRequest, path: string, context: RequestContext): Opened {
    const trustsListings = this.executorOf(request) === undefined;
    return { request, session: this.openSession(request, path, context), trustsListings, isUnasked: false };
  }

  private openSession(
    { label, url, connectorId, authorization, headers }: McpAddress,
    path: string,
    context: RequestContext,
  ): ToolSession {
    const executor = this.executorOf({ label, url, connectorId });
    return executor
      ? this.openExecutor(executor, context)
      : this.servers.open({ label, url, connectorId, authorization, headers }, path);
  }

  private openExecutor({ label, tools }: Executor, { caller }: RequestContext): ToolSession {
    const { MCP_CALL_TIMEOUT_MS, MCP_LIST_TIMEOUT_MS, MEDIA_MAX_BYTES } = this.environment;
    return new ExecutorSession(tools, {
      label,
      callerId: caller?.id ?? '',
      callMs: MCP_CALL_TIMEOUT_MS,
      listMs: MCP_LIST_TIMEOUT_MS,
      maxImageBytes: MEDIA_MAX_BYTES,
      report: (error) => {
        this.logger.error(
          `A tool of '${label}' has failed.`,
          error instanceof Error ? error.stack : undefined,
        );
      },
    });
  }

  /** Over all replicas; a client that sends its approval again does not have the call made again. */
  private async claim(approvalId: string, context: RequestContext): Promise<boolean> {
    const name = `${LASTING_LEASES}${tenantOf(context)}:${approvalId}`;
    return (await this.leases.acquire(name, CLAIM_MS)) !== null;
  }

  /** Clients send hosted tools along whether they need them or not: one that cannot be had is as good as not mapped. */
  private async findTool(
    { kind, label, tool: name, session }: OpenedHosted,
    signal: AbortSignal,
  ): Promise<(HostedTool & { session: ToolSession })[]> {
    try {
      const tool = (await session.list(signal)).find((listed) => listed.name === name);
      if (tool) return [{ kind, tool, session }];
      this.logger.warn(`hostedTools.${kind}: the server ${label} has no tool ${name}.`);
    } catch (error) {
      signal.throwIfAborted();
      this.logger.warn(`hostedTools.${kind}: ${error instanceof Error ? error.message : 'failed'}`);
    }
    void session.close();
    return [];
  }

  /** What nobody has asked for must not cost anybody an answer. */
  private async listTools(one: Opened, input: unknown, signal: AbortSignal): Promise<Listed> {
    try {
      return await listTools(one, input, signal);
    } catch (error) {
      if (!one.isUnasked || signal.aborted) throw error;
      return { tools: [], isNew: false };
    }
  }

  private async gather(
    opened: readonly Opened[],
    openedHosted: readonly OpenedHosted[],
    input: unknown,
    context: RequestContext,
  ): Promise<Toolbox> {
    const asking = new AbortController();
    context.onClose(() => {
      asking.abort();
    });
    try {
      const approvals = readApprovals(input);
      const [listed, hosted] = await Promise.all([
        Promise.all(opened.map((one) => this.listTools(one, input, asking.signal))),
        Promise.all(openedHosted.map((one) => this.findTool(one, asking.signal))),
      ]);
      const servers = opened.map((one, index) => ({ ...one, tools: listed[index]?.tools ?? [] }));
      const shown = servers.filter(({ isUnasked }, index) => !isUnasked && listed[index]?.isNew);
      const listings = shown.map(({ request, tools }) => ({
        label: request.label,
        tools: tools.map(showListed),
      }));
      const claim = (approvalId: string): Promise<boolean> => this.claim(approvalId, context);
      return new Toolbox({ servers, hosted: hosted.flat(), listings, approvals, claim });
    } catch (error) {
      for (const { session } of [...opened, ...openedHosted]) void session.close();
      throw error;
    }
  }
}

/** As if the request had asked for it, with every call allowed. */
function asRequested({ label }: Executor): McpToolRequest[] {
  return readMcpTools([{ type: 'mcp', server_label: label, require_approval: 'never' }]).map(
    ({ request }) => request,
  );
}
