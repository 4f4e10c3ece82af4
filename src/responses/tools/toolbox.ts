import type { McpCallError } from '../../contracts/responses-api.js';
import { isObject, type RawObject } from '../../contracts/raw-object.js';
import type { ToolOutcome, ToolSession } from '../../tools/tool-session.js';
import type { ServedTools } from '../../translation/request/tools/served-tools.js';
import type { ToolListing } from '../../translation/stream/write-mcp-items.js';
import { CallSlots } from './call-slots.js';
import type { Approval } from './read-approvals.js';

/** JSON-RPC's code for parameters that are wrong. */
const INVALID_PARAMS = -32_602;
/** A model may write any number of calls in one turn. */
const MAX_CALLS_AT_ONCE = 16;

export interface ToolboxContent {
  servers: readonly (ServedTools & { session: ToolSession })[];
  /** Lists that the client is told of. */
  listings: readonly ToolListing[];
  /** Calls that the client allows with this request. */
  approvals: readonly Approval[];
}

/** The tools that the gateway runs for one answer. */
export class Toolbox {
  readonly served: readonly ServedTools[];
  /** Whether an answer has it, which closes it. */
  isInUse = false;
  private readonly slots = new CallSlots(MAX_CALLS_AT_ONCE);

  constructor(private readonly content: ToolboxContent) {
    this.served = content.servers;
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
    const args = readArguments(argumentsText);
    if (!args) return refused('The arguments are not a JSON object.');
    return this.slots.run(() => server.session.call(name, args, { signal }), signal);
  }

  /** Idempotent. */
  close(): void {
    for (const { session } of this.content.servers) void session.close();
  }
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
