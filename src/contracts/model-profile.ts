/** Effort values clients send, weakest first. */
export const REASONING_EFFORTS = ['none', 'minimal', 'low', 'medium', 'high', 'xhigh', 'max'] as const;
export type ReasoningEffort = (typeof REASONING_EFFORTS)[number];

export const SYSTEM_ROLES = ['merge', 'leading', 'anywhere', 'none'] as const;
export const MAX_TOKENS_FIELDS = ['max_completion_tokens', 'max_tokens'] as const;
export const REASONING_FIELDS = ['reasoning_content', 'reasoning'] as const;
export const AUDIO_PARTS = ['audio_url', 'input_audio'] as const;
export const VIDEO_PARTS = ['video_url'] as const;
export const TOOL_CALL_MODES = ['auto', 'upstream', 'raw', 'prompt'] as const;
export const UNCLOSED_REASONING = ['reasoning', 'text'] as const;
export const TOKEN_COUNTERS = ['count_tokens', 'tokenize'] as const;
/** @public */
export type TokenCounter = (typeof TOKEN_COUNTERS)[number];
export const FORMAT_WITH_TOOLS = ['always', 'only-without-tools'] as const;

/**
 * What the model server behind a model can do. The translation asks this and nothing else:
 * behaviour follows capabilities, never the name of a server.
 * @public
 */
export interface ModelProfile {
  /**
   * Where system and developer messages go: all into one leading system message (`merge`), or they stay where they stand (`anywhere`).
   * Two values take their rank away, and no preset has them: `leading`, later ones become user messages; `none`, all become user text.
   */
  systemRole: (typeof SYSTEM_ROLES)[number];
  maxTokensField: (typeof MAX_TOKENS_FIELDS)[number];
  /** Field of assistant messages that carries earlier reasoning; null: reasoning is not sent back. */
  reasoningField: (typeof REASONING_FIELDS)[number] | null;
  /** Upstream value per effort; null: not sent. */
  effort: Record<ReasoningEffort, string | null>;
  /** chat_template_kwargs that switch thinking on, for every effort but `none`; null: there is no switch. */
  thinkingOn: Record<string, unknown> | null;
  /** chat_template_kwargs that switch thinking off, for effort `none`; null: there is no switch. */
  thinkingOff: Record<string, unknown> | null;
  /** Whether images may be sent; else the model is told that one was left out. */
  vision: boolean;
  /** Type of the content part that carries sound: by URL, or `input_audio` with the data alone; null: none may be sent. */
  audioPart: (typeof AUDIO_PARTS)[number] | null;
  /** Type of the content part that carries films, where `vision` is on; null: none may be sent. */
  videoPart: (typeof VIDEO_PARTS)[number] | null;
  /**
   * Who reads tool calls out of the model's text: the server (`upstream`), or the gateway, where the server puts the tools before
   * the model (`raw`) or the gateway does so itself (`prompt`). `auto`: the server, until it says that it was not set up for it.
   */
  toolCalls: (typeof TOOL_CALL_MODES)[number];
  /** Name of the gateway's tool parser; `auto`: the one for the model's name; null: none. */
  toolParser: string | null;
  /** Name of the gateway's reasoning parser, likewise; null: the server tells reasoning apart. */
  reasoningParser: string | null;
  /** What an answer is that could have begun within the reasoning and never closes it; `text` is not known before its end. */
  unclosedReasoning: (typeof UNCLOSED_REASONING)[number];
  /**
   * Whether a response format goes along with tools. Guided decoding keeps a model from writing a call, so most servers get
   * the schema as an instruction in that case.
   */
  formatWithTools: (typeof FORMAT_WITH_TOOLS)[number];
  /**
   * How the server's own tokenizer is asked: Anthropic's `/v1/messages/count_tokens` (text only) or vLLM's `/tokenize`;
   * null: there is none, and tokens are estimated.
   */
  tokenCounter: TokenCounter | null;
  /** Tokens the model can take in and write; null: not known. */
  contextWindow: number | null;
  /** Most tokens of one answer; larger wishes are cut to it, and it applies where there is no wish. null: no limit. */
  maxOutputTokens: number | null;
  /** Further fields of the request that go upstream as they are, under their own names. */
  passFields: readonly string[];
  /** Sampling parameters where the request gives none, under their upstream names. */
  sampling: Readonly<Record<string, unknown>>;
}

/** What the gateway itself has to say to the model server, and what asks for more than one answer can hold. */
export const NEVER_PASSED: readonly string[] = [
  'model',
  'messages',
  'stream',
  'stream_options',
  'tools',
  'tool_choice',
  'parallel_tool_calls',
  'functions',
  'function_call',
  'response_format',
  'max_completion_tokens',
  'max_tokens',
  'max_output_tokens',
  'logprobs',
  'top_logprobs',
  'reasoning_effort',
  'chat_template_kwargs',
  'input',
  'instructions',
  'previous_response_id',
  'n',
];

const SAME_EFFORT: ModelProfile['effort'] = {
  none: null,
  minimal: 'low',
  low: 'low',
  medium: 'medium',
  high: 'high',
  xhigh: 'high',
  max: 'high',
};

const LMDEPLOY: ModelProfile = {
  systemRole: 'merge',
  maxTokensField: 'max_completion_tokens',
  reasoningField: 'reasoning_content',
  effort: { ...SAME_EFFORT, xhigh: 'max', max: 'max' },
  thinkingOn: null,
  thinkingOff: { enable_thinking: false },
  vision: true,
  audioPart: 'audio_url',
  videoPart: 'video_url',
  toolCalls: 'auto',
  toolParser: 'auto',
  reasoningParser: null,
  unclosedReasoning: 'reasoning',
  formatWithTools: 'only-without-tools',
  tokenCounter: 'count_tokens',
  contextWindow: null,
  maxOutputTokens: null,
  passFields: [],
  sampling: {},
};

/** Profiles of the known model servers. */
export const MODEL_PRESETS = {
  lmdeploy: LMDEPLOY,
  vllm: { ...LMDEPLOY, reasoningField: 'reasoning', effort: SAME_EFFORT, tokenCounter: 'tokenize' },
  sglang: { ...LMDEPLOY, effort: SAME_EFFORT, tokenCounter: null },
  llamacpp: {
    ...LMDEPLOY,
    maxTokensField: 'max_tokens',
    effort: SAME_EFFORT,
    audioPart: 'input_audio',
    videoPart: null,
  },
  openai: {
    ...LMDEPLOY,
    systemRole: 'anywhere',
    reasoningField: null,
    audioPart: 'input_audio',
    videoPart: null,
    effort: {
      none: 'none',
      minimal: 'minimal',
      low: 'low',
      medium: 'medium',
      high: 'high',
      xhigh: 'xhigh',
      max: 'xhigh',
    },
    thinkingOff: null,
    formatWithTools: 'always',
    tokenCounter: null,
  },
} as const satisfies Record<string, ModelProfile>;

/** @public */
export type ModelPresetName = keyof typeof MODEL_PRESETS;
export const MODEL_PRESET_NAMES = Object.keys(MODEL_PRESETS) as ModelPresetName[];
