import type { HostedKind } from '../../contracts/hosted-tools-api.js';
import type { McpCallError } from '../../contracts/responses-api.js';
import type { ToolOutcome, ToolSession } from '../../tools/tool-session.js';
import type { HostedTool } from '../../translation/request/tools/hosted-tools.js';
import type { ServedTools } from '../../translation/request/tools/served-tools.js';
import { readCallArguments } from '../../translation/read-json-object.js';
import type { ToolListing } from '../../translation/stream/write-mcp-items.js';
import { CallSlots } from './call-slots.js';
import type { Approval } from './read-approvals.js';

/** JSON-RPC's code for parameters that are wrong. */
const INVALID_PARAMS = -32_602;
/** A model may write any number of calls in one turn. */
const MAX_CALLS_AT_ONCE = 16;
/** Characters of all results of an answer: the model is asked with all of them each time. */
const MAX_RESULTS = 8_388_608;

export interface ToolboxContent {
  servers: readonly (ServedTools & { session: ToolSession })[];
  /** Lists that the client is told of. */
  listings: readonly ToolListing[];
  /** Tools in place of hosted ones. */
  hosted: readonly (HostedTool & { session: ToolSession })[];
  /** Calls that the client allows with this request. */
  approvals: readonly Approval[];
  /** Whether a call that the client has allowed is made now, and was not made before. */
  claim: (approvalId: string) => Promise<boolean>;
}

/** A call of a tool of one of the servers. */
export interface ToolCall extends Omit<Approval, 'approvalId'> {
  /** Absent: the client need not be asked. */
  approvalId?: string | undefined;
}

/** The tools that the gateway runs for one answer. */
export class Toolbox {
  readonly served: readonly ServedTools[];
  readonly hosted: readonly HostedTool[];
  /** Whether an answer has it, which closes it. */
  isInUse = false;
  private readonly slots = new CallSlots(MAX_CALLS_AT_ONCE);
  private resultLength = 0;

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
    { label, name, arguments: argumentsText, approvalId }: ToolCall,
    signal: AbortSignal,
  ): Promise<ToolOutcome> {
    const server = this.content.servers.find(({ request }) => request.label === label);
    if (!server?.tools.some((tool) => tool.name === name)) {
      return refused(`The tool '${name}' of '${label}' is not allowed in this request.`);
    }
    return this.callWith(server.session, name, argumentsText, signal, approvalId);
  }

  /** The same for a hosted tool. */
  async callHosted(kind: HostedKind, argumentsText: string, signal: AbortSignal): Promise<ToolOutcome> {
    const hosted = this.content.hosted.find((one) => one.kind === kind);
    if (!hosted) return refused('The tool is not there in this request.');
    return this.callWith(hosted.session, hosted.tool.name, argumentsText, signal);
  }

  private async callWith(
    session: ToolSession,
    name: string,
    argumentsText: string,
    signal: AbortSignal,
    approvalId?: string,
  ): Promise<ToolOutcome> {
    const args = readCallArguments(argumentsText);
    if (!args) return refused('The arguments are not a JSON object.');
    const outcome = await this.slots.run(async () => {
      if (this.resultLength > MAX_RESULTS) return tooMuch();
      const isNew = approvalId === undefined || (await this.content.claim(approvalId));
      return isNew
        ? session.call(name, args, { signal })
        : refused('This call was made before; what it came to is not known here.');
    }, signal);
    this.resultLength += lengthOf(outcome);
    return this.resultLength > MAX_RESULTS ? tooMuch() : outcome;
  }

  /** Idempotent. */
  close(): void {
    for (const { session } of [...this.content.servers, ...this.content.hosted]) void session.close();
  }
}

function lengthOf({ output, error, images = [] }: ToolOutcome): number {
  const text = output?.length ?? (error ? JSON.stringify(error).length : 0);
  return images.reduce((sum, { data }) => sum + data.length, text);
}

function tooMuch(): ToolOutcome {
  const message = 'The results of the calls of this answer are too large together.';
  return { output: null, error: { type: 'http_error', code: 502, message } };
}

function refused(message: string): ToolOutcome {
  const error: McpCallError = { type: 'mcp_protocol_error', code: INVALID_PARAMS, message };
  return { output: null, error };
}
