import { Injectable } from '@nestjs/common';
import type { CreateResponseBody } from '../../contracts/responses-request.js';
import { McpServers } from '../../mcp/mcp-servers.service.js';
import type { RequestContext } from '../../request/request-context.js';
import type { ServedTool, ToolSession } from '../../tools/tool-session.js';
import {
  isMcpTool,
  type McpToolRequest,
  readMcpTools,
} from '../../translation/request/tools/parse-mcp-tool.js';
import { findListing, showListed } from './listed-tools.js';
import { type Approval, readApprovals } from './read-approvals.js';
import { Toolbox } from './toolbox.js';

interface Opened {
  request: McpToolRequest;
  session: ToolSession;
}

/** Opens the tools of a request that the gateway runs. */
@Injectable()
export class ToolboxService {
  constructor(private readonly servers: McpServers) {}

  /**
   * A promise where servers have to be asked for their tools.
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
    if (!this.servers.isOn || !tools?.some(isMcpTool)) return null;
    const requests = readMcpTools(tools);
    const approvals = readApprovals(input);
    const opened = requests.map(({ request, path }) => ({
      request,
      session: this.openSession(request, path),
    }));
    return this.list(opened, approvals, input, context);
  }

  private openSession({ label, url, connectorId, authorization, headers }: McpToolRequest, path: string) {
    return this.servers.open({ label, url, connectorId, authorization, headers }, path);
  }

  private async list(
    opened: readonly Opened[],
    approvals: readonly Approval[],
    input: unknown,
    context: RequestContext,
  ): Promise<Toolbox> {
    const asking = new AbortController();
    context.onClose(() => {
      asking.abort();
    });
    const asked = await Promise.allSettled(
      opened.map(async ({ request, session }) => {
        const known = findListing(input, request.label);
        return { isNew: known === null, tools: known ?? (await session.list(asking.signal)) };
      }),
    );
    const failed = asked.find((outcome) => outcome.status === 'rejected');
    if (failed) {
      for (const { session } of opened) void session.close();
      throw failed.reason;
    }
    const lists = asked.flatMap((outcome) => (outcome.status === 'fulfilled' ? [outcome.value] : []));
    const servers = opened.map(({ request, session }, index) => ({
      request,
      session,
      tools: allowedOf(request, lists[index]?.tools ?? []),
    }));
    return new Toolbox({
      servers,
      listings: servers
        .filter((_server, index) => lists[index]?.isNew === true)
        .map(({ request, tools }) => ({ label: request.label, tools: tools.map(showListed) })),
      approvals,
    });
  }
}

function allowedOf({ allows }: McpToolRequest, tools: readonly ServedTool[]): ServedTool[] {
  return tools.filter(allows);
}
