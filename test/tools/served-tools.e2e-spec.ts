import type { ChatRequest } from '../../src/contracts/chat-completions.js';
import type { McpCallItem, ResponseObject } from '../../src/contracts/responses-api.js';
import {
  chatStream,
  completion,
  reasoningDelta,
  textDelta,
  toolArguments,
  toolCallStart,
} from '../support/fake-upstream.js';
import { DeskTools, deskModule } from '../support/desk-tools.js';
import { openStream, postJson } from '../support/http-client.js';
import { until } from '../support/until.js';
import { useGateway } from '../support/use-gateway.js';
import { createAnswer, kindsOf, streamAnswer } from '../support/whole-answers.js';

const { upstream, gateway } = useGateway({ extensions: [deskModule()], each: true });

const desk = (options: object = {}) => ({
  type: 'mcp',
  server_label: 'desk',
  require_approval: 'never',
  ...options,
});
const lookUp = { type: 'function', name: 'look_up', parameters: { type: 'object', properties: {} } };
const url = () => `${gateway.url}/v1/responses`;
const tools = () => gateway.app.get(DeskTools, { strict: false });
const ask = <T extends object>(options: T = {} as T) => ({
  model: 'm',
  input: 'Do it',
  tools: [desk()],
  ...options,
});
const callOf = (name: string, args: string, index = 0) => [
  toolCallStart(index, `call_${index}`, name),
  toolArguments(index, args),
];
const replyCall = (...calls: [name: string, args: string][]) => {
  upstream.reply(chatStream(calls.flatMap(([name, args], index) => callOf(name, args, index))));
};
const replyText = (text: string) => {
  upstream.reply(chatStream([textDelta(text)]));
};
const textOfTools = (turn: number) =>
  chat(turn).messages.flatMap((message) => (message.role === 'tool' ? [message.content] : []));
const chat = (turn: number) => upstream.chats[turn]?.body as ChatRequest;

const stream = (body: object) => streamAnswer(url(), body);
const create = (body: object) => createAnswer(url(), body);

