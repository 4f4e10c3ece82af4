import { Injectable, Logger } from '@nestjs/common';
import type { CreateResponseBody } from '../../contracts/responses-request.js';
import { GatewayError } from '../../errors/gateway-error.js';
import { type McpAddress, McpServers } from '../../mcp/mcp-servers.service.js';
import type { RequestContext } from '../../request/request-context.js';
import { ExecutorSession } from '../../tools/executor-session.js';
import { type Executor, ToolExecutorRegistry } from '../../tools/tool-executor.registry.js';
import type { ServedTool, ToolSession } from '../../tools/tool-session.js';
import {
  isMcpTool,
  type McpToolRequest,
  readMcpTools,
} from '../../translation/request/tools/parse-mcp-tool.js';
import type { HostedTool } from '../../translation/request/tools/hosted-tools.js';
import { HostedTools, type HostedToolRequest } from './hosted-tools.service.js';
import { findListing, showListed } from './listed-tools.js';
import { readApprovals } from './read-approvals.js';
import { Toolbox } from './toolbox.js';

interface Opened {
  request: McpToolRequest;
  session: ToolSession;
  /** Offered though the request does not ask for it: its client is not told of a list. */
  isUnasked: boolean;
}

type OpenedHosted = HostedToolRequest & { session: ToolSession };

interface Listed {
  tools: readonly ServedTool[];
  isNew: boolean;
}

const CALL_TIMEOUT_MS = 60_000;
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
    const unasked = this.executors.listAlways();
    const hosted = this.hostedTools.listAsked(tools);
    if (unasked.length + hosted.length === 0 && !tools?.some(isMcpTool)) return null;
    const asked = readMcpTools(tools).filter(
      ({ request }) => this.servers.isOn || this.executors.find(request.label),
    );
    const labels = new Set(asked.map(({ request }) => request.label));
    const further = unasked.filter(({ label }) => !labels.has(label)).flatMap(asRequested);
    if (asked.length + further.length + hosted.length === 0) return null;
    const opened = [
      ...asked.map(({ request, path }) => ({
        request,
        session: this.openSession(request, path, context),
        isUnasked: false,
      })),
      ...further.map((request) => ({
        request,
        session: this.openSession(request, 'tools', context),
        isUnasked: true,
      })),
    ];
    const openedHosted = hosted.map((one) => ({
      ...one,
      session: this.openSession({ ...NOTHING_SAID, label: one.label }, one.path, context),
    }));
    return this.gather(opened, openedHosted, input, context);
  }

  private openSession(
    { label, url, connectorId, authorization, headers }: McpAddress,
    path: string,
    { caller }: RequestContext,
  ): ToolSession {
    const executor = url === null && connectorId === null ? this.executors.find(label) : undefined;
    if (!executor) return this.servers.open({ label, url, connectorId, authorization, headers }, path);
    return new ExecutorSession(executor.tools, {
      callerId: caller?.id ?? '',
      timeoutMs: CALL_TIMEOUT_MS,
      report: (error) => {
        this.logger.error(
          `A tool of '${label}' has failed.`,
          error instanceof Error ? error.stack : undefined,
        );
      },
    });
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
        Promise.all(opened.map((one) => listTools(one, input, asking.signal))),
        Promise.all(openedHosted.map((one) => findTool(one, asking.signal))),
      ]);
      const servers = opened.map((one, index) => ({
        ...one,
        tools: (listed[index]?.tools ?? []).filter(one.request.allows),
      }));
      const shown = servers.filter(({ isUnasked }, index) => !isUnasked && listed[index]?.isNew);
      const listings = shown.map(({ request, tools }) => ({
        label: request.label,
        tools: tools.map(showListed),
      }));
      return new Toolbox({ servers, hosted, listings, approvals });
    } catch (error) {
      for (const { session } of [...opened, ...openedHosted]) void session.close();
      throw error;
    }
  }
}

async function listTools({ request, session }: Opened, input: unknown, signal: AbortSignal): Promise<Listed> {
  const known = findListing(input, request.label);
  return known ? { tools: known, isNew: false } : { tools: await session.list(signal), isNew: true };
}

/** As if the request had asked for it, with every call allowed. */
function asRequested({ label }: Executor): McpToolRequest[] {
  return readMcpTools([{ type: 'mcp', server_label: label, require_approval: 'never' }]).map(
    ({ request }) => request,
  );
}

/** @throws GatewayError where the server does not list its tools, or lacks the one that CONFIG_FILE names */
async function findTool(
  { kind, label, tool: name, session }: OpenedHosted,
  signal: AbortSignal,
): Promise<HostedTool & { session: ToolSession }> {
  const tool = (await session.list(signal)).find((listed) => listed.name === name);
  if (tool) return { kind, tool, session };
  throw new GatewayError('external_connector_error', {
    param: 'tools',
    message: `The tool that is to run '${kind}' is not there.`,
    cause: new Error(`hostedTools.${kind}: the server ${label} has no tool ${name}`),
  });
}
