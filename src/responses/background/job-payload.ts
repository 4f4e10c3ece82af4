import { withoutUrlSecrets } from '../../contracts/without-url-secrets.js';
import type { EnvelopeSealer } from '../../sealing/envelope-sealer.js';
import type { TokenHold } from '../../limits/token-budget.service.js';
import { RequestContext } from '../../request/request-context.js';
import { isMcpTool } from '../../translation/request/tools/parse-mcp-tool.js';
import { CreateResponseDto } from '../dto/create-response.dto.js';
import type { CheckedRequest } from '../dto/create-response.pipe.js';

/** Headers of the request that mean something to its answer. */
const KEPT_HEADERS = ['x-reasoning-output', 'user-agent', 'originator'];

/** A request that is answered later. */
export interface Work {
  request: CheckedRequest;
  context: RequestContext;
  /** Tokens that were reserved for it. */
  holds: readonly TokenHold[];
}

interface Payload {
  request: Omit<CheckedRequest, 'body'> & { body: object };
  /** Of `request`, sealed where some are of type `mcp`: they hold tokens, headers and URLs that may be keys. */
  tools?: string;
  requestId: string;
  caller: RequestContext['caller'];
  headers: Record<string, string>;
  holds?: readonly TokenHold[];
  /** Sealed. */
  authorization?: string;
}

/** What it takes to answer a request later, elsewhere, and without its client. */
export function packJob(
  { request, context, holds }: Work,
  sealer: EnvelopeSealer,
  passesAuthorization: boolean,
): string {
  const { authorization } = context;
  const callerId = context.caller?.id ?? '';
  const { tools, ...body } = request.body;
  const headers = KEPT_HEADERS.flatMap((name) => {
    const value = context.header(name);
    return value === undefined ? [] : [[name, value] as const];
  });
  const payload: Payload = {
    ...(tools?.some(holdsSecrets)
      ? { request: { ...request, body }, tools: sealer.seal('credentials', JSON.stringify(tools), callerId) }
      : { request }),
    requestId: context.id,
    caller: context.caller,
    // The job is a step of the request that has asked for it, wherever it is done.
    headers: { ...Object.fromEntries(headers), ...context.trace.headers },
    ...(holds.length > 0 && { holds }),
    ...(passesAuthorization &&
      authorization !== undefined && {
        authorization: sealer.seal('credentials', authorization, callerId),
      }),
  };
  return JSON.stringify(payload);
}

/** What nobody else needs to open can be worked on by replicas without a common key. */
function holdsSecrets(tool: unknown): boolean {
  if (!isMcpTool(tool)) return false;
  const { authorization, headers, server_url: url } = tool;
  return (
    Boolean(authorization) || Boolean(headers) || (typeof url === 'string' && withoutUrlSecrets(url) !== url)
  );
}

/** @returns null where its tools were sealed with a key that is gone */
export function unpackJob(text: string, sealer: EnvelopeSealer): Work | null {
  const {
    request,
    tools: sealed,
    requestId,
    caller,
    headers,
    holds = [],
    authorization,
  } = JSON.parse(text) as Payload;
  const open = (envelope: string | undefined): string | null =>
    envelope === undefined ? null : sealer.open('credentials', envelope, caller?.id ?? '');
  const opened = open(authorization);
  const tools = open(sealed);
  if (sealed !== undefined && tools === null) return null;
  const context = new RequestContext(requestId, opened ?? undefined, headers);
  context.caller = caller;
  const body = Object.assign(
    new CreateResponseDto(),
    request.body,
    tools !== null && { tools: JSON.parse(tools) as unknown },
  );
  return { request: { ...request, body }, context, holds };
}

/** Tokens that are reserved for a job. */
export function holdsOf(text: string): readonly TokenHold[] {
  return (JSON.parse(text) as Payload).holds ?? [];
}
