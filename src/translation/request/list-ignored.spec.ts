import type { CreateResponseBody } from '../../contracts/responses-request.js';
import { functionTool, translate } from '../../../test/support/translation.js';

const USER = { role: 'user', content: 'q' };

const ignored = (
  body: CreateResponseBody,
  unknownFields: Record<string, unknown> = {},
  passFields: string[] = [],
) => [...translate(body, { passFields }, { unknownFields }).plan.ignored].sort();

describe('what is accepted without effect', () => {
  it.each<[CreateResponseBody, string[]]>([
    [{ max_tool_calls: 3 }, ['max_tool_calls']],
    [{ service_tier: 'flex' }, ['service_tier']],
    [{ prompt_cache_key: 'k' }, ['prompt_cache_key']],
    [{ safety_identifier: 's' }, ['safety_identifier']],
    [{ store: true }, ['store']],
    [{ text: { verbosity: 'low' } }, ['text.verbosity']],
    [{ include: ['file_search_call.results'] }, ['include:file_search_call.results']],
    [{ tools: [{ type: 'web_search' }] }, ['tools:web_search']],
    [{ reasoning: { effort: 'low', context: 'all', mode: 'x' } }, ['reasoning.context', 'reasoning.mode']],
    [{ text: { format: { type: 'text', extra: 1 }, own: true } }, ['text.format.extra', 'text.own']],
    [{ response_format: { type: 'json_object', extra: 1 } }, ['response_format.extra']],
    [{ stream_options: { include_obfuscation: true, more: 1 } }, ['stream_options.more']],
    [{ prompt_cache_options: { ttl: '30m', prewarm: false } }, ['prompt_cache_options.ttl']],
    [{ tools: [functionTool('f', { defer_loading: true })] }, ['tools.defer_loading']],
    [
      {
        tools: [
          { type: 'function', function: { name: 'f', cache_control: {} }, allowed_callers: ['direct'] },
        ],
      },
      ['tools.allowed_callers', 'tools.cache_control'],
    ],
    [{ tools: [{ type: 'custom', name: 'c', defer_loading: true }] }, ['tools.defer_loading']],
    [
      {
        tools: [
          {
            type: 'namespace',
            name: 'n',
            description: 'd',
            tools: [functionTool('f', { output_schema: {} })],
          },
        ],
      },
      ['tools.namespace.description', 'tools.output_schema'],
    ],
    [
      { input: [{ type: 'additional_tools', tools: [functionTool('f', { defer_loading: true })] }, USER] },
      ['tools.defer_loading'],
    ],
  ])('should be named: %j', (body, names) => {
    expect(ignored(body)).toEqual(names);
  });

  it.each(['system', 'developer', 'assistant'])('should name images in text of the %s', (role) => {
    const image = { type: 'input_image', image_url: 'https://example.com/a.png' };
    const input = [{ role, content: [{ type: 'input_text', text: 'a' }, image] }, USER];
    expect(ignored({ input })).toEqual(['input:input_image']);
    expect(ignored({ input: [{ role: 'user', content: [image] }] })).toEqual([]);
  });

  it('should name fields that nobody knows', () => {
    expect(ignored({}, { client_metadata: {}, foo: 1 })).toEqual(['client_metadata', 'foo']);
  });

  it.each<[CreateResponseBody]>([
    [{ truncation: 'disabled' }],
    [{ truncation: 'auto' }],
    [{ context_management: [{ type: 'compaction' }] }],
    [{ store: false }],
    [{ text: { verbosity: null, format: null } }],
    [{ text: { format: { type: 'text', name: null, extra: null } } }],
    [{ reasoning: { effort: null, summary: 'auto', context: null } }],
    [{ stream_options: { include_usage: true, include_obfuscation: false, more: null } }],
    [{ prompt_cache_options: { prewarm: false, ttl: null, mode: undefined } }],
    [
      {
        tools: [
          functionTool('f', { defer_loading: null, strict: null }),
          functionTool('g', { defer_loading: false }),
        ],
      },
    ],
    [{ tools: [{ type: 'namespace', name: 'n', description: '', tools: [] }] }],
    [{ include: [] }],
    [{ include: ['message.output_text.logprobs', 'reasoning.encrypted_content'] }],
    [{ service_tier: null, prompt_cache_key: null, max_tool_calls: null }],
    [{ temperature: 0, max_output_tokens: 5, user: 'u', metadata: { a: 'b' } }],
  ])('should not name what was not given or does have an effect: %j', (body) => {
    expect(ignored(body)).toEqual([]);
  });

  it('should not name what goes upstream as it is', () => {
    const body = { prompt_cache_key: 'k', service_tier: 'flex' };
    expect(ignored(body, { priority: 1, foo: 1 }, ['priority', 'prompt_cache_key'])).toEqual([
      'foo',
      'service_tier',
    ]);
  });

  it('should name a thing once', () => {
    expect(ignored({ tools: [{ type: 'web_search' }, { type: 'web_search' }] })).toEqual([
      'tools:web_search',
    ]);
  });
});
