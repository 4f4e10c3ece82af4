import { completion } from '../support/fake-upstream.js';
import { postJson, postStream } from '../support/http-client.js';
import type { Json } from '../support/json.js';
import { checkLifecycle, checkResponse } from '../support/lifecycle-oracle.js';
import { useGateway } from '../support/use-gateway.js';

describe('options of a request', () => {
  const { upstream, gateway } = useGateway({ answer: () => ({ body: completion({ content: 'fine' }) }) });

  const post = (body: Json) => postJson(`${gateway.url}/v1/responses`, { model: 'm', input: 'hi', ...body });

  it('should send chat names on, and hold the answer to their limit', async () => {
    const { body } = await post({ max_tokens: 9, stop_token_ids: [1, 2] });
    expect(body).toMatchObject({ max_output_tokens: 9 });
    expect(upstream.chats.at(-1)?.body).toMatchObject({ max_completion_tokens: 9, stop_token_ids: [1, 2] });
    expect(upstream.chats.at(-1)?.body).not.toHaveProperty('max_tokens');
  });

  it.each([
    ['max_tokens', 0],
    ['max_tokens', '9'],
    ['max_completion_tokens', 1.5],
    ['stop_token_ids', 5],
    ['stop_token_ids', [1, 'a']],
    ['stop_token_ids', [-1]],
    ['prompt_cache_options', true],
    ['prompt_cache_options.prewarm', { prewarm: 'yes' }],
  ])('should be refused with their name where they are wrong: %s', async (param, value) => {
    const { status, body } = await post({ [param.split('.')[0]!]: value });
    expect(status).toBe(400);
    expect(body).toMatchObject({ error: { param, type: 'invalid_request_error' } });
  });

  it('should not be named where they are null, at any level', async () => {
    const { status, headers } = await post({
      foo: null,
      context_management: null,
      prompt_cache_options: null,
      max_tokens: null,
      stop_token_ids: null,
      text: { verbosity: null, format: null },
      reasoning: { effort: null, context: null },
      tools: [{ type: 'function', name: 'f', defer_loading: null, parameters: null }],
      stream_options: { more: null },
      truncation: null,
    });
    expect(status).toBe(200);
    expect(headers).not.toHaveProperty('x-gateway-ignored');
  });

  it('should be named where they are dropped, in a header of bounded size', async () => {
    const junk = Object.fromEntries(Array.from({ length: 1_000 }, (_, at) => [`junk_${at}`, 1]));
    const { headers } = await post({
      reasoning: { context: 'all' },
      ...junk,
      'a\r\nb: c': 1,
    });
    const header = String(headers['x-gateway-ignored']);
    expect(header).toContain('reasoning.context');
    expect(header.length).toBeLessThan(2_500);
    expect(headers).not.toHaveProperty('b');
  });

  describe('prompt_cache_options.prewarm', () => {
    const PREWARM = { prompt_cache_options: { prewarm: true } };

    it('should be answered without the model', async () => {
      const before = upstream.chats.length;
      const metadata = { to: 'nobody' };
      const { status, body } = await post({ ...PREWARM, metadata });
      expect(status).toBe(200);
      expect(body).toMatchObject({
        status: 'completed',
        output: [],
        output_text: '',
        metadata,
        usage: { total_tokens: 0 },
      });
      const { created_at, completed_at } = body as { created_at: number; completed_at: number };
      expect(completed_at).toBeGreaterThanOrEqual(created_at);
      checkResponse(body);
      const { events } = await postStream(`${gateway.url}/v1/responses`, {
        model: 'm',
        input: 'hi',
        stream: true,
        metadata,
        ...PREWARM,
      });
      checkLifecycle(events);
      expect(events.at(-1)).toMatchObject({
        response: { metadata, completed_at: expect.any(Number) as number },
      });
      expect(events.map(({ type }) => type)).toEqual([
        'response.created',
        'response.in_progress',
        'response.completed',
      ]);
      expect(upstream.chats).toHaveLength(before);
    });

    it('should do with tools alone', async () => {
      const tools = [{ type: 'function', name: 'f' }];
      const { status, body } = await postJson(`${gateway.url}/v1/responses`, {
        model: 'm',
        tools,
        ...PREWARM,
      });
      expect({ status, body }).toMatchObject({ status: 200, body: { tools: [{ name: 'f' }], output: [] } });
    });

    it('should be checked like any other request', async () => {
      const { status, body } = await post({ ...PREWARM, tool_choice: 'required' });
      expect({ status, body }).toMatchObject({ status: 400, body: { error: { param: 'tool_choice' } } });
    });

    it('should be nothing special where it is false', async () => {
      const { body } = await post({ prompt_cache_options: { prewarm: false } });
      expect(body).toMatchObject({ output_text: 'fine' });
    });
  });
});
