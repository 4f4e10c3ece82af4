import fc from 'fast-check';
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

  const base = { prompt_tokens: 100, completion_tokens: 20 };

  it.each<[string, Record<string, unknown>]>([
    ['prompt_cache_hit_tokens', { ...base, prompt_cache_hit_tokens: 64, prompt_cache_miss_tokens: 36 }],
    ['cached_tokens', { ...base, cached_tokens: 64 }],
    ['num_cached_tokens', { ...base, num_cached_tokens: 64 }],
    ['prompt_tokens_details', { ...base, prompt_tokens_details: { cached_tokens: 64 } }],
    ['cache_read_input_tokens', { ...base, cache_read_input_tokens: 64 }],
    ['one of several words', { ...base, prompt_tokens_details: { cached_tokens: 0 }, cached_tokens: 64 }],
    [
      'the words of the Responses API',
      { input_tokens: 100, output_tokens: 20, input_tokens_details: { cached_tokens: 64 } },
    ],
    [
      "Anthropic's words, which count the cache beside the input",
      { input_tokens: 30, cache_read_input_tokens: 64, cache_creation_input_tokens: 6, output_tokens: 20 },
    ],
  ])('should read cached tokens of %s', (_words, usage) => {
    expect(readUsage(usage)).toMatchObject({
      input_tokens: 100,
      input_tokens_details: { cached_tokens: 64 },
      output_tokens: 20,
      total_tokens: 120,
    });
  });

  it.each<[string, Record<string, unknown>]>([
    ['at the top', { ...base, reasoning_tokens: 7 }],
    ['in the details', { ...base, completion_tokens_details: { reasoning_tokens: 7 } }],
    ["in the Responses API's details", { ...base, output_tokens_details: { reasoning_tokens: 7 } }],
    ['beside the completion', { ...base, completion_tokens: 13, reasoning_tokens: 7, total_tokens: 120 }],
  ])('should read reasoning tokens %s', (_place, usage) => {
    expect(readUsage(usage)).toMatchObject({
      output_tokens: 20,
      output_tokens_details: { reasoning_tokens: 7 },
      total_tokens: 120,
    });
  });

  it('should find the part that a server has left out of its total', () => {
    expect(readUsage({ prompt_tokens: 100, total_tokens: 120 }).output_tokens).toBe(20);
    expect(readUsage({ completion_tokens: 20, total_tokens: 120 }).input_tokens).toBe(100);
    expect(readUsage({ total_tokens: 120 })).toMatchObject({ total_tokens: 0 });
  });

  it('should keep what was counted before where the later counts have nothing', () => {
    const before = readUsage({ ...base, cached_tokens: 64 });
    expect(readUsage({}, before)).toEqual(before);
    expect(readUsage({ output_tokens: 30 }, before)).toMatchObject({ input_tokens: 100, output_tokens: 30 });
    expect(readUsage({ prompt_tokens: 9, completion_tokens: 1 }, before)).toMatchObject({ total_tokens: 10 });
  });

  it('should give numbers that JSON has, whatever the server sends', () => {
    const names = Object.keys({
      ...base,
      total_tokens: 0,
      cached_tokens: 0,
      reasoning_tokens: 0,
      input_tokens: 0,
    });
    const value = fc.oneof(fc.anything(), fc.double(), fc.maxSafeInteger(), fc.constant(Number.MAX_VALUE));
    const details = fc.oneof(
      value,
      fc.dictionary(fc.constantFrom('cached_tokens', 'reasoning_tokens'), value),
    );
    const usage = fc.tuple(fc.dictionary(fc.constantFrom(...names), value), details, details);
    fc.assert(
      fc.property(usage, ([counts, prompt_tokens_details, completion_tokens_details]) => {
        const { input_tokens_details, output_tokens_details, ...totals } = readUsage({
          ...counts,
          prompt_tokens_details,
          completion_tokens_details,
        } as ChatUsage);
        const { cached_tokens: cached } = input_tokens_details;
        const { reasoning_tokens: reasoning } = output_tokens_details;
        for (const count of [...Object.values(totals), cached, reasoning])
          expect(Number.isSafeInteger(count) && count >= 0).toBe(true);
        expect(totals.total_tokens).toBe(totals.input_tokens + totals.output_tokens);
        expect(cached <= totals.input_tokens && reasoning <= totals.output_tokens).toBe(true);
      }),
      { numRuns: 500 },
    );
  });
});
