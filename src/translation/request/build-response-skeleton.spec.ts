import { checkResponse } from '../../../test/support/lifecycle-oracle.js';
import { refusalOf, skeleton, translate } from '../../../test/support/translation.js';

const COMPLETED = {
  status: 'completed',
  completed_at: 1_795_337_549,
  output_text: '',
  usage: {
    input_tokens: 0,
    input_tokens_details: { cached_tokens: 0, cache_write_tokens: 0 },
    output_tokens: 0,
    output_tokens_details: { reasoning_tokens: 0 },
    total_tokens: 0,
  },
};

describe('the response object to begin with', () => {
  it('should have every field, with defaults where nothing was asked for', () => {
    const response = skeleton();
    expect(response).toMatchObject({
      id: 'resp_1',
      object: 'response',
      created_at: 1_795_337_547,
      completed_at: null,
      status: 'in_progress',
      output: [],
      usage: null,
      temperature: 1,
      top_p: 1,
      presence_penalty: 0,
      frequency_penalty: 0,
      top_logprobs: 0,
      truncation: 'disabled',
      parallel_tool_calls: true,
      store: false,
      background: false,
      service_tier: 'default',
      metadata: {},
      text: { format: { type: 'text' } },
      tool_choice: 'auto',
      tools: [],
    });
    expect(response.output_text).toBeUndefined();
    checkResponse({ ...response, ...COMPLETED });
  });

  it('should echo what was asked for', () => {
    const body = {
      instructions: 'Be brief.',
      temperature: 0,
      top_p: 0.5,
      presence_penalty: 1,
      frequency_penalty: -1,
      top_logprobs: 2,
      max_output_tokens: 7,
      max_tool_calls: 3,
      parallel_tool_calls: false,
      metadata: { a: 'b' },
      safety_identifier: 's',
      prompt_cache_key: 'k',
      user: 'u',
    };
    const response = skeleton({ ...body, text: { verbosity: 'low' } });
    expect(response).toMatchObject({ ...body, text: { format: { type: 'text' }, verbosity: 'low' } });
    checkResponse({ ...response, ...COMPLETED });
  });

  it.each(['auto', 'flex', 'priority'])(
    'should say the tier that is served, whatever was asked for: %s',
    (tier) => {
      expect(skeleton({ service_tier: tier }).service_tier).toBe('default');
    },
  );

  it.each([
    [{ max_tokens: 5 }, 5],
    [{ max_completion_tokens: 6, max_tokens: 5 }, 6],
    [{ max_output_tokens: 7, max_completion_tokens: 6 }, 7],
  ])('should echo the limit of %j as %j', (body, limit) => {
    expect(skeleton(body).max_output_tokens).toBe(limit);
  });

  it.each([
    ['an empty service tier', { service_tier: '' }],
    ['an empty text', { text: {} }],
    ['empty strings', { safety_identifier: '', prompt_cache_key: '', user: '', instructions: '' }],
    ['an empty verbosity', { text: { verbosity: '' } }],
  ])('should stay valid with %s', (_name, body) => {
    checkResponse({ ...skeleton(body), ...COMPLETED });
    expect(skeleton(body).status).toBe('in_progress');
  });

  it('should not claim to store, for it does not', () => {
    expect(skeleton({ store: true })).toMatchObject({ store: false });
  });

  it.each([
    ['auto', 'auto'],
    ['disabled', 'disabled'],
    [undefined, 'disabled'],
  ])('should say for truncation %s: %s', (truncation, echo) => {
    expect(skeleton({ truncation })).toMatchObject({ truncation: echo });
  });

  it('should name the model as the client does and ask the upstream as it does', () => {
    const { chat, response } = translate({}, {}, { model: 'alias', upstreamModel: 'real' });
    expect([response.model, chat.model]).toEqual(['alias', 'real']);
  });
});

describe('metadata', () => {
  const pairs = (count: number) =>
    Object.fromEntries(Array.from({ length: count }, (_, at) => [`k${at}`, 'v']));

  it('should be echoed up to its limits', () => {
    const metadata = { ...pairs(15), ['k'.repeat(64)]: 'v'.repeat(512) };
    expect(skeleton({ metadata }).metadata).toEqual(metadata);
  });

  it.each([
    ['too many pairs', pairs(17), 'metadata'],
    ['a key that is too long', { ['k'.repeat(65)]: 'v' }, 'metadata'],
    ['a value that is too long', { a: 'v'.repeat(513) }, 'metadata.a'],
    ['a value that is a number', { a: 1 }, 'metadata.a'],
    ['a value that is null', { a: null }, 'metadata.a'],
  ])('should be refused with %s', (_name, metadata, param) => {
    expect(refusalOf(() => skeleton({ metadata }))).toMatchObject({
      status: 400,
      code: 'invalid_request',
      param,
    });
  });
});
