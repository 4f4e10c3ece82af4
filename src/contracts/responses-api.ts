/**
 * Wire types of the Responses API: what a client sends and what it gets back.
 * Source: Open Responses 2026-04-24, with OpenAI's own fields where the SDKs expect them.
 */

import type { BuiltinCallItem, BuiltinChoice } from './builtin-tools-api.js';
import type { HostedCallItem, HostedToolType, UrlCitation } from './hosted-tools-api.js';

export type ItemStatus = 'in_progress' | 'completed' | 'incomplete';

export type ResponseStatus = 'queued' | 'in_progress' | 'completed' | 'incomplete' | 'failed' | 'cancelled';

export interface TopLogprob {
  token: string;
  logprob: number;
  bytes: number[];
}

export interface Logprob extends TopLogprob {
  top_logprobs: TopLogprob[];
}

export interface OutputTextPart {
  type: 'output_text';
  text: string;
  /** The sources that the text names, of those that a web search of this answer has found. */
  annotations: UrlCitation[];
  /** Empty where none were asked for: the official types have them always. */
  logprobs: Logprob[];
}

export interface RefusalPart {
  type: 'refusal';
  refusal: string;
}

export interface SummaryTextPart {
  type: 'summary_text';
  text: string;
}

export interface ReasoningTextPart {
  type: 'reasoning_text';
  text: string;
}

export type MessagePart = OutputTextPart | RefusalPart;

export interface MessageItem {
  type: 'message';
  id: string;
  status: ItemStatus;
  role: 'assistant';
  content: MessagePart[];
}

export interface ReasoningItem {
  type: 'reasoning';
  id: string;
  status: ItemStatus;
  summary: SummaryTextPart[];
  content?: ReasoningTextPart[];
  encrypted_content?: string;
}

export interface FunctionCallItem {
  type: 'function_call';
  id: string;
  call_id: string;
  name: string;
  /** The namespace the client declared the tool in. */
  namespace?: string;
  arguments: string;
  status: ItemStatus;
}

/** A call of a freeform tool: its input is plain text. */
export interface CustomToolCallItem {
  type: 'custom_tool_call';
  id: string;
  call_id: string;
  name: string;
  namespace?: string;
  input: string;
  status: ItemStatus;
}

/** A search for further tools: Codex's own, run by the client, or one that the gateway has run, whose result is the item behind it. */
export interface ToolSearchCallItem {
  type: 'tool_search_call';
  id: string;
  /** null where the gateway has run it. */
  call_id: string | null;
  execution: 'client' | 'server';
  arguments: Record<string, unknown>;
  status: ItemStatus;
}

/** What a search of the gateway has found. */
export interface ToolSearchOutputItem {
  type: 'tool_search_output';
  id: string;
  call_id: null;
  execution: 'server';
  /** Definitions as requests have them. */
  tools: Record<string, unknown>[];
  status: ItemStatus;
}

/** A summary of the conversation, sealed by the gateway. By the published schema it has no status. */
export interface CompactionItem {
  type: 'compaction';
  id: string;
  encrypted_content: string;
}

/** What a call of a tool that the gateway runs has failed with. @public */
export type McpCallError =
  /** The tool says so itself; `content` is what it has put out. */
  | { type: 'mcp_tool_execution_error'; content: unknown[] }
  /** The server did not take the call. */
  | { type: 'mcp_protocol_error'; code: number; message: string }
  /** The server was not reached (502) or not in time (504), or has answered with this status. */
  | { type: 'http_error'; code: number; message: string };

/** A tool of a server, as it was listed. */
export interface McpListedTool {
  name: string;
  /** Absent where there is none: the AI SDK does not take null. */
  description?: string;
  input_schema: Record<string, unknown>;
  annotations: { read_only: boolean } | null;
}

/** The tools of a server; by the published schema it has no status. */
export interface McpListToolsItem {
  type: 'mcp_list_tools';
  id: string;
  server_label: string;
  tools: McpListedTool[];
}

/** A call that the gateway has run, or runs. */
export interface McpCallItem {
  type: 'mcp_call';
  id: string;
  status: 'in_progress' | 'calling' | 'completed' | 'failed' | 'incomplete';
  approval_request_id: string | null;
  arguments: string;
  error: McpCallError | null;
  name: string;
  output: string | null;
  server_label: string;
}

