import { readOverflow } from './read-overflow.js';

describe('readOverflow', () => {
  it.each([
    ['Input length (5000) must be smaller than the model context length (4096).', 5000],
    [
      "This model's maximum context length is 4096 tokens. However, you requested 5000 tokens (4500 in the messages, 500 in the completion). Please reduce the length.",
      5000,
    ],
    ["The input (5000 tokens) is longer than the model's context length (4096 tokens).", 5000],
    ['request (5000 tokens) exceeds the available context size (4096 tokens), try increasing it', 5000],
    [
      "This model's maximum context length is 4,096 tokens. However, your prompt has at least 5,000 input tokens.",
      5000,
    ],
    ['Input length (4096) must be smaller than the model context length (4096).', 4096],
  ])('should find both numbers in %j', (message, requested) => {
    expect(readOverflow(message)).toEqual({ window: 4096, requested });
  });

  it.each([
    '',
    'The prompt is too long.',
    'the request exceeds the available context size. try increasing the context size or enable context shift',
    "This model's maximum context length is 4096 tokens.".replace('4096', 'limited'),
    'too many tokens: 5000',
  ])('should find nothing in %j', (message) => {
    expect(readOverflow(message)).toBeNull();
  });
});
