/** A JSON object of unknown content. */
export type Json = Record<string, unknown>;

export const isJson = (value: unknown): value is Json =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** The value as a list; what is none is an empty one. */
export const asList = (value: unknown): unknown[] => (Array.isArray(value) ? value : []);

/** The value as an object; what is none is an empty one. */
export const asJson = (value: unknown): Json => (isJson(value) ? value : {});

/** A function tool as far as the simulator reads it. */
export interface ToolDefinition {
  name: string;
  parameters: Json;
}

/** Whether the client wants a tool called, and the names the tools are narrowed to. */
export interface ToolChoice {
  mode: 'none' | 'auto' | 'required';
  names?: string[];
}

/** One message; its content already is plain text. */
export interface ChatMessage {
  role: string;
  text: string;
  toolCallId?: string;
  toolCalls: { id: string; name: string }[];
}

/** A chat completion request that has been checked. */
export interface ChatRequest {
  model: string;
  messages: ChatMessage[];
  /** Everything the chat template would render, to count tokens of. */
  promptText: string;
  stream: boolean;
  includeUsage: boolean;
  tools: ToolDefinition[];
  toolChoice: ToolChoice;
  parallelToolCalls: boolean;
  maxTokens: number | undefined;
  stop: string[];
  /** For models that write calls in special tokens; the built-in one does not. */
  skipSpecialTokens: boolean;
  seed: number | undefined;
  /** How many alternatives a token; undefined: no logprobs. */
  logprobs: number | undefined;
  responseFormat: Json;
  reasoningEffort: string | undefined;
  /** The template's thinking switch, where the request sets it. */
  thinking: boolean | undefined;
}
