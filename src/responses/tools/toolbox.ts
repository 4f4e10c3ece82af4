import type { HostedKind } from '../../contracts/hosted-tools-api.js';
import type { McpCallError } from '../../contracts/responses-api.js';
import { isObject, type RawObject } from '../../contracts/raw-object.js';
import type { ToolOutcome, ToolSession } from '../../tools/tool-session.js';
import type { HostedTool } from '../../translation/request/tools/hosted-tools.js';
import type { ServedTools } from '../../translation/request/tools/served-tools.js';
import type { ToolListing } from '../../translation/stream/write-mcp-items.js';
import type { Approval } from './read-approvals.js';

/** JSON-RPC's code for parameters that are wrong. */
const INVALID_PARAMS = -32_602;

export interface ToolboxContent {
  servers: readonly (ServedTools & { session: ToolSession })[];
  /** Lists that the client is told of. */
  listings: readonly ToolListing[];
  /** Tools in place of hosted ones. */
  hosted: readonly (HostedTool & { session: ToolSession })[];
  /** Calls that the client allows with this request. */
  approvals: readonly Approval[];
}

/** The tools that the gateway runs for one answer. */
export class Toolbox {
  readonly served: readonly ServedTools[];
  readonly hosted: readonly HostedTool[];
  /** Whether an answer has it, which closes it. */
  isInUse = false;

  constructor(private readonly content: ToolboxContent) {
    this.served = content.servers;
    this.hosted = content.hosted;
  }

  get listings(): readonly ToolListing[] {
    return this.content.listings;
  }

  get approvals(): readonly Approval[] {
    return this.content.approvals;
  }

  /** Whether a name that no tool has is one of these servers. */
  isServed(name: string): boolean {
    return this.served.some(({ request }) => name.startsWith(`${request.label}__`));
  }

  /** @param argumentsText JSON, as the model wrote it; rejects for nothing but `signal` */
  async call(
    { label, name, arguments: argumentsText }: Omit<Approval, 'approvalId'>,
    signal: AbortSignal,
  ): Promise<ToolOutcome> {
    const server = this.content.servers.find(({ request }) => request.label === label);
    if (!server?.tools.some((tool) => tool.name === name)) {
      return refused(`The tool '${name}' of '${label}' is not allowed in this request.`);
    }
    return callWith(server.session, name, argumentsText, signal);
  }

  /** The same for a hosted tool. */
  async callHosted(kind: HostedKind, argumentsText: string, signal: AbortSignal): Promise<ToolOutcome> {
    const hosted = this.content.hosted.find((one) => one.kind === kind);
    if (!hosted) return refused('The tool is not there in this request.');
    return callWith(hosted.session, hosted.tool.name, argumentsText, signal);
  }

  /** Idempotent. */
  close(): void {
    for (const { session } of [...this.content.servers, ...this.content.hosted]) void session.close();
  }
}

async function callWith(
  session: ToolSession,
  name: string,
  argumentsText: string,
  signal: AbortSignal,
): Promise<ToolOutcome> {
  const args = readArguments(argumentsText);
  return args ? session.call(name, args, { signal }) : refused('The arguments are not a JSON object.');
}

function refused(message: string): ToolOutcome {
  const error: McpCallError = { type: 'mcp_protocol_error', code: INVALID_PARAMS, message };
  return { output: null, error };
}

function readArguments(text: string): RawObject | null {
  if (text.trim() === '') return {};
  try {
    const value: unknown = JSON.parse(text);
    return isObject(value) ? value : null;
  } catch {
    return null;
  }
}
