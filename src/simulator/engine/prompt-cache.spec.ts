import { countTokens, PromptCache } from './prompt-cache.js';

describe('PromptCache', () => {
  it('should find nothing at first and whole blocks of a shared beginning later', () => {
    const cache = new PromptCache();
    const prompt = 'word '.repeat(40);
    expect(cache.visit(prompt, 40)).toBe(0);
    expect(cache.visit(prompt, 40)).toBe(32);
    expect(cache.visit(`${prompt}and more words of a next turn`, 47)).toBe(40);
    expect(cache.visit('Something else', 2)).toBe(0);
  });

  it('should count tokens exactly, and estimate very long texts', () => {
    expect(countTokens('pong is here')).toBe(3);
    expect(countTokens('x'.repeat(400_000))).toBe(100_000);
  });
});
