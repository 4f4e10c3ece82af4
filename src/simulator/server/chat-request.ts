/** A JSON object of unknown content. */
export type Json = Record<string, unknown>;

export const isJson = (value: unknown): value is Json =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** A function tool as far as the simulator reads it. */
export interface ToolDefinition {
  name: string;
  parameters: Json;
}

/** Which tools the prompt shows and whether the client wants one called. */
export interface ToolChoice {
  mode: 'none' | 'auto' | 'required';
  /** Names the choice narrows the tools to. */
  names?: string[];
}

/** One message; its content already is plain text. */
export interface ChatMessage {
  role: string;
  text: string;
  toolCallId?: string;
  toolCalls: { id: string; name: string }[];
}

/** A chat completion request after LMDeploy's validation. */
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
  n: number;
  maxTokens: number | undefined;
  stop: string[];
  includeStop: boolean;
  ignoreEos: boolean;
  skipSpecialTokens: boolean;
  seed: number | undefined;
  /** How many alternatives a token; undefined: no logprobs. */
  logprobs: number | undefined;
  responseFormat: Json | undefined;
  reasoningEffort: string | undefined;
  /** The template's thinking switch, where the request sets it. */
  thinking: boolean | undefined;
}
