import type { ChatMessage } from '../contracts/chat-completions.js';
import { type AffinityFacts, affinityKeyOf } from './affinity-key.js';

const ASKED: ChatMessage[] = [
  { role: 'system', content: 'Be brief.' },
  { role: 'user', content: 'How tall is Everest?' },
];

function keyOf(messages: ChatMessage[], more: Partial<AffinityFacts> = {}): string {
  const facts = { body: {}, conversationId: null, context: { caller: { id: 'a' } }, ...more };
  return affinityKeyOf({ ...facts, chat: { messages } });
}

describe('affinityKeyOf', () => {
  it('should be the same for each turn of a client that resends its history', () => {
    const further: ChatMessage[] = [
      ...ASKED,
      { role: 'assistant', content: '8,849 m' },
      { role: 'user', content: 'And K2?' },
    ];
    expect(keyOf(further)).toBe(keyOf(ASKED));
  });

  it('should differ with the first question, the instructions and the tenant', () => {
    const [system, user] = ASKED as [ChatMessage, ChatMessage];
    const others = [
      keyOf(ASKED),
      keyOf([system, { role: 'user', content: 'How tall is K2?' }]),
      keyOf([{ role: 'system', content: 'Be verbose.' }, user]),
      keyOf(ASKED, { context: { caller: { id: 'b' } } }),
      keyOf(ASKED, { context: { caller: { id: 'a', tenant: 't' } } }),
    ];
    expect(new Set(others).size).toBe(others.length);
  });

  it('should be the key of the client, else the conversation, whatever the messages are', () => {
    const facts = { body: { prompt_cache_key: 'mine' }, conversationId: 'conv_1' };
    expect(keyOf(ASKED, facts)).toBe(keyOf([], facts));
    expect(keyOf(ASKED, { conversationId: 'conv_1' })).toBe(keyOf([], { conversationId: 'conv_1' }));
    expect(keyOf(ASKED, facts)).not.toBe(keyOf(ASKED, { conversationId: 'conv_1' }));
  });

  it('should take texts of parts, and the beginning of long ones', () => {
    const image = { type: 'image_url', image_url: { url: `data:,${'x'.repeat(100_000)}` } } as const;
    const long = keyOf([{ role: 'user', content: [{ type: 'text', text: 'y'.repeat(100_000) }, image] }]);
    expect(long).toContain('yyy');
    expect(long.length).toBeLessThan(2_000);
  });

  it('should be there without a question', () => {
    expect(keyOf([{ role: 'system', content: 'Go on.' }])).toContain('Go on.');
  });
});
