import type { ChatResponseFormat } from '../contracts/chat-completions.js';
import type { DeferredTool } from './tool-search/deferred-tool.js';
import type { HostedKind } from '../contracts/hosted-tools-api.js';
import type { ToolTable } from './vocabulary/tool-table.js';

/** How reasoning is shown to the client. */
export type ReasoningOutput = 'summary' | 'text' | 'open-responses' | 'off';

export interface OutputFormat {
  /** What the upstream is told of it. */
  chat: ChatResponseFormat;
  schema: Record<string, unknown>;
  /** Whether the client was promised that the text fits. */
  strict: boolean;
  /** Whether the model was told of it in words only, as next to tools: the upstream does not enforce it. */
  instruction: boolean;
}

/** Everything the way back needs to know about one request. Plain values, made by translation/request. */
export interface TurnPlan {
  tools: ToolTable;
  /** Wire names of the only tools that may be called; null: all. */
  allowedTools: ReadonlySet<string> | null;
  parallelToolCalls: boolean;
  /** What the gateway searches for the model. */
  deferred: readonly DeferredTool[];
  /** Hosted tools whose results the client asks for. */
  shownResults: ReadonlySet<HostedKind>;
  /** Texts that end the answer, itself not part of it. */
  stop: readonly string[];
  reasoningOutput: ReasoningOutput;
  /** Reasoning items carry their text in an envelope, for the client to send back. */
  sealReasoning: boolean;
  /** The turn writes a summary of the conversation and answers with that alone. */
  compaction: boolean;
  /** Tool parser to read the raw text with; null: the upstream parses. */
  toolParser: string | null;
  /** Reasoning parser to read the text with; null: only what the upstream has left over. */
  reasoningParser: string | null;
  /** Whether the request switches thinking on or off through the chat template; null: it says nothing. */
  thinking: boolean | null;
  /** What an answer is that could have begun within the reasoning and never closes it. */
  unclosedReasoning: 'reasoning' | 'text';
  /** What the model is told when it was to call a tool and did not; null: it need not call one. */
  mustCall: string | null;
  /** The form of the text where it must be JSON; null: any text. */
  outputFormat: OutputFormat | null;
  /** Pad deltas, so that their length does not tell what is in them. */
  obfuscate: boolean;
  /** Names of what the client sent and nothing was done with. */
  ignored: readonly string[];
}