/** A call that its client is to allow first; by the published schema it has no status. */
export interface McpApprovalRequestItem {
  type: 'mcp_approval_request';
  id: string;
  arguments: string;
  name: string;
  server_label: string;
}

export type OutputItem =
  | MessageItem
  | ReasoningItem
  | FunctionCallItem
  | CustomToolCallItem
  | ToolSearchCallItem
  | ToolSearchOutputItem
  | BuiltinCallItem
  | HostedCallItem
  | CompactionItem
  | McpListToolsItem
  | McpCallItem
  | McpApprovalRequestItem;

/** Token counts, always numeric, always with both details. */
export interface ResponseUsage {
  input_tokens: number;
  input_tokens_details: { cached_tokens: number; cache_write_tokens: number };
  output_tokens: number;
  output_tokens_details: { reasoning_tokens: number };
  total_tokens: number;
}

export interface FunctionToolEcho {
  type: 'function';
  name: string;
  description: string | null;
  parameters: Record<string, unknown> | null;
  strict: boolean | null;
  /** Only where it is. */
  defer_loading?: true;
}

/** A function tool in full; tools of other kinds as the client sent them. */
export type ToolEcho = FunctionToolEcho | { type: string; [field: string]: unknown };

export type ToolChoiceMode = 'none' | 'auto' | 'required';

export type ToolChoice =
  | ToolChoiceMode
  | { type: 'function' | 'custom'; name: string }
  | { type: 'mcp'; server_label: string; name?: string }
  | { type: BuiltinChoice | HostedToolType }
  | { type: 'allowed_tools'; mode: 'auto' | 'required'; tools: { type: string; [field: string]: unknown }[] };

export type TextFormat =
  | { type: 'text' }
  | { type: 'json_object' }
  | {
      type: 'json_schema';
      name: string;
      description: string | null;
      schema: Record<string, unknown>;
      strict: boolean;
    };

export interface ResponseError {
  code: string;
  message: string;
}

/** The prompt that a request has named. */
export interface PromptReference {
  id: string;
  version: string;
  variables: Readonly<Record<string, unknown>> | null;
}

/** The full response object. Fields that may be null are always present. */
export interface ResponseObject {
  id: string;
  object: 'response';
  /** Unix time in seconds. */
  created_at: number;
  /** Unix time in seconds, set only when the status is `completed`. */
  completed_at: number | null;
  status: ResponseStatus;
  /**
   * The gateway's own: `required_tool_call_missing`, tool_choice demanded a call and the model wrote none; `malformed_tool_call`,
   * the model broke off within a call; `empty_answer`, it stopped without text and without a call; `interrupted`, the model server
   * ended the answer and did not say that the model was done.
   */
  incomplete_details: {
    reason:
      | 'max_output_tokens'
      | 'content_filter'
      | 'required_tool_call_missing'
      | 'malformed_tool_call'
      | 'empty_answer'
      | 'interrupted';
  } | null;
  error: ResponseError | null;
  model: string;
  previous_response_id: string | null;
  instructions: string | null;
  output: OutputItem[];
  /** The joined text of the answer; only in finished responses. */
  output_text?: string;
  tools: ToolEcho[];
  tool_choice: ToolChoice;
  truncation: 'auto' | 'disabled';
  parallel_tool_calls: boolean;
  text: { format: TextFormat; verbosity?: string };
  top_p: number;
  temperature: number;
  presence_penalty: number;
  frequency_penalty: number;
  top_logprobs: number;
  reasoning: { effort: string | null; summary: string | null } | null;
  usage: ResponseUsage | null;
  max_output_tokens: number | null;
  max_tool_calls: number | null;
  store: boolean;
  background: boolean;
  service_tier: string;
  metadata: Record<string, string>;
  safety_identifier: string | null;
  prompt_cache_key: string | null;
  prompt: PromptReference | null;
  /** The conversation it belongs to. */
  conversation: { id: string } | null;
  /** OpenAI's own, which its types require or its API always sends; there is nothing of the kind here. */
  access_programs: null;
  moderation: null;
  prompt_cache_retention: null;
  user?: string;
}

/** OpenAI's form of an error, the body of every answer that is not a success. */
export interface ErrorBody {
  error: { message: string; type: string; param: string | null; code: string | null };
}
