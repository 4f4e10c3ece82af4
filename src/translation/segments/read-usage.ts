import type { ChatUsage } from '../../contracts/chat-completions.js';
import type { ResponseUsage } from '../../contracts/responses-api.js';

type Counts = Record<string, unknown>;

/**
 * Usage under the names of the Responses API, whatever the server calls its counts: a proxy may have passed on the words of another API.
 * What the server did not count is 0, the total is the sum, a part is not more than its whole.
 *
 * @param before counts that came earlier: they stand where this one has none
 */
export function readUsage(usage: ChatUsage, before?: ResponseUsage): ResponseUsage {
  const counts = usage as Counts;
  const inputDetails = detailsOf(counts.prompt_tokens_details, counts.input_tokens_details);
  const outputDetails = detailsOf(counts.completion_tokens_details, counts.output_tokens_details);
  const reasoning = Math.max(count(counts.reasoning_tokens), count(outputDetails.reasoning_tokens));
  const total = count(counts.total_tokens);
  const prompt = count(counts.prompt_tokens) || readInput(counts);
  const completion = count(counts.completion_tokens) || count(counts.output_tokens);
  // xAI and Gemini leave reasoning out of what they call completion, but not out of the total.
  const isBeside = reasoning > 0 && prompt > 0 && total === prompt + completion + reasoning;
  const output = isBeside ? completion + reasoning : completion || rest(total, prompt);
  const input = prompt || rest(total, output);
  const cached = Math.max(
    count(counts.cached_tokens),
    count(counts.num_cached_tokens),
    count(counts.prompt_cache_hit_tokens),
    count(counts.cache_read_input_tokens),
    count(inputDetails.cached_tokens),
  );
  const written = Math.max(
    count(counts.cache_creation_input_tokens),
    count(inputDetails.cache_write_tokens),
    count(inputDetails.cache_creation_tokens),
  );
  return buildUsage({
    input: input || (before?.input_tokens ?? 0),
    written: written || (before?.input_tokens_details.cache_write_tokens ?? 0),
    cached: cached || (before?.input_tokens_details.cached_tokens ?? 0),
    output: output || (before?.output_tokens ?? 0),
    reasoning: reasoning || (before?.output_tokens_details.reasoning_tokens ?? 0),
  });
}

/** Usage of counts that are whole numbers. */
export function buildUsage({
  input,
  cached = 0,
  written = 0,
  output,
  reasoning = 0,
}: {
  input: number;
  cached?: number;
  written?: number;
  output: number;
  reasoning?: number;
}): ResponseUsage {
  return {
    input_tokens: input,
    input_tokens_details: {
      cached_tokens: Math.min(input, cached),
      cache_write_tokens: Math.min(input, written),
    },
    output_tokens: output,
    output_tokens_details: { reasoning_tokens: Math.min(output, reasoning) },
    total_tokens: input + output,
  };
}

/** Anthropic counts what it read from its cache or wrote to it beside the input, OpenAI within. */
function readInput(counts: Counts): number {
  const input = count(counts.input_tokens);
  return input + count(counts.cache_read_input_tokens) + count(counts.cache_creation_input_tokens);
}

/** For a server that sends the total and only one of its parts. */
function rest(total: number, part: number): number {
  return total > part && part > 0 ? total - part : 0;
}

function detailsOf(...candidates: unknown[]): Counts {
  const found = candidates.find((value) => typeof value === 'object' && value !== null);
  return (found ?? {}) as Counts;
}

function count(value: unknown): number {
  const isCount = typeof value === 'number' && value > 0 && value <= Number.MAX_SAFE_INTEGER / 4;
  return isCount ? Math.trunc(value) : 0;
}
