import { DiscoveryService } from '@nestjs/core';
import type { RawObject } from '../contracts/raw-object.js';
import type { ServedTool, ToolOutcome } from './tool-session.js';

/** Whose call it is. @public */
export interface ToolCallContext {
  /** Aborted when the answer is no longer wanted, and when the call takes too long. */
  readonly signal: AbortSignal;
  /** The caller's id; `anonymous` where nobody has to say who calls. */
  readonly callerId: string;
}

/**
 * Tools that run within the gateway. Implement it and mark the class with {@link ToolExecutor}: it is found wherever a module provides
 * it. To clients they are those of an MCP server of that label. The class is made once and serves all answers.
 *
 * @public
 * @example
 * @ToolExecutor({ label: 'clock' })
 * export class ClockTools implements ToolSet {
 *   list(): ServedTool[] {
 *     return [{ name: 'now', description: 'The time, UTC.', inputSchema: { type: 'object', properties: {} }, readOnly: true }];
 *   }
 *   call(): string {
 *     return new Date().toISOString();
 *   }
 * }
 */
export interface ToolSet {
  /** Called for each answer that may use them. */
  list(): readonly ServedTool[] | Promise<readonly ServedTool[]>;
  /**
   * Arguments are what the model has written, which need not fit the schema. A text is what the tool has put out. Of what it throws,
   * the message of a GatewayError is told to the model and the client; of anything else only that the tool has failed.
   */
  call(
    name: string,
    args: RawObject,
    context: ToolCallContext,
  ): string | ToolOutcome | Promise<string | ToolOutcome>;
}

/** @public */
export interface ToolExecutorOptions {
  /** What requests name the tools by (`{"type": "mcp", "server_label": "…"}`): 1 to 64 letters, digits, hyphens or underscores. */
  label: string;
  /** Offered to the model in every answer, also where the request does not ask for them, and then without approval. Default false. */
  always?: boolean;
}

/** Marks a class as one that has tools. @public */
export const ToolExecutor = DiscoveryService.createDecorator<ToolExecutorOptions>();
