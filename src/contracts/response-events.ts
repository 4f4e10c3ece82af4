import type {
  Logprob,
  MessagePart,
  OutputItem,
  ReasoningTextPart,
  ResponseObject,
  SummaryTextPart,
} from './responses-api.js';
import type { HostedKind, UrlCitation } from './hosted-tools-api.js';

interface Sequenced<T extends string> {
  type: T;
  sequence_number: number;
}

interface OfItem<T extends string> extends Sequenced<T> {
  item_id: string;
  output_index: number;
}

interface OfContent<T extends string> extends OfItem<T> {
  content_index: number;
}

interface OfSummary<T extends string> extends OfItem<T> {
  summary_index: number;
}

export type LifecycleEvent = Sequenced<
  | 'response.created'
  | 'response.queued'
  | 'response.in_progress'
  | 'response.completed'
  | 'response.incomplete'
  | 'response.failed'
> & { response: ResponseObject };

export type OutputItemEvent = Sequenced<'response.output_item.added' | 'response.output_item.done'> & {
  output_index: number;
  item: OutputItem;
};

export type ContentPartEvent = OfContent<'response.content_part.added' | 'response.content_part.done'> & {
  part: MessagePart | ReasoningTextPart;
};

export type SummaryPartEvent = OfSummary<
  'response.reasoning_summary_part.added' | 'response.reasoning_summary_part.done'
> & { part: SummaryTextPart };

export type OutputTextDeltaEvent = OfContent<'response.output_text.delta'> & {
  delta: string;
  logprobs: Logprob[];
};

export type OutputTextDoneEvent = OfContent<'response.output_text.done'> & {
  text: string;
  logprobs: Logprob[];
};

export type RefusalDeltaEvent = OfContent<'response.refusal.delta'> & { delta: string };
export type RefusalDoneEvent = OfContent<'response.refusal.done'> & { refusal: string };

export type ReasoningTextDeltaEvent = OfContent<
  'response.reasoning_text.delta' | 'response.reasoning.delta'
> & {
  delta: string;
};
export type ReasoningTextDoneEvent = OfContent<'response.reasoning_text.done' | 'response.reasoning.done'> & {
  text: string;
};

export type SummaryTextDeltaEvent = OfSummary<'response.reasoning_summary_text.delta'> & { delta: string };
export type SummaryTextDoneEvent = OfSummary<'response.reasoning_summary_text.done'> & { text: string };

export type ArgumentsDeltaEvent = OfItem<'response.function_call_arguments.delta'> & { delta: string };
export type ArgumentsDoneEvent = OfItem<'response.function_call_arguments.done'> & {
  name: string;
  arguments: string;
};

export type CustomInputDeltaEvent = OfItem<'response.custom_tool_call_input.delta'> & { delta: string };
export type CustomInputDoneEvent = OfItem<'response.custom_tool_call_input.done'> & { input: string };

export type PatchDiffDeltaEvent = OfItem<'response.apply_patch_call_operation_diff.delta'> & {
  delta: string;
};
export type PatchDiffDoneEvent = OfItem<'response.apply_patch_call_operation_diff.done'> & { diff: string };

/** OpenAI's events of shell commands name no item. */
interface OfCommand<T extends string> extends Sequenced<T> {
  output_index: number;
  command_index: number;
}

export type ShellCommandEvent = OfCommand<
  'response.shell_call_command.added' | 'response.shell_call_command.done'
> & { command: string };
export type ShellCommandDeltaEvent = OfCommand<'response.shell_call_command.delta'> & { delta: string };

export type McpListEvent = OfItem<
  | 'response.mcp_list_tools.in_progress'
  | 'response.mcp_list_tools.completed'
  | 'response.mcp_list_tools.failed'
>;
export type McpCallEvent = OfItem<
  'response.mcp_call.in_progress' | 'response.mcp_call.completed' | 'response.mcp_call.failed'
>;
export type McpArgumentsDeltaEvent = OfItem<'response.mcp_call_arguments.delta'> & { delta: string };
export type McpArgumentsDoneEvent = OfItem<'response.mcp_call_arguments.done'> & { arguments: string };

export type AnnotationAddedEvent = OfContent<'response.output_text.annotation.added'> & {
  annotation_index: number;
  annotation: UrlCitation;
};

export type HostedCallEvent = OfItem<
  | `response.${HostedKind}_call.${'in_progress' | 'completed'}`
  | `response.${'web_search' | 'file_search'}_call.searching`
  | 'response.code_interpreter_call.interpreting'
>;
export type CodeDeltaEvent = OfItem<'response.code_interpreter_call_code.delta'> & { delta: string };
export type CodeDoneEvent = OfItem<'response.code_interpreter_call_code.done'> & { code: string };

/** Carries the failure twice: flat (OpenAI's SDKs) and nested under `error` (Open Responses). */
export type ErrorEvent = Sequenced<'error'> & {
  code: string;
  message: string;
  param: string | null;
  error: { type: string; code: string; message: string; param: string | null };
};

/** Every event of a streamed answer, in the form in which it stands in a `data:` line. */
export type ResponseEvent =
  | LifecycleEvent
  | OutputItemEvent
  | ContentPartEvent
  | SummaryPartEvent
  | OutputTextDeltaEvent
  | OutputTextDoneEvent
  | RefusalDeltaEvent
  | RefusalDoneEvent
  | ReasoningTextDeltaEvent
  | ReasoningTextDoneEvent
  | SummaryTextDeltaEvent
  | SummaryTextDoneEvent
  | ArgumentsDeltaEvent
  | ArgumentsDoneEvent
  | CustomInputDeltaEvent
  | CustomInputDoneEvent
  | PatchDiffDeltaEvent
  | PatchDiffDoneEvent
  | ShellCommandEvent
  | ShellCommandDeltaEvent
  | McpListEvent
  | McpCallEvent
  | McpArgumentsDeltaEvent
  | McpArgumentsDoneEvent
  | AnnotationAddedEvent
  | HostedCallEvent
  | CodeDeltaEvent
  | CodeDoneEvent
  | ErrorEvent;
