import type { CreateResponseBody } from '../../contracts/responses-request.js';
import { translate } from '../../../test/support/translation.js';

const ignored = (body: CreateResponseBody, unknownFields: string[] = []) =>
  [...translate(body, {}, { unknownFields }).plan.ignored].sort();

describe('what is accepted without effect', () => {
  it.each<[CreateResponseBody, string[]]>([
    [{ max_tool_calls: 3 }, ['max_tool_calls']],
    [{ service_tier: 'flex' }, ['service_tier']],
    [{ prompt_cache_key: 'k' }, ['prompt_cache_key']],
    [{ safety_identifier: 's' }, ['safety_identifier']],
    [{ truncation: 'auto' }, ['truncation']],
    [{ store: true }, ['store']],
    [{ text: { verbosity: 'low' } }, ['text.verbosity']],
    [{ include: ['file_search_call.results'] }, ['include:file_search_call.results']],
    [{ tools: [{ type: 'web_search' }] }, ['tools:web_search']],
  ])('should be named: %j', (body, names) => {
    expect(ignored(body)).toEqual(names);
  });

  it('should name fields that nobody knows', () => {
    expect(ignored({}, ['client_metadata', 'foo'])).toEqual(['client_metadata', 'foo']);
  });

  it.each<[CreateResponseBody]>([
    [{ truncation: 'disabled' }],
    [{ store: false }],
    [{ text: { verbosity: null } }],
    [{ include: [] }],
    [{ include: ['message.output_text.logprobs', 'reasoning.encrypted_content'] }],
    [{ service_tier: null, prompt_cache_key: null, max_tool_calls: null }],
    [{ temperature: 0, max_output_tokens: 5, user: 'u', metadata: { a: 'b' } }],
  ])('should not name what was not given or does have an effect: %j', (body) => {
    expect(ignored(body)).toEqual([]);
  });

  it('should name a thing once', () => {
    expect(ignored({ tools: [{ type: 'web_search' }, { type: 'web_search' }] })).toEqual([
      'tools:web_search',
    ]);
  });
});
