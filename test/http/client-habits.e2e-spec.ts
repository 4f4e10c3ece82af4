import { chatStream, completion } from '../support/fake-upstream.js';
import { postJson, postStream } from '../support/http-client.js';
import type { Json } from '../support/json.js';
import { checkLifecycle, checkResponse } from '../support/lifecycle-oracle.js';
import { useGateway } from '../support/use-gateway.js';

const TOOL = { type: 'function', name: 'f', parameters: { type: 'object', properties: {} } };
const ALL_NULL = Object.fromEntries(
  [
    'instructions tools tool_choice parallel_tool_calls text response_format reasoning include stream_options store',
    'metadata user max_output_tokens max_tool_calls temperature top_p top_logprobs presence_penalty',
    'frequency_penalty truncation service_tier safety_identifier prompt_cache_key background previous_response_id',
    'conversation prompt stop seed top_k min_p',
  ]
    .join(' ')
    .split(' ')
    .map((field) => [field, null]),
);

/** What clients send without being asked to, by docs of their own or by measurement. */
const HABITS: [name: string, body: Json][] = [
  ['null for every optional field', ALL_NULL],
  ['empty objects', { text: {}, reasoning: {}, metadata: {}, stream_options: {} }],
  ['empty lists', { tools: [], include: [], stop: [] }],
  [
    'empty strings',
    { instructions: '', user: '', service_tier: '', prompt_cache_key: '', previous_response_id: '' },
  ],
  [
    'a json_schema format without name',
    { text: { format: { type: 'json_schema', schema: { type: 'object' } } } },
  ],
  ['a format of null', { text: { format: null } }],
  ['fields nobody knows', { client_metadata: { a: 1 }, x_vendor: [1, 2], prompt_cache_retention: '24h' }],
  ['tool_choice auto without tools', { tool_choice: 'auto' }],
  ['strict: null', { tools: [{ ...TOOL, strict: null }] }],
  ['a tool without parameters', { tools: [{ type: 'function', name: 'f' }] }],
  [
    "a tool with $schema and zod's integer bounds",
    {
      tools: [
        {
          ...TOOL,
          parameters: {
            $schema: 'https://json-schema.org/draft/2020-12/schema',
            type: 'object',
            properties: {
              n: {
                type: 'integer',
                minimum: -9007199254740991,
                maximum: 9007199254740991,
                exclusiveMinimum: 0,
              },
            },
            additionalProperties: false,
          },
        },
      ],
    },
  ],
  ['hosted tools', { tools: [{ type: 'web_search' }, { type: 'image_generation', output_format: 'png' }] }],
  [
    'includes of hosted tools',
    { include: ['web_search_call.action.sources', 'reasoning.encrypted_content'] },
  ],
  ['truncation auto', { truncation: 'auto' }],
  [
    'an assistant text without annotations',
    turnWith({ role: 'assistant', content: [{ type: 'output_text', text: 'a' }] }),
  ],
  [
    'its own output with what SDKs add to it',
    turnWith(
      {
        type: 'message',
        id: 'msg_1',
        status: 'completed',
        role: 'assistant',
        content: [{ type: 'output_text', text: '{"a":1}', annotations: [], logprobs: [], parsed: { a: 1 } }],
      },
      {
        type: 'function_call',
        id: 'fc_1',
        call_id: 'call_1',
        name: 'f',
        arguments: '{}',
        parsed_arguments: {},
        status: 'completed',
      },
      { type: 'function_call_output', id: 'fco_1', call_id: 'call_1', output: 'ok', status: 'completed' },
    ),
  ],
  [
    'reasoning with null fields',
    turnWith({
      type: 'reasoning',
      id: 'rs_1',
      summary: [],
      content: null,
      encrypted_content: null,
      status: null,
    }),
  ],
  ['a null id', turnWith({ type: 'message', id: null, role: 'assistant', content: 'a' })],
  ['an empty user message', { input: [{ role: 'user', content: '' }] }],
];

function turnWith(...items: Json[]): Json {
  return { input: [{ role: 'user', content: 'q' }, ...items, { role: 'user', content: 'and?' }] };
}

describe('what clients send without being asked to', () => {
  const { upstream, gateway } = useGateway({ environment: { TOOL_CHOICE_RETRIES: '0' } });

  it.each(HABITS)('should tolerate %s', async (_name, habit) => {
    const body = { model: 'm', input: 'hi', ...habit };
    upstream.reply(completion({ content: 'fine' }));
    const answer = await postJson(`${gateway.url}/v1/responses`, body);
    expect(answer).toMatchObject({ status: 200, body: { status: 'completed', output_text: 'fine' } });
    checkResponse(answer.body);
    upstream.reply(chatStream(['fine']));
    const { events } = await postStream(`${gateway.url}/v1/responses`, { ...body, stream: true });
    checkLifecycle(events);
    expect(events.at(-1)).toMatchObject({ type: 'response.completed', response: { output_text: 'fine' } });
  });

  it('should tolerate an accept header of application/json on a stream', async () => {
    upstream.reply(chatStream(['fine']));
    const { headers, events } = await postStream(
      `${gateway.url}/v1/responses`,
      { model: 'm', input: 'hi', stream: true },
      { accept: 'application/json' },
    );
    expect(headers['content-type']).toContain('text/event-stream');
    checkLifecycle(events);
  });

  it('should refuse a reference to an item that is not stored, and say what to do', async () => {
    const input = [{ type: 'item_reference', id: 'msg_1' }];
    const { status, body } = await postJson(`${gateway.url}/v1/responses`, { model: 'm', input });
    expect(status).toBe(404);
    expect(body).toMatchObject({
      error: {
        type: 'invalid_request_error',
        param: 'input',
        message: expect.stringMatching(
          /^Item with id 'msg_1' not found\..*store: false.*\(input\[0\]\)$/,
        ) as string,
      },
    });
  });
});
