import fc from 'fast-check';
import type { ChatMessage, ChatRequest } from '../../contracts/chat-completions.js';
import { estimateImages, estimateTokens } from './estimate-tokens.js';

const OVERHEAD = 3 + 4;
const chat = (content: string): ChatRequest => ({ model: 'm', messages: [{ role: 'user', content }] });
const textOnly = (content: string): number => estimateTokens(chat(content)) - OVERHEAD;
const image = (detail?: string): ChatMessage => ({
  role: 'user',
  content: [
    { type: 'image_url', image_url: { url: 'data:image/png;base64,AAAA', ...(detail && { detail }) } },
  ],
});

describe('the estimate of tokens', () => {
  it.each<[string, string, number]>([
    ['letters and spaces', 'The quick brown fox jumps', 7],
    ['a run of spaces', `a${' '.repeat(100)}b`, 1],
    ['digits and punctuation', '2026-11-22', 5],
    ['line ends', '\n\n\n\n', 2],
    ['Cyrillic', 'привет мир', 5],
    ['Chinese', '你好，世界', 4],
    ['emoji', '😀😀', 4],
    ['nothing', '', 0],
  ])('should weigh %s', (_what, text, tokens) => {
    expect(textOnly(text)).toBe(tokens);
  });

  it('should add a part for each message, tool and call', () => {
    const base = chat('hi');
    const more: ChatRequest = {
      ...base,
      messages: [
        ...base.messages,
        {
          role: 'assistant',
          content: null,
          reasoning_content: 'thinking',
          tool_calls: [{ id: 'c', type: 'function', function: { name: 'f', arguments: '{"a":1}' } }],
        },
        { role: 'tool', tool_call_id: 'c', content: 'result' },
      ],
    };
    expect(estimateTokens(more)).toBeGreaterThan(estimateTokens(base) + 8);
    const tools: ChatRequest['tools'] = [
      { type: 'function', function: { name: 'f', description: 'Does it.' } },
    ];
    expect(estimateTokens({ ...base, tools })).toBeGreaterThan(estimateTokens(base) + 10);
  });

  it('should count images by their detail, never by their data', () => {
    expect(estimateImages([image(), image('low'), image('high')])).toBe(2085);
    expect(estimateTokens({ model: 'm', messages: [image()] })).toBe(OVERHEAD + 1000);
  });

  it('should be a whole number that does not shrink with more text', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), fc.string({ unit: 'grapheme' }), (a, b) => {
        expect(Number.isInteger(textOnly(a))).toBe(true);
        expect(textOnly(a + b)).toBeGreaterThanOrEqual(textOnly(a));
      }),
    );
  });
});
