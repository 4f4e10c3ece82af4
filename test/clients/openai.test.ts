import { after, before, describe, it } from 'node:test';
import { expect } from 'expect';
import { zodResponsesFunction, zodTextFormat } from 'openai/helpers/zod';
import { ResponsesToolRunner, runnerFunction } from 'openai/helpers/responses-tool-runner';
import type { Response, ResponseInputItem, ResponseStreamEvent } from 'openai/resources/responses/responses';
import OpenAI, {
  APIError,
  APIUserAbortError,
  AuthenticationError,
  BadRequestError,
  InternalServerError,
  NotFoundError,
  RateLimitError,
} from 'openai';
import { z } from 'zod';
import { failure } from './support/failure.ts';
import { MODEL } from './support/scripted-upstream.ts';
import { type Gateway, startGateway } from './support/start-gateway.ts';
import { useStack } from './support/use-stack.ts';

const KEY = 'sk-test-openai';

const search = zodResponsesFunction({
  name: 'search',
  description: 'Search docs',
  parameters: z.object({ query: z.string(), limit: z.number().int().nullable() }),
});
const now = zodResponsesFunction({ name: 'now', parameters: z.object({}) });
const Person = z.object({ name: z.string(), age: z.number().int() });

describe('openai', () => {
  const stack = useStack({ API_KEYS: KEY, MODEL_ALIASES: `fast=${MODEL}` });
  let client: OpenAI;

  before(() => {
    client = new OpenAI({ apiKey: KEY, baseURL: stack.gateway.baseUrl });
  });

  describe('text', () => {
    it('should create a response', async () => {
      stack.upstream.script({ text: 'Hello there.', usage: { prompt: 21, completion: 4, cached: 16 } });
      const response = await client.responses.create({
        model: MODEL,
        instructions: 'Be brief.',
        input: 'Say hello',
        temperature: 0.2,
        max_output_tokens: 64,
        metadata: { purpose: 'test' },
      });
      expect(response).toMatchObject({
        object: 'response',
        status: 'completed',
        model: MODEL,
        output_text: 'Hello there.',
        temperature: 0.2,
        max_output_tokens: 64,
        metadata: { purpose: 'test' },
        usage: {
          input_tokens: 21,
          input_tokens_details: { cached_tokens: 16 },
          output_tokens: 4,
          output_tokens_details: { reasoning_tokens: 0 },
          total_tokens: 25,
        },
      });
      expect(response.output).toMatchObject([
        {
          type: 'message',
          role: 'assistant',
          status: 'completed',
          content: [{ type: 'output_text', annotations: [] }],
        },
      ]);
      expect(stack.upstream.requests).toMatchObject([
        {
          model: MODEL,
          messages: [
            { role: 'system', content: 'Be brief.' },
            { role: 'user', content: 'Say hello' },
          ],
          temperature: 0.2,
          max_completion_tokens: 64,
        },
      ]);
    });

    it('should give its request id', async () => {
      stack.upstream.script({ text: 'ok' });
      const promise = client.responses.create({ model: MODEL, input: 'x' });
      const { _request_id } = await promise;
      const { response, request_id } = await promise.withResponse();
      expect(_request_id).toMatch(/^req_/);
      expect(request_id).toBe(_request_id);
      expect(response.headers.get('x-request-id')).toBe(_request_id);
    });

    it('should iterate over the events of a stream', async () => {
      stack.upstream.script({ text: 'one two three', usage: { prompt: 9, completion: 3 } });
      const stream = await client.responses.create({ model: MODEL, input: 'count', stream: true });
      const events: ResponseStreamEvent[] = [];
      for await (const event of stream) events.push(event);
      expect(types(events)).toEqual([
        'response.created',
        'response.in_progress',
        'response.output_item.added',
        'response.content_part.added',
        'response.output_text.delta',
        'response.output_text.delta',
        'response.output_text.delta',
        'response.output_text.done',
        'response.content_part.done',
        'response.output_item.done',
        'response.completed',
      ]);
      expect(events.map(({ sequence_number }) => sequence_number)).toEqual(events.map((_, index) => index));
      expect(deltas(events)).toBe('one two three');
      expect(last(events)).toMatchObject({
        response: { output_text: 'one two three', usage: { total_tokens: 12 } },
      });
      expect(stack.upstream.requests[0]).toMatchObject({
        stream: true,
        stream_options: { include_usage: true },
      });
    });

    it('should stream with the helper', async () => {
      stack.upstream.script({ text: 'one two three' });
      const snapshots: string[] = [];
      const seen = new Set<string>();
      const stream = client.responses
        .stream({ model: MODEL, input: 'count' })
        .on('event', (event) => seen.add(event.type))
        .on('response.output_text.delta', ({ snapshot }) => snapshots.push(snapshot));
      const final = await stream.finalResponse();
      expect(snapshots).toEqual(['one', 'one two', 'one two three']);
      expect(seen).toContain('response.completed');
      expect(final).toMatchObject({ status: 'completed', output_text: 'one two three' });
    });

    it('should carry a conversation by sending the output back', async () => {
      stack.upstream.script({ reasoning: 'A greeting.', text: 'Hello.' }, { text: 'Fine.' });
      const input: ResponseInputItem[] = [{ role: 'user', content: 'Hi' }];
      const first = await client.responses.create({ model: MODEL, input });
      const second = await client.responses.create({
        model: MODEL,
        input: [...input, ...first.output, { role: 'user', content: 'How are you?' }] as ResponseInputItem[],
      });
      expect(second.output_text).toBe('Fine.');
      expect(stack.upstream.requests[1]?.messages).toEqual([
        { role: 'user', content: 'Hi' },
        { role: 'assistant', content: 'Hello.', reasoning_content: 'A greeting.' },
        { role: 'user', content: 'How are you?' },
      ]);
    });

    it('should send images', async () => {
      stack.upstream.script({ text: 'A dot.' });
      const image_url = 'data:image/png;base64,iVBORw0KGgo=';
      const response = await client.responses.create({
        model: MODEL,
        input: [
          {
            role: 'user',
            content: [
              { type: 'input_text', text: 'What is this?' },
              { type: 'input_image', image_url, detail: 'low' },
            ],
          },
        ],
      });
      expect(response.output_text).toBe('A dot.');
      expect(stack.upstream.requests[0]?.messages).toEqual([
        {
          role: 'user',
          content: [
            { type: 'text', text: 'What is this?' },
            { type: 'image_url', image_url: { url: image_url, detail: 'low' } },
          ],
        },
      ]);
    });
  });

  describe('reasoning', () => {
    it('should come as a summary that is streamed', async () => {
      stack.upstream.script({
        reasoning: 'Let me think.',
        text: 'Done.',
        usage: { completion: 8, reasoning: 5 },
      });
      const events: ResponseStreamEvent[] = [];
      const stream = client.responses
        .stream({ model: MODEL, input: 'x', reasoning: { effort: 'high', summary: 'auto' } })
        .on('event', (event) => events.push(event));
      const final = await stream.finalResponse();
      expect(types(events).filter((type) => type.includes('reasoning'))).toEqual([
        'response.reasoning_summary_part.added',
        'response.reasoning_summary_text.delta',
        'response.reasoning_summary_text.delta',
        'response.reasoning_summary_text.delta',
        'response.reasoning_summary_text.done',
        'response.reasoning_summary_part.done',
      ]);
      expect(final.output).toMatchObject([
        { type: 'reasoning', summary: [{ type: 'summary_text', text: 'Let me think.' }] },
        { type: 'message', content: [{ text: 'Done.' }] },
      ]);
      expect(final.usage?.output_tokens_details.reasoning_tokens).toBe(5);
      expect(stack.upstream.requests[0]).toMatchObject({ reasoning_effort: 'high' });
    });

    it('should come with an answer that is not streamed', async () => {
      stack.upstream.script({ reasoning: 'Let me think.', text: 'Done.' });
      const response = await client.responses.create({ model: MODEL, input: 'x' });
      expect(response.output.map(({ type }) => type)).toEqual(['reasoning', 'message']);
      expect(response.output_text).toBe('Done.');
    });
  });

  describe('function tools', () => {
    it('should loop over two turns with a stream', async () => {
      stack.upstream.script(
        { text: 'I look it up.', calls: [{ name: 'search', arguments: { query: 'lmdeploy', limit: 3 } }] },
        { text: 'It serves models.' },
      );
      const input: ResponseInputItem[] = [{ role: 'user', content: 'What is LMDeploy?' }];
      const events: ResponseStreamEvent[] = [];
      const first = await client.responses
        .stream({ model: MODEL, input, tools: [search] })
        .on('event', (event) => events.push(event))
        .finalResponse();
      const call = first.output.find((item) => item.type === 'function_call');
      expect(call).toMatchObject({
        name: 'search',
        parsed_arguments: { query: 'lmdeploy', limit: 3 },
        status: 'completed',
      });
      expect(call?.call_id).toMatch(/^call_/);
      expect(call?.id).toMatch(/^fc_/);
      expect(types(events).filter((type) => type.includes('arguments'))).toEqual([
        'response.function_call_arguments.delta',
        'response.function_call_arguments.delta',
        'response.function_call_arguments.done',
      ]);

      // Sent back just as the helper gave it: with parsed_arguments and parsed in the items.
      const second = await client.responses
        .stream({
          model: MODEL,
          input: [
            ...input,
            ...(first.output as ResponseInputItem[]),
            { type: 'function_call_output', call_id: call?.call_id ?? '', output: 'A serving toolkit.' },
          ],
          tools: [search],
        })
        .finalResponse();
      expect(second.output_text).toBe('It serves models.');
      expect(stack.upstream.requests[1]?.messages).toEqual([
        { role: 'user', content: 'What is LMDeploy?' },
        {
          role: 'assistant',
          content: 'I look it up.\n\n',
          tool_calls: [
            {
              id: call?.call_id,
              type: 'function',
              function: { name: 'search', arguments: '{"query":"lmdeploy","limit":3}' },
            },
          ],
        },
        { role: 'tool', tool_call_id: call?.call_id, content: 'A serving toolkit.' },
      ]);
      expect(stack.upstream.requests[0]?.tools).toMatchObject([
        {
          type: 'function',
          function: {
            name: 'search',
            description: 'Search docs',
            parameters: { required: ['query', 'limit'] },
          },
        },
      ]);
    });

    it('should parse parallel calls that are not streamed', async () => {
      stack.upstream.script(
        {
          calls: [
            { name: 'search', arguments: { query: 'a', limit: null } },
            { name: 'now', arguments: '' },
            { name: 'search', arguments: { query: 'b', limit: 1 } },
          ],
        },
        { text: 'Both found.' },
      );
      const input: ResponseInputItem[] = [{ role: 'user', content: 'Look for a and b' }];
      const first = await client.responses.parse({ model: MODEL, input, tools: [search, now] });
      const calls = first.output.filter((item) => item.type === 'function_call');
      expect(
        calls.map(({ name, arguments: text, parsed_arguments }) => [name, text, parsed_arguments]),
      ).toEqual([
        ['search', '{"query":"a","limit":null}', { query: 'a', limit: null }],
        ['now', '{}', {}],
        ['search', '{"query":"b","limit":1}', { query: 'b', limit: 1 }],
      ]);
      expect(new Set(calls.map(({ call_id }) => call_id)).size).toBe(3);
      const outputs = calls.map(({ call_id }, index) => ({
        type: 'function_call_output' as const,
        call_id,
        output: `result ${index}`,
      }));
      const second = await client.responses.create({
        model: MODEL,
        input: [...input, ...(first.output as ResponseInputItem[]), ...outputs],
        tools: [search, now],
      });
      expect(second.output_text).toBe('Both found.');
      const { messages } = stack.upstream.requests[1] ?? { messages: [] };
      expect(messages.map(({ role }) => role)).toEqual(['user', 'assistant', 'tool', 'tool', 'tool']);
      expect(messages.slice(2).map(({ content, tool_call_id }) => [tool_call_id, content])).toEqual(
        calls.map(({ call_id }, index) => [call_id, `result ${index}`]),
      );
    });

    it('should stream parallel calls', async () => {
      stack.upstream.script({
        calls: [
          { name: 'search', arguments: { query: 'a', limit: null } },
          { name: 'now', arguments: '' },
        ],
      });
      const final = await client.responses
        .stream({ model: MODEL, input: 'x', tools: [search, now] })
        .finalResponse();
      expect(final.output).toMatchObject([
        { type: 'function_call', name: 'search', parsed_arguments: { query: 'a', limit: null } },
        { type: 'function_call', name: 'now', arguments: '{}', parsed_arguments: {} },
      ]);
    });

    for (const stream of [false, true]) {
      it(`should be run by the tool runner (stream: ${stream})`, async () => {
        stack.upstream.script(
          {
            reasoning: 'Search first.',
            calls: [
              { name: 'search', arguments: { query: 'a', limit: null } },
              { name: 'search', arguments: { query: 'b', limit: 2 } },
            ],
          },
          { calls: [{ name: 'search', arguments: { query: 'c', limit: null } }] },
          { text: 'Found a, b and c.' },
        );
        const queries: string[] = [];
        const tool = zodResponsesFunction({
          name: 'search',
          parameters: z.object({ query: z.string(), limit: z.number().int().nullable() }),
          function: ({ query }) => {
            queries.push(query);
            return `found ${query}`;
          },
        });
        const runner = new ResponsesToolRunner({ functions: [runnerFunction(tool)] });
        const final = await runner.run(client, { model: MODEL, input: 'find' }, { stream });
        expect(queries).toEqual(['a', 'b', 'c']);
        expect(final.output_text).toBe('Found a, b and c.');
        const { messages } = stack.upstream.requests[2] ?? { messages: [] };
        expect(messages.map(({ role, content }) => [role, content])).toEqual([
          ['user', 'find'],
          ['assistant', null],
          ['tool', 'found a'],
          ['tool', 'found b'],
          ['assistant', null],
          ['tool', 'found c'],
        ]);
      });
    }

    it('should return only the first call without parallel_tool_calls', async () => {
      stack.upstream.script({
        calls: [
          { name: 'search', arguments: { query: 'a', limit: null } },
          { name: 'now', arguments: '' },
        ],
      });
      const response = await client.responses.create({
        model: MODEL,
        input: 'x',
        tools: [search, now],
        parallel_tool_calls: false,
      });
      expect(response.output).toMatchObject([{ type: 'function_call', name: 'search' }]);
      expect(stack.upstream.requests[0]).toMatchObject({ parallel_tool_calls: false });
    });

    it('should force a tool', async () => {
      stack.upstream.script({ calls: [{ name: 'now', arguments: '' }] });
      const response = await client.responses.create({
        model: MODEL,
        input: 'x',
        tools: [search, now],
        tool_choice: { type: 'function', name: 'now' },
      });
      expect(response).toMatchObject({
        tool_choice: { type: 'function', name: 'now' },
        output: [{ name: 'now' }],
      });
      expect(stack.upstream.requests[0]).toMatchObject({
        tool_choice: { type: 'function', function: { name: 'now' } },
      });
    });
  });

  describe('structured output', () => {
    const text = { format: zodTextFormat(Person, 'person') };

    it('should parse with zod', async () => {
      stack.upstream.script({ text: '{"name":"Ada","age":36}' });
      const response = await client.responses.parse({ model: MODEL, input: 'Who?', text });
      expect(response.output_parsed).toEqual({ name: 'Ada', age: 36 });
      expect(stack.upstream.requests[0]?.response_format).toMatchObject({
        type: 'json_schema',
        json_schema: {
          name: 'person',
          schema: { type: 'object', required: ['name', 'age'], additionalProperties: false },
        },
      });
    });

    it('should parse a stream with zod', async () => {
      stack.upstream.script({ text: '{"name": "Ada", "age": 36}' });
      const final = await client.responses.stream({ model: MODEL, input: 'Who?', text }).finalResponse();
      expect(final.output_parsed).toEqual({ name: 'Ada', age: 36 });
    });
  });

  describe('incomplete answers', () => {
    it('should say that max_output_tokens was reached', async () => {
      stack.upstream.script({ text: 'one two', finish: 'length' });
      const response = await client.responses.create({ model: MODEL, input: 'count', max_output_tokens: 2 });
      expect(response).toMatchObject({
        status: 'incomplete',
        incomplete_details: { reason: 'max_output_tokens' },
        output_text: 'one two',
        output: [{ type: 'message', status: 'incomplete' }],
      });
    });

    it('should say so at the end of a stream', async () => {
      stack.upstream.script({
        reasoning: 'still thinking',
        finish: 'length',
        usage: { completion: 2, reasoning: 2 },
      });
      const events: ResponseStreamEvent[] = [];
      const final = await client.responses
        .stream({ model: MODEL, input: 'x', max_output_tokens: 2 })
        .on('event', (event) => events.push(event))
        .finalResponse();
      expect(last(events)?.type).toBe('response.incomplete');
      expect(final).toMatchObject({
        status: 'incomplete',
        incomplete_details: { reason: 'max_output_tokens' },
        output: [{ type: 'reasoning', status: 'incomplete' }],
        usage: { output_tokens_details: { reasoning_tokens: 2 } },
      });
    });
  });

  describe('errors', () => {
    it('should be a BadRequestError that names the parameter', async () => {
      const input = [{ role: 'user', content: [{ type: 'input_text', text: 'a' }, { type: 'nonsense' }] }];
      const error = await failure<APIError>(client.responses.create({ model: MODEL, input: input as never }));
      expect(error).toBeInstanceOf(BadRequestError);
      expect(error).toMatchObject({
        status: 400,
        type: 'invalid_request_error',
        param: 'input[0].content[1].type',
      });
      expect(error.message).toContain('input_text');
      expect(error.requestID).toMatch(/^req_/);
      expect(stack.upstream.requests).toEqual([]);
    });

    it('should be a BadRequestError for what the model server refuses', async () => {
      const message = 'Input length (40970) must be smaller than the model context length (32768).';
      stack.upstream.script({ status: 400, message });
      const error = await failure<APIError>(
        client.responses.create({ model: MODEL, input: 'x', stream: true }),
      );
      expect(error).toBeInstanceOf(BadRequestError);
      expect(error).toMatchObject({ code: 'context_length_exceeded', type: 'invalid_request_error' });
      expect(error.message).toContain(message);
      expect(stack.upstream.requests).toHaveLength(1);
    });

    it('should be an AuthenticationError', async () => {
      const stranger = client.withOptions({ apiKey: 'sk-wrong' });
      const error = await failure<APIError>(stranger.responses.create({ model: MODEL, input: 'x' }));
      expect(error).toBeInstanceOf(AuthenticationError);
      expect(error).toMatchObject({ status: 401, code: 'invalid_api_key', type: 'authentication_error' });
    });

    it('should be a NotFoundError for an unknown model', async () => {
      stack.upstream.script({
        status: 404,
        type: 'not_found_error',
        message: "The model 'nope' does not exist.",
      });
      const error = await failure<APIError>(client.responses.create({ model: 'nope', input: 'x' }));
      expect(error).toBeInstanceOf(NotFoundError);
      expect(error).toMatchObject({ status: 404, code: 'model_not_found', type: 'not_found_error' });
    });

    it('should be a RateLimitError after two retries', async () => {
      stack.upstream.answerWith(() => ({
        status: 429,
        message: 'Slow down.',
        headers: { 'retry-after': '0' },
      }));
      const error = await failure<APIError>(client.responses.create({ model: MODEL, input: 'x' }));
      expect(error).toBeInstanceOf(RateLimitError);
      expect(error).toMatchObject({ status: 429, code: 'rate_limit_exceeded', type: 'rate_limit_error' });
      expect(error.headers?.get('retry-after')).toBe('0');
      expect(stack.upstream.requests).toHaveLength(3);
    });

    it('should be an InternalServerError', async () => {
      stack.upstream.answerWith(() => ({ status: 500, message: 'CUDA out of memory at 10.0.0.7:23333' }));
      const patient = client.withOptions({ maxRetries: 0 });
      const error = await failure<APIError>(patient.responses.create({ model: MODEL, input: 'x' }));
      expect(error).toBeInstanceOf(InternalServerError);
      expect(error).toMatchObject({ status: 502, code: 'upstream_error', type: 'server_error' });
      expect(error.message).not.toContain('10.0.0.7');
    });

    for (const then of ['error', 'cut'] as const) {
      it(`should end a stream that the model server breaks (${then})`, async () => {
        stack.upstream.script({ text: 'one two', then });
        const stream = await client.responses.create({ model: MODEL, input: 'x', stream: true });
        const events: ResponseStreamEvent[] = [];
        const read = async () => {
          for await (const event of stream) events.push(event);
        };
        const error = await failure<APIError>(read());
        expect(deltas(events)).toBe('one two');
        expect(error).toBeInstanceOf(APIError);
        expect(error).toMatchObject({ code: 'server_error' });
      });
    }

    it('should reject the helper when the model server breaks off', async () => {
      stack.upstream.script({ text: 'one two', then: 'error' });
      const stream = client.responses.stream({ model: MODEL, input: 'x' });
      const error = await failure<APIError>(stream.finalResponse());
      expect(error).toBeInstanceOf(APIError);
    });
  });

  describe('retries', () => {
    it('should succeed after a 429 with Retry-After', async () => {
      stack.upstream.script({ status: 429, headers: { 'retry-after': '1' } }, { text: 'Here.' });
      const response = await client.responses.create({ model: MODEL, input: 'x' });
      expect(response.output_text).toBe('Here.');
      expect(stack.upstream.requests).toHaveLength(2);
    });

    it('should succeed after a 503, also with a stream', async () => {
      stack.upstream.script({ status: 503, headers: { 'retry-after': '0' } }, { text: 'Here.' });
      const final = await client.responses.stream({ model: MODEL, input: 'x' }).finalResponse();
      expect(final.output_text).toBe('Here.');
      expect(stack.upstream.requests).toHaveLength(2);
    });
  });

  describe('leaving', () => {
    it('should abort the model server when a stream is left', async () => {
      stack.upstream.script({ text: 'one two', then: 'hang' });
      const stream = await client.responses.create({ model: MODEL, input: 'x', stream: true });
      for await (const event of stream) {
        if (event.type === 'response.output_text.delta') break;
      }
      await stack.upstream.aborted();
    });

    it('should abort the model server by the signal', async () => {
      stack.upstream.script({ text: 'one two', then: 'hang' });
      const controller = new AbortController();
      const stream = client.responses.stream({ model: MODEL, input: 'x' }, { signal: controller.signal });
      stream.on('response.output_text.delta', () => controller.abort());
      const error = await failure<APIError>(stream.finalResponse());
      expect(error).toBeInstanceOf(APIUserAbortError);
      await stack.upstream.aborted();
    });
  });

  describe('models', () => {
    it('should be listed with aliases', async () => {
      const ids: string[] = [];
      for await (const { id } of client.models.list()) ids.push(id);
      expect(ids).toEqual([MODEL, 'fast']);
    });

    it('should be retrieved, also with a slash in the name', async () => {
      expect(await client.models.retrieve(MODEL)).toMatchObject({
        id: MODEL,
        object: 'model',
        owned_by: 'lmdeploy',
      });
      const error = await failure<APIError>(client.models.retrieve('nope'));
      expect(error).toBeInstanceOf(NotFoundError);
      expect(error).toMatchObject({ code: 'model_not_found' });
    });

    it('should answer to an alias', async () => {
      stack.upstream.script({ text: 'ok' });
      expect(await client.responses.create({ model: 'fast', input: 'x' })).toMatchObject({ model: 'fast' });
      expect(stack.upstream.requests[0]?.model).toBe(MODEL);
    });
  });
});

