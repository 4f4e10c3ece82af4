import type { ChatUsage } from '../../contracts/chat-completions.js';
import { readUsage } from './read-usage.js';

describe('reading usage', () => {
  it('should use the names of the Responses API', () => {
    expect(
      readUsage({
        prompt_tokens: 12,
        completion_tokens: 6,
        total_tokens: 18,
        prompt_tokens_details: { cached_tokens: 8, cache_write_tokens: 3 },
        completion_tokens_details: { reasoning_tokens: 4 },
      }),
    ).toEqual({
      input_tokens: 12,
      input_tokens_details: { cached_tokens: 8, cache_write_tokens: 3 },
      output_tokens: 6,
      output_tokens_details: { reasoning_tokens: 4 },
      total_tokens: 18,
    });
  });

  it.each<[string, unknown]>([
    ['nothing', {}],
    ['nulls', { prompt_tokens: null, completion_tokens: null, prompt_tokens_details: null }],
    ['details of null', { prompt_tokens_details: { cached_tokens: null }, completion_tokens_details: {} }],
    ['texts', { prompt_tokens: '12', completion_tokens: 'x' }],
    ['negative numbers', { prompt_tokens: -1, completion_tokens: -0.5 }],
  ])('should count 0 for %s', (_name, usage) => {
    expect(readUsage(usage as ChatUsage)).toEqual({
      input_tokens: 0,
      input_tokens_details: { cached_tokens: 0, cache_write_tokens: 0 },
      output_tokens: 0,
      output_tokens_details: { reasoning_tokens: 0 },
      total_tokens: 0,
    });
  });

  it('should make the total the sum, whatever the server says', () => {
    expect(readUsage({ prompt_tokens: 1, completion_tokens: 2, total_tokens: 99 }).total_tokens).toBe(3);
  });

  it('should count whole tokens', () => {
    expect(readUsage({ prompt_tokens: 1.9, completion_tokens: 2 })).toMatchObject({
      input_tokens: 1,
      total_tokens: 3,
    });
  });

  it('should not count more of a part than of its whole', () => {
    expect(
      readUsage({
        prompt_tokens: 1,
        completion_tokens: 2,
        prompt_tokens_details: { cached_tokens: 5, cache_write_tokens: 5 },
        completion_tokens_details: { reasoning_tokens: 9 },
      }),
    ).toMatchObject({
      input_tokens_details: { cached_tokens: 1, cache_write_tokens: 1 },
      output_tokens_details: { reasoning_tokens: 2 },
    });
  });
});
