/** Effort values clients send, weakest first. */
export const REASONING_EFFORTS = ['none', 'minimal', 'low', 'medium', 'high', 'xhigh', 'max'] as const;
export type ReasoningEffort = (typeof REASONING_EFFORTS)[number];

/**
 * What the model server behind a model can do. The translation asks this and nothing else:
 * behaviour follows capabilities, never the name of a server.
 */
export interface ModelProfile {
  /** Where system messages may stand: one leading, anywhere, or not at all (then they become user text). */
  systemRole: 'leading' | 'anywhere' | 'none';
  maxTokensField: 'max_completion_tokens' | 'max_tokens';
  /** Field of assistant messages that carries earlier reasoning; null: reasoning is not sent back. */
  reasoningField: 'reasoning_content' | 'reasoning' | null;
  /** Upstream value per effort; null: not sent. */
  effort: Record<ReasoningEffort, string | null>;
  /** chat_template_kwargs that switch thinking off, for effort `none`; null: there is no switch. */
  thinkingOff: Record<string, unknown> | null;
  /** Whether images may be sent. */
  vision: boolean;
  /** Who reads tool calls out of the model's text. */
  toolCalls: 'upstream' | 'raw';
  toolParser: string | null;
}

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
  systemRole: 'leading',
  maxTokensField: 'max_completion_tokens',
  reasoningField: 'reasoning_content',
  effort: { ...SAME_EFFORT, xhigh: 'max', max: 'max' },
  thinkingOff: { enable_thinking: false },
  vision: true,
  toolCalls: 'upstream',
  toolParser: null,
};

/** Profiles of the known model servers. */
export const MODEL_PRESETS = {
  lmdeploy: LMDEPLOY,
  vllm: { ...LMDEPLOY, reasoningField: 'reasoning', effort: SAME_EFFORT },
  sglang: { ...LMDEPLOY, effort: SAME_EFFORT },
  llamacpp: { ...LMDEPLOY, maxTokensField: 'max_tokens', effort: SAME_EFFORT },
  openai: {
    ...LMDEPLOY,
    systemRole: 'anywhere',
    reasoningField: null,
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
  },
} as const satisfies Record<string, ModelProfile>;

export type ModelPresetName = keyof typeof MODEL_PRESETS;
export const MODEL_PRESET_NAMES = Object.keys(MODEL_PRESETS) as ModelPresetName[];
