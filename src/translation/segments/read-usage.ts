import type { ChatUsage } from '../../contracts/chat-completions.js';
import type { ResponseUsage } from '../../contracts/responses-api.js';

/** Usage under the names of the Responses API; what the server did not count is 0, the total is the sum, a part is not more than its whole. */
export function readUsage(usage: ChatUsage): ResponseUsage {
  const input = count(usage.prompt_tokens);
  const output = count(usage.completion_tokens);
  return {
    input_tokens: input,
    input_tokens_details: {
      cached_tokens: Math.min(input, count(usage.prompt_tokens_details?.cached_tokens)),
      cache_write_tokens: Math.min(input, count(usage.prompt_tokens_details?.cache_write_tokens)),
    },
    output_tokens: output,
    output_tokens_details: {
      reasoning_tokens: Math.min(output, count(usage.completion_tokens_details?.reasoning_tokens)),
    },
    total_tokens: input + output,
  };
}

function count(value: number | null | undefined): number {
  return typeof value === 'number' && Number.isFinite(value) && value > 0 ? Math.trunc(value) : 0;
}
