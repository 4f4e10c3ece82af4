import { translate } from '../../../test/support/translation.js';

const EXTENSIONS = {
  temperature: 0.5,
  top_p: 0.9,
  presence_penalty: -1,
  frequency_penalty: 1,
  stop: ['END'],
  stop_token_ids: [2, 0],
  seed: 0,
  user: 'u',
  top_k: 0,
  min_p: 0.1,
  repetition_penalty: 1.1,
  min_new_tokens: 0,
  ignore_eos: false,
  skip_special_tokens: false,
  spaces_between_special_tokens: true,
  include_stop_str_in_output: false,
  logit_bias: { '50256': -100 },
  chat_template_kwargs: { enable_thinking: false },
  media_io_kwargs: { video: { fps: 1 } },
  mm_processor_kwargs: { a: 1 },
};

describe('sampling', () => {
  it('should be handed on as it is, zeros and false included', () => {
    expect(translate(EXTENSIONS).chat).toMatchObject(EXTENSIONS);
  });

  it('should leave out what was not given', () => {
    const nothing = Object.fromEntries(Object.keys(EXTENSIONS).map((name) => [name, null]));
    expect(Object.keys(translate(nothing).chat)).toEqual(['model', 'messages']);
    expect(Object.keys(translate({}).chat)).toEqual(['model', 'messages']);
  });

  it('should send max_output_tokens under the name of the profile', () => {
    expect(translate({ max_output_tokens: 9 }).chat.max_completion_tokens).toBe(9);
    const { chat } = translate({ max_output_tokens: 9 }, { maxTokensField: 'max_tokens' });
    expect(chat.max_tokens).toBe(9);
    expect(chat).not.toHaveProperty('max_completion_tokens');
  });

  it('should know the limit by its names in chat completions', () => {
    expect(translate({ max_tokens: 5 }).chat.max_completion_tokens).toBe(5);
    expect(translate({ max_completion_tokens: 6, max_tokens: 5 }).chat.max_completion_tokens).toBe(6);
    const { chat } = translate({ max_tokens: 9, max_output_tokens: 7 }, { maxTokensField: 'max_tokens' });
    expect(chat.max_tokens).toBe(7);
    expect(translate({ max_tokens: 9 }, { maxOutputTokens: 8 }).chat.max_completion_tokens).toBe(8);
  });

  it('should hand on the fields that the profile names, known or not', () => {
    const given = { unknownFields: { priority: 0, foo: 1, cache_salt: null } };
    const { chat } = translate(
      { prompt_cache_key: 'k', service_tier: 'flex' },
      { passFields: ['priority', 'prompt_cache_key', 'cache_salt', 'absent', 'toString'] },
      given,
    );
    expect(chat).toMatchObject({ priority: 0, prompt_cache_key: 'k' });
    expect(Object.keys(chat)).toEqual(['model', 'messages', 'priority', 'prompt_cache_key']);
  });

  it.each([
    [{ top_logprobs: 3 }, { logprobs: true, top_logprobs: 3 }],
    [{ include: ['message.output_text.logprobs'] }, { logprobs: true }],
    [
      { include: ['message.output_text.logprobs'], top_logprobs: 2 },
      { logprobs: true, top_logprobs: 2 },
    ],
  ])('should ask for logprobs with %j', (body, sent) => {
    expect(translate(body).chat).toMatchObject(sent);
  });

  it.each([[{ top_logprobs: 0 }], [{ include: ['reasoning.encrypted_content'] }], [{ include: null }]])(
    'should not ask for logprobs with %j',
    (body) => {
      const { chat } = translate(body);
      expect(chat).not.toHaveProperty('logprobs');
      expect(chat).not.toHaveProperty('top_logprobs');
    },
  );
});
