import { LMDEPLOY_REASONING_PARSERS } from '../tool-formats.js';

/** Whether LMDeploy's reasoning parser takes an answer to begin inside the reasoning. */
export function startsInReasoning(reasoningParser: string, thinking: boolean | undefined): boolean {
  const kind = LMDEPLOY_REASONING_PARSERS.get(reasoningParser);
  if (kind === undefined) return false;
  return kind === 'default' ? thinking !== false : thinking === true;
}

/** Whether the chat template lets the model think at all. */
export function mayThink(reasoningParser: string, thinking: boolean | undefined): boolean {
  return reasoningParser === 'none' ? thinking !== false : startsInReasoning(reasoningParser, thinking);
}
