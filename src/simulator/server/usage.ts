/** Counts of one answer. */
export interface TokenCounts {
  prompt: number;
  cached: number;
  completion: number;
  /** Undefined on a server without a reasoning parser. */
  reasoning: number | undefined;
}

/** `usage` as a whole answer has it: unset fields are null. */
export function usageObject({ prompt, cached, completion, reasoning }: TokenCounts): object {
  return {
    prompt_tokens: prompt,
    total_tokens: prompt + completion,
    completion_tokens: completion,
    prompt_tokens_details: { cached_tokens: cached },
    completion_tokens_details:
      reasoning === undefined
        ? null
        : {
            reasoning_tokens: reasoning,
            accepted_prediction_tokens: null,
            rejected_prediction_tokens: null,
            audio_tokens: null,
          },
  };
}

/** `usage` as the last chunk of a stream has it: unset fields are absent. */
export function streamedUsage({ prompt, cached, completion, reasoning }: TokenCounts): object {
  return {
    prompt_tokens: prompt,
    total_tokens: prompt + completion,
    completion_tokens: completion,
    prompt_tokens_details: { cached_tokens: cached },
    ...(reasoning !== undefined && { completion_tokens_details: { reasoning_tokens: reasoning } }),
  };
}