describe('tools that the gateway runs', () => {
  it('should be listed, called, and their results answered with, in one stream', async () => {
    replyCall(['desk__echo', '{"text":"a"}']);
    replyText('It says a.');
    const { events, response } = await stream(ask());
    expect(kindsOf(response)).toEqual(['mcp_list_tools', 'mcp_call', 'message']);
    expect(response).toMatchObject({ status: 'completed', output_text: 'It says a.' });
    expect(response.output[1]).toMatchObject({
      name: 'echo',
      server_label: 'desk',
      arguments: '{"text":"a"}',
      output: 'echo: a',
      error: null,
      status: 'completed',
      approval_request_id: null,
    });
    expect(events.map(({ type }) => type).slice(0, 14)).toEqual([
      'response.created',
      'response.in_progress',
      'response.output_item.added',
      'response.mcp_list_tools.in_progress',
      'response.mcp_list_tools.completed',
      'response.output_item.done',
      'response.output_item.added',
      'response.mcp_call.in_progress',
      'response.mcp_call_arguments.delta',
      'response.mcp_call_arguments.done',
      'response.mcp_call.completed',
      'response.output_item.done',
      'response.output_item.added',
      'response.content_part.added',
    ]);
    expect(chat(0).tools?.map((tool) => tool.function.name)).toContain('desk__echo');
    expect(chat(1).messages.slice(-2)).toEqual([
      {
        role: 'assistant',
        content: null,
        tool_calls: [
          {
            id: expect.any(String) as string,
            type: 'function',
            function: { name: 'desk__echo', arguments: '{"text":"a"}' },
          },
        ],
      },
      { role: 'tool', tool_call_id: expect.any(String) as string, content: 'echo: a' },
    ]);
    expect(response.usage?.total_tokens).toBeGreaterThan(0);
  });

  it('should be run for an answer that is not streamed too', async () => {
    upstream.reply(completion({ toolCalls: [{ id: 'c', name: 'desk__echo', arguments: '{"text":"a"}' }] }));
    upstream.reply(completion({ content: 'Done.' }));
    const response = await create(ask());
    expect(kindsOf(response)).toEqual(['mcp_list_tools', 'mcp_call', 'message']);
    expect(tools().calls).toEqual([
      { name: 'echo', args: { text: 'a' }, callerId: expect.any(String) as string },
    ]);
  });

  it('should be run side by side, and each result go to its call', async () => {
    replyCall(
      ['desk__echo', '{"text":"a"}'],
      ['desk__write', '{"text":"b"}'],
      ['desk__echo', '{"text":"c"}'],
    );
    replyText('Done.');
    const { response } = await stream(ask());
    const outputs = response.output.flatMap((item) => (item.type === 'mcp_call' ? [item.output] : []));
    expect(outputs).toEqual(['echo: a', 'write: b', 'echo: c']);
    expect(textOfTools(1)).toEqual(outputs);
  });

  it('should go on for several turns, with what was said between them', async () => {
    upstream.reply(
      chatStream([
        reasoningDelta('First.'),
        textDelta('Let me see.'),
        ...callOf('desk__echo', '{"text":"a"}'),
      ]),
    );
    upstream.reply(chatStream([reasoningDelta('Again.'), ...callOf('desk__echo', '{"text":"b"}')]));
    replyText('Both.');
    const { response } = await stream(ask());
    expect(kindsOf(response)).toEqual([
      'mcp_list_tools',
      'reasoning',
      'message',
      'mcp_call',
      'reasoning',
      'mcp_call',
      'message',
    ]);
    expect(response.output_text).toBe('Let me see.Both.');
    expect(chat(2).messages.map(({ role }) => role)).toEqual([
      'user',
      'assistant',
      'tool',
      'assistant',
      'tool',
    ]);
  });

  it('should have the model told of a call that fails, and the answer go on', async () => {
    replyCall(['desk__break', '{}']);
    replyText('It broke.');
    const { response } = await stream(ask());
    const call = response.output[1] as McpCallItem;
    expect(call).toMatchObject({ status: 'failed', output: null });
    expect(call.error).toMatchObject({
      type: 'mcp_tool_execution_error',
      content: [{ type: 'text', text: 'The pencil is broken.' }],
    });
    expect(chat(1).messages.at(-1)?.content).toBe('Error: The pencil is broken.');
    expect(response.status).toBe('completed');
  });

  it.each(['{"text":', '[1]', '"a"'])(
    'should not be run with arguments that are no object: %s',
    async (args) => {
      replyCall(['desk__echo', args]);
      replyText('Sorry.');
      const { response } = await stream(ask());
      expect(response.output[1]).toMatchObject({ status: 'failed', arguments: args });
      expect(tools().calls).toEqual([]);
      expect(response.status).toBe('completed');
    },
  );

  it('should be run without arguments where the model writes none', async () => {
    upstream.reply(chatStream([toolCallStart(0, 'c', 'desk__echo')]));
    replyText('Done.');
    const { response } = await stream(ask());
    expect(response.output[1]).toMatchObject({ arguments: '{}', output: 'echo: undefined' });
  });

  it('should have the model told of a tool that the server does not have', async () => {
    replyCall(['desk__fly', '{}']);
    replyText('No such thing.');
    const { response } = await stream(ask());
    expect(kindsOf(response)).toEqual(['mcp_list_tools', 'message']);
    expect(chat(1).messages.at(-1)?.content).toBe('There is no tool of that name.');
  });

  it('should not be run where the model was cut off', async () => {
    upstream.reply(chatStream(callOf('desk__echo', '{"text":"a"}'), { finish: 'length' }));
    const { response } = await stream(ask());
    expect(response.status).toBe('incomplete');
    expect(response.output[1]).toMatchObject({ type: 'mcp_call', status: 'incomplete', output: null });
    expect(tools().calls).toEqual([]);
  });

  it('should not have a list told twice', async () => {
    replyText('Hi.');
    const first = await create(ask());
    replyText('Hi again.');
    const second = await create(
      ask({ input: [{ role: 'user', content: 'a' }, ...first.output, { role: 'user', content: 'b' }] }),
    );
    expect(kindsOf(first)).toEqual(['mcp_list_tools', 'message']);
    expect(kindsOf(second)).toEqual(['message']);
    expect(chat(1).tools?.length).toBe(5);
  });

  it('should be shown by name and by what they do', async () => {
    replyText('Hi.');
    const named = await create(ask({ tools: [desk({ allowed_tools: ['echo', 'write'] })] }));
    expect(named.output[0]).toMatchObject({ tools: [{ name: 'echo' }, { name: 'write' }] });
    replyText('Hi.');
    const filter = { tool_names: ['echo', 'write'], read_only: true };
    const readOnly = await create(ask({ tools: [desk({ allowed_tools: filter })] }));
    expect(readOnly.output[0]).toMatchObject({ tools: [{ name: 'echo', annotations: { read_only: true } }] });
    expect(chat(1).tools?.map((tool) => tool.function.name)).toEqual(['desk__echo']);
    expect(readOnly.tools).toEqual([
      {
        type: 'mcp',
        server_label: 'desk',
        server_url: null,
        server_description: null,
        allowed_tools: filter,
        headers: null,
        require_approval: 'never',
      },
    ]);
  });

  it('should end with an answer in text at the limit of calls', async () => {
    replyCall(['desk__echo', '{"text":"a"}'], ['desk__echo', '{"text":"b"}']);
    replyText('That is all.');
    const { response } = await stream(ask({ max_tool_calls: 1 }));
    expect(kindsOf(response)).toEqual(['mcp_list_tools', 'mcp_call', 'message']);
    expect(tools().calls.length).toBe(1);
    expect(chat(1).messages.at(-1)?.content).toContain('The limit of tool calls is reached');
    expect(chat(1)).not.toHaveProperty('tools');
  });

  it('should come to an end where the model calls for ever', async () => {
    for (let turn = 0; turn < 15; turn++) replyCall(['desk__echo', '{"text":"a"}']);
    replyText('Enough.');
    const { response } = await stream(ask());
    expect(response).toMatchObject({ status: 'completed', output_text: 'Enough.' });
    expect(upstream.chats.length).toBe(16);
    expect(chat(15)).not.toHaveProperty('tools');
  });

  it('should be called one at a time where the request says so', async () => {
    replyCall(['desk__echo', '{"text":"a"}'], ['desk__echo', '{"text":"b"}']);
    replyText('Done.');
    const { response } = await stream(ask({ parallel_tool_calls: false }));
    expect(kindsOf(response)).toEqual(['mcp_list_tools', 'mcp_call', 'message']);
  });

  it('should demand a call of the first turn alone', async () => {
    replyCall(['desk__echo', '{"text":"a"}']);
    replyText('Done.');
    const choice = { type: 'mcp', server_label: 'desk', name: 'echo' };
    const { response } = await stream(ask({ tool_choice: choice }));
    expect(response.tool_choice).toEqual(choice);
    expect(chat(0)).toMatchObject({ tool_choice: { type: 'function', function: { name: 'desk__echo' } } });
    expect(chat(1)).not.toHaveProperty('tool_choice');
    expect(response.output_text).toBe('Done.');
  });

  it('should leave the calls of the client to the client, and run their own beside them', async () => {
    replyCall(['desk__echo', '{"text":"a"}'], ['look_up', '{}']);
    const { response } = await stream(ask({ tools: [desk(), lookUp] }));
    expect(kindsOf(response)).toEqual(['mcp_list_tools', 'mcp_call', 'function_call']);
    expect(response.output[1]).toMatchObject({ output: 'echo: a' });
    expect(upstream.chats.length).toBe(1);
    replyText('Done.');
    const call = response.output[2] as { call_id: string };
    await create(
      ask({
        tools: [desk(), lookUp],
        input: [
          { role: 'user', content: 'Do it' },
          ...response.output,
          { type: 'function_call_output', call_id: call.call_id, output: 'found' },
        ],
      }),
    );
    expect(textOfTools(1)).toEqual(['echo: a', 'found']);
  });

  it('should have images shown to a model that sees them', async () => {
    replyCall(['desk__draw', '{}']);
    replyText('A pixel.');
    const { response } = await stream(ask());
    expect(response.output[1]).toMatchObject({ output: 'Drawn.' });
    expect(JSON.stringify(chat(1).messages)).toContain('data:image/png;base64,');
  });

  it('should stop with a client that leaves', async () => {
    replyCall(['desk__hang', '{}']);
    const open = await openStream(url(), ask({ stream: true }));
    await until(() => tools().calls.length === 1);
    open.destroy();
    await until(() => tools().abortedCalls === 1);
    expect(upstream.chats.length).toBe(1);
  });

  it('should be refused with a label that nobody has, and with two of the same', async () => {
    const unknown = await postJson(url(), ask({ tools: [desk({ server_label: 'attic' })] }));
    expect(unknown).toMatchObject({ status: 400, body: { error: { param: 'tools[0].server_url' } } });
    const twice = await postJson(url(), ask({ tools: [desk(), desk()] }));
    expect(twice).toMatchObject({ status: 400, body: { error: { param: 'tools[1].server_label' } } });
  });
});

