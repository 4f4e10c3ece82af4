import type { PatchTarget } from '../../contracts/builtin-tools-api.js';
import type { Logprob, McpCallError, ResponseUsage } from '../../contracts/responses-api.js';
import type { GatewayError } from '../../errors/gateway-error.js';
import type { ToolBinding } from './tool-table.js';

/**
 * Why the model stopped; `interrupted`: the server ended the answer and did not say that the model was done; `empty`: it stopped
 * without an answer; `no_required_call`: it stopped without the tool call that was demanded; `malformed_call`: it stopped within a call.
 * @public
 */
export type FinishReason =
  'stop' | 'length' | 'content_filter' | 'interrupted' | 'empty' | 'no_required_call' | 'malformed_call';

/** What a call came to that the gateway has run: one of the two is set. @public */
export interface CallOutcome {
  output: string | null;
  error: McpCallError | null;
}

/**
 * One step of an answer, whatever dialect it came in. Calls are numbered 0, 1, … in the order in which they
 * begin; `arguments` of a call are fragments of one JSON text.
 * @public
 */
export type Segment =
  | { kind: 'text'; text: string; logprobs?: Logprob[] }
  | { kind: 'reasoning'; text: string }
  | { kind: 'refusal'; text: string }
  /**
   * `tool`: the client's own tool, once the name was looked up; calls of unknown tools have none. `patch`: what a call of
   * `apply_patch` is for; its `arguments` are the diff alone.
   */
  | { kind: 'call-start'; call: number; name: string; tool?: ToolBinding; patch?: PatchTarget }
  | { kind: 'call-arguments'; call: number; text: string }
  | { kind: 'call-end'; call: number }
  /** A call that the gateway has run. */
  | { kind: 'call-result'; call: number; outcome: CallOutcome }
  /** A call that the client is to allow first; `arguments` is a whole JSON text. */
  | { kind: 'approval-request'; tool: ToolBinding; arguments: string }
  /** What the gateway has found for a search of the model. */
  | { kind: 'tool-search'; found: { paths: string[]; tools: Record<string, unknown>[] } }
  /** A call that the client has allowed, whole as it is. */
  | { kind: 'allowed-call'; call: number; tool: ToolBinding; arguments: string; approvalId: string }
  /** The sealed summary of a compaction turn. */
  | { kind: 'compaction'; content: string }
  | { kind: 'usage'; usage: ResponseUsage }
  /** `cut`: the gateway itself ends the answer here, whatever the upstream still sends. */
  | { kind: 'finish'; reason: FinishReason; cut?: boolean }
  | { kind: 'failure'; error: GatewayError };

/** @public */
export type EmitSegment = (segment: Segment) => void;

/** A step between the upstream's chunks and the events: gets segments one by one, passes on what it wants. @public */
export interface SegmentStage {
  pushSegment(segment: Segment, emit: EmitSegment): void;
}
