import fc from 'fast-check';
import { countTokens, tokenize } from './tokenize.js';

describe('tokenize', () => {
  it.each([
    ['pong is here', ['pong', ' is', ' here']],
    ['say pong.</think>\n\npong', ['say', ' pong.', '</think>', '\n\npong']],
    ['</think>\n\n<tool_call>', ['</think>', '\n\n', '<tool_call>']],
    ['{name: search}', ['{name:', ' search', '}']],
    ['<|a_b|>x', ['<|a_b|>', 'x']],
  ])('should split %j as the recorded engine does', (text, tokens) => {
    expect(tokenize(text)).toEqual(tokens);
  });

  it('should lose nothing and never halve a character', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme', maxLength: 60 }), (text) => {
        const tokens = tokenize(text);
        expect(tokens.join('')).toBe(text);
        expect(tokens.every((token) => !/\p{Surrogate}/u.test(token))).toBe(true);
      }),
    );
  });

  it('should count tokens exactly, and estimate very long texts', () => {
    expect(countTokens('pong is here')).toBe(3);
    expect(countTokens('x'.repeat(400_000))).toBe(100_000);
  });
});
