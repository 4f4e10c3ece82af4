import type { ToolTable } from './request/tools/tool-table.js';

/** How reasoning is shown to the client. */
export type ReasoningOutput = 'summary' | 'text' | 'open-responses' | 'off';

/** Everything the way back needs to know about one request. Plain values, made by translation/request. */
export interface TurnPlan {
  tools: ToolTable;
  /** Wire names of the only tools that may be called; null: all. */
  allowedTools: ReadonlySet<string> | null;
  parallelToolCalls: boolean;
  /** Texts that end the answer, itself not part of it. */
  stop: readonly string[];
  reasoningOutput: ReasoningOutput;
  logprobs: boolean;
  /** Tool parser to read the raw text with; null: the upstream parses. */
  toolParser: string | null;
  /** Names of what the client sent and nothing was done with. */
  ignored: readonly string[];
}
