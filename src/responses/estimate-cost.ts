import type { ChatRequest } from '../contracts/chat-completions.js';
import { estimateTokens } from '../translation/request/estimate-tokens.js';

/** Tokens that a request may take: its input by estimate, and the longest answer it allows, or `reserved` where it does not say. */
export function estimateCost(chat: ChatRequest, reserved: number): number {
  return estimateTokens(chat) + (chat.max_completion_tokens ?? chat.max_tokens ?? reserved);
}
