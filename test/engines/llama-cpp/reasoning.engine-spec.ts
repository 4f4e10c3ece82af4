import type { Json } from '../../support/json.js';
import { ask, WAYS } from '../support/ask.js';
import { useStack } from '../support/use-stack.js';
import { exactly, LLAMA_CPP, MODEL, startThinkingLlamaCpp } from './llama-cpp.js';

const TURN = { model: MODEL, temperature: 0, max_output_tokens: 60 };
const STORY = { ...TURN, input: 'Write a story about a cat.' };
/** What the server closes the reasoning of its model with; see server.py. */
const LAST_WORDS = 'That is it.';

describe('reasoning of llama.cpp', () => {
  const stack = useStack(startThinkingLlamaCpp, LLAMA_CPP);

  describe.each(WAYS)('asked for %s', (way) => {
    it('should stand before the text, in an item of its own', async () => {
      const { output, text } = await ask(stack.url, STORY, way);
      expect(output.map(({ type }) => type)).toEqual(['reasoning', 'message']);
      expect(summaryOf(output[0]!).endsWith(LAST_WORDS)).toBe(true);
      expect(text).not.toContain('think>');
      expect(text).toMatch(/\w/);
    });

    it('should be handed back as it came', async () => {
      const include = ['reasoning.encrypted_content'];
      const { output, usage } = await ask(stack.url, { ...STORY, include }, way);
      expect(output[0]).toMatchObject({ encrypted_content: expect.any(String) as string });
      const more = { role: 'user', content: 'Go on.' };
      const withReasoning = [{ role: 'user', content: STORY.input }, ...output, more];
      const without = withReasoning.filter((item) => (item as Json).type !== 'reasoning');
      const [goneOn, bare] = [
        await ask(stack.url, { ...TURN, include, input: withReasoning }, way),
        await ask(stack.url, { ...TURN, input: without }, way),
      ];
      expect(bare.usage.input_tokens).toBeGreaterThan(usage.input_tokens);
      expect(goneOn.usage.input_tokens).toBeGreaterThan(bare.usage.input_tokens);
    });

    it('should stand before a text that is held to a schema', async () => {
      const body = { ...TURN, max_output_tokens: 100, input: 'Go.', text: exactly('red') };
      const { output, text } = await ask(stack.url, body, way);
      expect(output.map(({ type }) => type)).toEqual(['reasoning', 'message']);
      expect(JSON.parse(text)).toEqual({ value: 'red' });
    });

    it('should be cut by the token limit', async () => {
      const { response, output } = await ask(stack.url, { ...STORY, max_output_tokens: 5 }, way);
      expect(response).toMatchObject({
        status: 'incomplete',
        incomplete_details: { reason: 'max_output_tokens' },
      });
      expect(output[0]).toMatchObject({ type: 'reasoning' });
    });
  });

  it('should be left out where it is not to be shown', async () => {
    const url = await stack.another({ REASONING_OUTPUT: 'off' });
    for (const way of WAYS) {
      const { output, text } = await ask(url, STORY, way);
      expect(text).not.toContain('think>');
      expect(output.flatMap((item) => (item.type === 'reasoning' ? [summaryOf(item)] : [])).join('')).toBe(
        '',
      );
    }
  });
});

function summaryOf(item: Json): string {
  return (item.summary as { text: string }[]).map(({ text }) => text).join('');
}