describe('calls that the client is asked about', () => {
  const asking = (options: object = {}) => desk({ require_approval: undefined, ...options });

  async function request(): Promise<{ response: ResponseObject; id: string }> {
    replyCall(['desk__write', '{"text":"a"}']);
    const { response } = await stream(ask({ tools: [asking()] }));
    expect(kindsOf(response)).toEqual(['mcp_list_tools', 'mcp_approval_request']);
    return { response, id: response.output[1]?.id ?? '' };
  }

  const answering = (response: ResponseObject, ...answers: object[]) => {
    const input: unknown[] = [{ role: 'user', content: 'Do it' }, ...response.output];
    for (const answer of answers) input.push({ type: 'mcp_approval_response', ...answer });
    return { model: 'm', tools: [asking()], input };
  };

  it('should end the answer, and not be run', async () => {
    const { response } = await request();
    expect(response).toMatchObject({ status: 'completed', output_text: '' });
    expect(response.output[1]).toMatchObject({
      name: 'write',
      server_label: 'desk',
      arguments: '{"text":"a"}',
    });
    expect(tools().calls).toEqual([]);
  });

  it('should be run first once they are allowed, before the model is asked', async () => {
    const { response, id } = await request();
    replyText('Written.');
    const { response: next } = await stream(answering(response, { approval_request_id: id, approve: true }));
    expect(kindsOf(next)).toEqual(['mcp_call', 'message']);
    expect(next.output[0]).toMatchObject({ approval_request_id: id, output: 'write: a' });
    expect(chat(1).messages.slice(1)).toMatchObject([
      { role: 'assistant', tool_calls: [{ function: { name: 'desk__write' } }] },
      { role: 'tool', content: 'write: a' },
    ]);
    expect(chat(1).messages.length).toBe(3);
  });

  it('should be run once, whatever the history says', async () => {
    const { response, id } = await request();
    replyText('Written.');
    const body = answering(response, { approval_request_id: id, approve: true });
    const next = await create(body);
    replyText('You are welcome.');
    const thanks = { role: 'user', content: 'Thanks' };
    const third = await create({ ...body, input: [...body.input, ...next.output, thanks] });
    expect(kindsOf(third)).toEqual(['message']);
    // A client that has lost the call itself.
    replyText('You are welcome.');
    await create({ ...body, input: [...body.input, next.output[1], thanks] });
    expect(tools().calls.length).toBe(1);
  });

  it('should not be run where they are refused, and the model told why', async () => {
    const { response, id } = await request();
    replyText('As you wish.');
    const { response: next } = await stream(
      answering(response, { approval_request_id: id, approve: false, reason: 'Not today.' }),
    );
    expect(kindsOf(next)).toEqual(['message']);
    expect(chat(1).messages.at(-1)?.content).toBe('The user refused this call. Not today.');
    expect(tools().calls).toEqual([]);
  });

  it('should be refused where nothing was asked, or twice answered', async () => {
    const { response, id } = await request();
    const unknown = await postJson(
      url(),
      answering(response, { approval_request_id: 'mcpr_none', approve: true }),
    );
    expect(unknown).toMatchObject({
      status: 400,
      body: { error: { param: 'input', message: "No approval request found with id 'mcpr_none'." } },
    });
    const allowed = { approval_request_id: id, approve: true };
    const twice = answering(response, allowed, allowed);
    expect(await postJson(url(), twice)).toMatchObject({ status: 400, body: { error: { param: 'input' } } });
  });

  it('should fail where the request no longer allows the tool', async () => {
    const { response, id } = await request();
    replyText('I may not.');
    const body = answering(response, { approval_request_id: id, approve: true });
    const next = await create({ ...body, tools: [asking({ allowed_tools: ['echo'] })] });
    expect(next.output[0]).toMatchObject({ type: 'mcp_call', status: 'failed' });
    expect(tools().calls).toEqual([]);
  });

  it('should be those that the filters say', async () => {
    const filter = { never: { read_only: true }, always: { tool_names: ['draw'] } };
    replyCall(['desk__echo', '{"text":"a"}'], ['desk__draw', '{}'], ['desk__write', '{"text":"b"}']);
    const { response } = await stream(ask({ tools: [asking({ require_approval: filter })] }));
    expect(kindsOf(response)).toEqual([
      'mcp_list_tools',
      'mcp_call',
      'mcp_approval_request',
      'mcp_approval_request',
    ]);
    expect(tools().calls.map(({ name }) => name)).toEqual(['echo']);
  });
});
