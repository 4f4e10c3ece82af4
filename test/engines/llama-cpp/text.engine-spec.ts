import { expectEnvelope } from '../../support/error-envelope.js';
import { getJson, postJson } from '../../support/http-client.js';
import { ask, WAYS } from '../support/ask.js';
import { useStack } from '../support/use-stack.js';
import { CONTEXT, LLAMA_CPP, MODEL, startLlamaCpp } from './llama-cpp.js';

const TURN = { model: MODEL, temperature: 0, max_output_tokens: 16 };
const CAPITAL = { ...TURN, instructions: 'Be brief.', input: 'What is the capital of France?' };
const PIXEL =
  'data:image/png;base64,iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==';

describe('text of llama.cpp', () => {
  const stack = useStack(startLlamaCpp, LLAMA_CPP);

  describe.each(WAYS)('asked for %s', (way) => {
    it('should be a completed answer that counts its tokens', async () => {
      const { response, output, text, usage } = await ask(stack.url, CAPITAL, way);
      expect(response).toMatchObject({ status: 'completed', model: MODEL, error: null });
      expect(output).toMatchObject([{ type: 'message', status: 'completed', role: 'assistant' }]);
      expect(text).toContain('Paris');
      expect(usage.output_tokens).toBeGreaterThan(3);
      expect(usage.output_tokens).toBeLessThanOrEqual(16);
      expect(usage.total_tokens).toBe(usage.input_tokens + usage.output_tokens);
    });

    it('should go on with what was said', async () => {
      const input = [
        { role: 'user', content: 'Say: red' },
        { role: 'assistant', content: 'red' },
        { role: 'user', content: 'Say: blue' },
        { role: 'assistant', content: 'blue' },
        { role: 'user', content: 'Say: green' },
      ];
      expect((await ask(stack.url, { ...TURN, input }, way)).text).toBe('green');
    });

    it('should be incomplete where the token limit cuts it', async () => {
      const { response, usage } = await ask(stack.url, { ...CAPITAL, max_output_tokens: 3 }, way);
      expect(response).toMatchObject({
        status: 'incomplete',
        incomplete_details: { reason: 'max_output_tokens' },
      });
      expect(usage.output_tokens).toBe(3);
    });

    it('should end before a stop text', async () => {
      const { text, response } = await ask(stack.url, { ...CAPITAL, stop: [' of'] }, way);
      expect(text).toBe('The capital');
      expect(response.status).toBe('completed');
    });

    it('should bring log probabilities that cover the text', async () => {
      const body = { ...CAPITAL, include: ['message.output_text.logprobs'], top_logprobs: 2 };
      const { output, text } = await ask(stack.url, body, way);
      const [{ logprobs }] = output[0]!.content as [
        { logprobs: { token: string; top_logprobs: unknown[] }[] },
      ];
      expect(logprobs.map(({ token }) => token).join('')).toBe(text);
      expect(logprobs.map(({ top_logprobs: top }) => top.length)).toEqual(logprobs.map(() => 2));
    });

    it('should take half a surrogate pair', async () => {
      const input = [
        { role: 'user', content: 'a \ud83d b' },
        { role: 'assistant', content: '\ude00' },
        { role: 'user', content: [{ type: 'input_text', text: 'c\ud83d' }] },
      ];
      // JSON.stringify escapes them, so that they arrive as \ud83d.
      const { response } = await ask(stack.url, { ...TURN, instructions: '\ud83d!', input }, way);
      expect(response.error).toBeNull();
    });

    it('should write whole characters', async () => {
      const input = 'Repeat: 😀😃😄 Здравствуй 東京';
      const { text } = await ask(stack.url, { ...TURN, max_output_tokens: 24, input }, way);
      expect(text).not.toBe('');
      expect(Buffer.from(text).toString()).toBe(text);
      expect(text).not.toContain('\ufffd');
    });

    it('should refuse what is longer than the context', async () => {
      const input = 'word '.repeat(CONTEXT + 100);
      const answer = await postJson(`${stack.url}/v1/responses`, {
        ...TURN,
        input,
        stream: way === 'streamed',
      });
      expectEnvelope(answer, { status: 400, type: 'invalid_request_error', code: 'context_length_exceeded' });
    });

    it('should be incomplete where the context ends within the answer', async () => {
      const input = 'word '.repeat(CONTEXT - 60);
      const { response } = await ask(stack.url, { model: MODEL, ignore_eos: true, input }, way);
      expect(response).toMatchObject({ status: 'incomplete' });
    });
  });

  it('should count the same input alike however it is asked for, and find it in the cache', async () => {
    const input = 'Tell me about the sea and the wind.';
    const first = await ask(stack.url, { ...TURN, input });
    const second = await ask(stack.url, { ...TURN, input }, 'streamed');
    expect(second.usage.input_tokens).toBe(first.usage.input_tokens);
    expect(second.usage.input_tokens_details.cached_tokens).toBeGreaterThan(0);
    const counted = await postJson(`${stack.url}/v1/responses/input_tokens`, { model: MODEL, input });
    expect(counted.body).toEqual({
      object: 'response.input_tokens',
      input_tokens: first.usage.input_tokens,
    });
    expect(counted.headers['x-gateway-token-count']).toBe('upstream');
  });

  it('should list the model with the context window of the server', async () => {
    const { status, body } = await getJson(`${stack.url}/v1/models?client_version=0.169.0`);
    expect(status).toBe(200);
    expect(body).toMatchObject({
      data: [{ id: MODEL, meta: { n_ctx: CONTEXT } }],
      models: [{ slug: MODEL, context_window: CONTEXT }],
    });
  });

  it('should answer as the default model', async () => {
    const { response } = await ask(stack.url, { ...CAPITAL, model: 'default' });
    expect(response.model).toBe(MODEL);
  });

  it('should refuse an image once, as a fault of the request, and then tell the model of one', async () => {
    const content = [
      { type: 'input_text', text: 'What is on it?' },
      { type: 'input_image', image_url: PIXEL },
    ];
    const body = { ...TURN, input: [{ role: 'user', content }] };
    const refused = await postJson(`${stack.url}/v1/responses`, body);
    expect(refused.status).toBe(400);
    expect(refused.body).toMatchObject({ error: { type: 'invalid_request_error' } });
    for (const way of WAYS) expect((await ask(stack.url, body, way)).response.error).toBeNull();
  });
});