describe('openai with the built-in simulator', () => {
  const lookup = zodResponsesFunction({
    name: 'lookup',
    parameters: z.object({ query: z.string(), limit: z.number().int() }),
  });
  let gateway: Gateway;
  let client: OpenAI;

  before(async () => {
    gateway = await startGateway();
    client = new OpenAI({ apiKey: 'any', baseURL: gateway.baseUrl });
  });
  after(() => gateway.stop());

  it('should answer "pong"', async () => {
    const response = await client.responses.create({
      model: 'default',
      input: 'Reply exactly: pong',
      max_output_tokens: 32,
    });
    expect(response).toMatchObject({ status: 'completed', output_text: 'pong', model: 'lmdeploy-simulator' });
    expect(response.usage?.output_tokens).toBeGreaterThan(0);
  });

  for (const stream of [false, true]) {
    it(`should call a tool and quote its result (stream: ${stream})`, async () => {
      const ask = (input: ResponseInputItem[]): Promise<Response> => {
        const body = { model: 'default', input, tools: [lookup] };
        return stream ? client.responses.stream(body).finalResponse() : client.responses.parse(body);
      };
      const input: ResponseInputItem[] = [
        { role: 'user', content: 'Call the lookup tool with query lmdeploy and limit 2.' },
      ];
      const first = await ask(input);
      const [call] = first.output.filter((item) => item.type === 'function_call');
      expect(JSON.parse(call?.arguments ?? '')).toEqual({ query: 'lmdeploy', limit: 2 });
      const output = {
        type: 'function_call_output' as const,
        call_id: call?.call_id ?? '',
        output: 'A toolkit.',
      };
      const second = await ask([...input, ...(first.output as ResponseInputItem[]), output]);
      expect(second.output_text).toBe('The lookup tool returned: A toolkit.');
    });
  }

  it('should stream reasoning and count its tokens', async () => {
    let summary = '';
    const final = await client.responses
      .stream({ model: 'default', input: 'Think, then count to 3' })
      .on('response.reasoning_summary_text.delta', ({ delta }) => (summary += delta))
      .finalResponse();
    expect(final.output_text.trim()).toBe('1 2 3');
    expect(summary).toBe('The instruction is clear, so I follow it.');
    expect(final.output[0]).toMatchObject({ type: 'reasoning', summary: [{ text: summary }] });
    expect(final.usage?.output_tokens_details.reasoning_tokens).toBeGreaterThan(0);
  });

  it('should make output that fits a schema', async () => {
    const response = await client.responses.parse({
      model: 'default',
      input: 'Describe a person',
      text: { format: zodTextFormat(Person, 'person') },
    });
    expect(Person.parse(response.output_parsed)).toEqual(response.output_parsed);
  });

  it('should be incomplete when the tokens are used up', async () => {
    const final = await client.responses
      .stream({ model: 'default', input: 'Count to 100', max_output_tokens: 16 })
      .finalResponse();
    expect(final).toMatchObject({ status: 'incomplete', usage: { output_tokens: 16 } });
    expect(final.output_text).toMatch(/^1 2 3/);
  });
});

const types = (events: ResponseStreamEvent[]) => events.map(({ type }) => type);
const last = (events: ResponseStreamEvent[]) => events.at(-1);
const deltas = (events: ResponseStreamEvent[]) =>
  events.map((event) => (event.type === 'response.output_text.delta' ? event.delta : '')).join('');
