import type { ResponseUsage } from '../../contracts/responses-api.js';

export const NO_USAGE: ResponseUsage = {
  input_tokens: 0,
  input_tokens_details: { cached_tokens: 0, cache_write_tokens: 0 },
  output_tokens: 0,
  output_tokens_details: { reasoning_tokens: 0 },
  total_tokens: 0,
};

export function addUsage(first: ResponseUsage, second: ResponseUsage): ResponseUsage {
  return {
    input_tokens: first.input_tokens + second.input_tokens,
    input_tokens_details: {
      cached_tokens: first.input_tokens_details.cached_tokens + second.input_tokens_details.cached_tokens,
      cache_write_tokens:
        first.input_tokens_details.cache_write_tokens + second.input_tokens_details.cache_write_tokens,
    },
    output_tokens: first.output_tokens + second.output_tokens,
    output_tokens_details: {
      reasoning_tokens:
        first.output_tokens_details.reasoning_tokens + second.output_tokens_details.reasoning_tokens,
    },
    total_tokens: first.total_tokens + second.total_tokens,
  };
}
