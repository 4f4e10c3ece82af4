import { before, describe, it } from 'node:test';
import { expect } from 'expect';
import { accumulateResponse } from 'openai/lib/responses/ResponseAccumulator';
import OpenAI, { APIError, BadRequestError } from 'openai';
import type {
  Response,
  ResponseCreateParamsNonStreaming,
  ResponseInputItem,
  ResponseOutputItem,
  Tool,
} from 'openai/resources/responses/responses';
import { failure } from './support/failure.ts';
import { MODEL } from './support/scripted-upstream.ts';
import { useReferenceServer } from './support/use-reference-server.ts';
import { useStack } from './support/use-stack.ts';

const SUM = { name: 'everything__get-sum', arguments: { a: 2, b: 3 } };
const ECHO = { name: 'everything__echo', arguments: { message: 'grüß' } };
const QUESTION: ResponseInputItem = { role: 'user', content: 'What is 2 + 3?' };

describe('tools of an MCP server with openai', () => {
  const server = useReferenceServer();
  const stack = useStack(() => server.settings);
  let client: OpenAI;

  before(() => {
    client = new OpenAI({ apiKey: 'any', baseURL: stack.gateway.baseUrl });
  });

  const mcp = (options: Partial<Tool.Mcp> = {}): Tool.Mcp => ({
    type: 'mcp',
    server_label: 'everything',
    server_url: server.url,
    allowed_tools: ['echo', 'get-sum'],
    require_approval: 'never',
    ...options,
  });
  const body = (
    options: Partial<ResponseCreateParamsNonStreaming> = {},
  ): ResponseCreateParamsNonStreaming => ({
    model: MODEL,
    input: [QUESTION],
    tools: [mcp()],
    ...options,
  });
  const asking = () => [mcp({ require_approval: { never: { tool_names: ['echo'] } } })];
  const kinds = ({ output }: Response) => output.map(({ type }) => type);
  const toolTexts = () =>
    stack.upstream.requests
      .at(-1)
      ?.messages.flatMap(({ role, content }) => (role === 'tool' ? [content] : []));

  it('should be listed and called', async () => {
    stack.upstream.script({ calls: [SUM, ECHO] }, { text: 'Five.' });
    const response = await client.responses.create(body());
    expect(kinds(response)).toEqual(['mcp_list_tools', 'mcp_call', 'mcp_call', 'message']);
    expect(response.output_text).toBe('Five.');
    expect(response.output[0]).toMatchObject({ tools: [{ name: 'echo' }, { name: 'get-sum' }] });
    expect(response.output[1]).toMatchObject({
      name: 'get-sum',
      output: expect.stringContaining('5'),
      error: null,
    });
    expect(response.output[2]).toMatchObject({ name: 'echo', output: 'Echo: grüß' });
    expect(toolTexts()).toEqual([expect.stringContaining('5'), 'Echo: grüß']);
    await server.allSessionsEnded();
  });

  it('should be put together by the stream helper as the answer says', async () => {
    stack.upstream.script(
      { reasoning: 'Hm.', text: 'Let me see.', calls: [SUM] },
      { calls: [ECHO] },
      { text: 'Five.' },
    );
    const stream = client.responses.stream({ ...body(), stream: true });
    let said = '';
    let snapshot: Response | undefined;
    for await (const event of stream) {
      if (event.type === 'response.mcp_call_arguments.delta') said += event.delta;
      if (event.type !== 'response.completed') snapshot = accumulateResponse(event, snapshot);
    }
    const final = await stream.finalResponse();
    expect(kinds(final)).toEqual([
      'mcp_list_tools',
      'reasoning',
      'message',
      'mcp_call',
      'mcp_call',
      'message',
    ]);
    expect(plain(snapshot?.output)).toEqual(plain(final.output));
    const calls = final.output.filter((item) => item.type === 'mcp_call');
    expect(said).toBe(calls.map((item) => item.arguments).join(''));
    expect(calls.map(({ status }) => status)).toEqual(['completed', 'completed']);
    expect(final.usage?.total_tokens).toBe(3 * 17);
  });

  it('should have their failures told to the model', async () => {
    stack.upstream.script(
      { calls: [{ name: 'everything__get-sum', arguments: { a: 'two' } }] },
      { text: 'It needs numbers.' },
    );
    const response = await client.responses.create(body());
    expect(response).toMatchObject({ status: 'completed', output_text: 'It needs numbers.' });
    expect(response.output[1]).toMatchObject({ type: 'mcp_call', status: 'failed', output: null });
    expect(toolTexts()).toEqual([expect.stringMatching(/^Error: /)]);
  });

  for (const kept of ['kept by the gateway', 'kept by the client'] as const) {
    const next = (
      response: Response,
      answer: ResponseInputItem,
    ): Partial<ResponseCreateParamsNonStreaming> =>
      kept === 'kept by the gateway'
        ? { previous_response_id: response.id, input: [answer], tools: asking() }
        : {
            store: false,
            input: [QUESTION, ...response.output, answer] as ResponseInputItem[],
            tools: asking(),
          };

    async function askFirst(): Promise<{
      response: Response;
      request: ResponseOutputItem.McpApprovalRequest;
    }> {
      stack.upstream.script({ calls: [ECHO, SUM] });
      const store = kept === 'kept by the gateway';
      const response = await client.responses.create(body({ tools: asking(), store }));
      expect(kinds(response)).toEqual(['mcp_list_tools', 'mcp_call', 'mcp_approval_request']);
      const request = response.output[2] as ResponseOutputItem.McpApprovalRequest;
      expect(request).toMatchObject({ name: 'get-sum', server_label: 'everything' });
      expect(JSON.parse(request.arguments)).toEqual(SUM.arguments);
      return { response, request };
    }

    it(`should be run once they are allowed (${kept})`, async () => {
      const { response, request } = await askFirst();
      stack.upstream.script({ text: 'Five.' });
      const allow = {
        type: 'mcp_approval_response',
        approval_request_id: request.id,
        approve: true,
      } as const;
      const stream = client.responses.stream({ ...body(next(response, allow)), stream: true });
      const second = await stream.finalResponse();
      expect(kinds(second)).toEqual(['mcp_call', 'message']);
      expect(second.output[0]).toMatchObject({
        approval_request_id: request.id,
        arguments: request.arguments,
        output: expect.stringContaining('5'),
      });
      stack.upstream.script({ text: 'You are welcome.' });
      const thanks: ResponseInputItem = { role: 'user', content: 'Thanks' };
      const third = await client.responses.create(
        body(
          kept === 'kept by the gateway'
            ? next(second, thanks)
            : {
                store: false,
                tools: asking(),
                input: [QUESTION, ...response.output, allow, ...second.output, thanks] as ResponseInputItem[],
              },
        ),
      );
      expect(kinds(third)).toEqual(['message']);
      expect(toolTexts()).toEqual(['Echo: grüß', expect.stringContaining('5')]);
    });

    it(`should not be run when they are refused (${kept})`, async () => {
      const { response, request } = await askFirst();
      stack.upstream.script({ text: 'As you wish.' });
      const refuse = {
        type: 'mcp_approval_response',
        approval_request_id: request.id,
        approve: false,
        reason: 'Too hard.',
      } as const;
      const second = await client.responses.create(body(next(response, refuse)));
      expect(kinds(second)).toEqual(['message']);
      expect(toolTexts()?.at(-1)).toContain('Too hard.');
    });
  }

  it('should be kept to what was asked for, beside functions of the client', async () => {
    stack.upstream.script({ calls: [SUM, { name: 'now', arguments: '' }] }, { text: 'Noon.' });
    const tools: Tool[] = [
      mcp(),
      { type: 'function', name: 'now', parameters: { type: 'object', properties: {} }, strict: false },
    ];
    const first = await client.responses.create(body({ tools }));
    expect(kinds(first)).toEqual(['mcp_list_tools', 'mcp_call', 'function_call']);
    const call = first.output[2] as ResponseOutputItem & { call_id: string };
    const second = await client.responses.create(
      body({
        tools,
        previous_response_id: first.id,
        input: [{ type: 'function_call_output', call_id: call.call_id, output: 'noon' }],
      }),
    );
    expect(kinds(second)).toEqual(['message']);
    expect(toolTexts()).toEqual([expect.stringContaining('5'), 'noon']);
  });

  it('should be counted with', async () => {
    const without = await client.responses.inputTokens.count({ model: MODEL, input: 'hi' });
    const counted = await client.responses.inputTokens.count({ model: MODEL, input: 'hi', tools: [mcp()] });
    expect(counted.input_tokens).toBeGreaterThan(without.input_tokens);
  });

  for (const stream of [false, true]) {
    it(`should be a 424 where they cannot be listed, and a 400 where nobody allows it (stream: ${stream})`, async () => {
      const lost = [mcp({ server_url: server.url.replace('/mcp', '/nowhere') })];
      const failed = await failure<APIError>(client.responses.create({ ...body({ tools: lost }), stream }));
      expect(failed).toMatchObject({
        status: 424,
        type: 'external_connector_error',
        param: 'tools',
        code: 'http_error',
      });
      const strange = [mcp({ server_url: 'https://mcp.example.com/mcp' })];
      const refused = await failure<APIError>(
        client.responses.create({ ...body({ tools: strange }), stream }),
      );
      expect(refused).toBeInstanceOf(BadRequestError);
      expect(refused).toMatchObject({ param: 'tools[0].server_url' });
    });
  }

  it('should be run in the background, and their stream read on from any event', async () => {
    stack.upstream.script({ calls: [SUM] }, { text: 'Five.' });
    const events: { type: string; sequence_number: number }[] = [];
    let id = '';
    const stream = await client.responses.create({ ...body(), background: true, stream: true });
    for await (const event of stream) {
      events.push(event);
      if (event.type === 'response.created') id = event.response.id;
      if (event.type === 'response.mcp_call.in_progress') break;
    }
    const rest = await client.responses.retrieve(id, {
      stream: true,
      starting_after: events.at(-1)?.sequence_number,
    });
    for await (const event of rest) events.push(event);
    expect(events.map(({ sequence_number }) => sequence_number)).toEqual(events.map((_, index) => index));
    expect(events.at(-1)).toMatchObject({ type: 'response.completed' });
    expect(kinds(await client.responses.retrieve(id))).toEqual(['mcp_list_tools', 'mcp_call', 'message']);
  });
});

/** What JSON says of it, without what the stream helper adds. */
const plain = (value: unknown): unknown =>
  JSON.parse(JSON.stringify(value ?? null, (key, inner) => (key === 'parsed' ? undefined : inner)));
