import type { ChatRequest } from '../../src/contracts/chat-completions.js';
import type { OutputItem, ResponseObject } from '../../src/contracts/responses-api.js';
import { DeskTools, deskModule } from '../support/desk-tools.js';
import { chatStream, completion, textDelta, toolArguments, toolCallStart } from '../support/fake-upstream.js';
import { postJson } from '../support/http-client.js';
import { useGateway } from '../support/use-gateway.js';
import { createAnswer, kindsOf, streamAnswer } from '../support/whole-answers.js';

const { upstream, gateway } = useGateway({
  extensions: [deskModule()],
  environment: { DATABASE_URL: 'memory:' },
  each: true,
});
const url = () => `${gateway.url}/v1/responses`;
const desk = {
  type: 'mcp',
  server_label: 'desk',
  server_description: 'Things on a desk.',
  require_approval: 'never',
  defer_loading: true,
};
const search = { type: 'tool_search' };
const fn = (name: string, description: string, options: object = {}) => ({
  type: 'function',
  name,
  description,
  parameters: { type: 'object', properties: { city: { type: 'string', description: 'A town.' } } },
  ...options,
});
const weather = fn('get_weather', 'Says how warm it is.', { defer_loading: true });
const order = fn('list_orders', 'Lists what a customer has ordered.', { defer_loading: true });
const crm = {
  type: 'namespace',
  name: 'crm',
  description: 'Customers.',
  tools: [order, fn('ping', 'Answers.')],
};
const body = (options: object = {}) => ({
  model: 'm',
  input: 'Do it',
  tools: [search, desk, weather, crm],
  ...options,
});
const chat = (turn: number) => upstream.chats[turn]?.body as ChatRequest;
const offered = (turn: number) => chat(turn).tools?.map((tool) => tool.function.name);
const lastText = (turn: number) => chat(turn).messages.at(-1)?.content;
const reply = (...calls: [name: string, args: object][]) => {
  upstream.reply(
    chatStream(
      calls.flatMap(([name, args], index) => [
        toolCallStart(index, `call_${index}`, name),
        toolArguments(index, JSON.stringify(args)),
      ]),
    ),
  );
};
const replyText = (text = 'Done.') => {
  upstream.reply(chatStream([textDelta(text)]));
};

const stream = (body: object) => streamAnswer(url(), body);
const create = (body: object) => createAnswer(url(), body);

const found = (response: ResponseObject) =>
  response.output.filter((item) => item.type === 'tool_search_output').flatMap(({ tools }) => tools);

describe('tools that the model searches for', () => {
  it('should be found by the gateway, and then be called', async () => {
    reply(['tool_search', { query: 'write something down' }]);
    reply(['desk__write', { text: 'a' }]);
    replyText();
    const { events, response } = await stream(body());
    expect(kindsOf(response)).toEqual([
      'mcp_list_tools',
      'tool_search_call',
      'tool_search_output',
      'mcp_call',
      'message',
    ]);
    expect(offered(0)).toEqual(['crm__ping', 'tool_search']);
    expect(chat(0).tools?.at(-1)?.function.description).toContain('desk: Things on a desk.');
    expect(offered(1)).toEqual(['crm__ping', 'desk__write', 'tool_search']);
    expect(chat(1).messages.slice(-2)).toMatchObject([
      { tool_calls: [{ function: { name: 'tool_search', arguments: '{"query":"write something down"}' } }] },
      { role: 'tool', content: 'Found, and can be called now: desk__write' },
    ]);
    expect(response.output[1]).toEqual({
      type: 'tool_search_call',
      id: expect.stringMatching(/^tsc_/) as string,
      call_id: null,
      execution: 'server',
      arguments: { paths: ['desk'] },
      status: 'completed',
    });
    expect(response.output[2]).toMatchObject({
      call_id: null,
      execution: 'server',
      tools: [
        { type: 'mcp', server_label: 'desk', allowed_tools: ['write'], defer_loading: true, headers: null },
      ],
    });
    expect(response.output[3]).toMatchObject({ name: 'write', output: 'write: a' });
    const from = events.findIndex((event) => 'item' in event && event.item.type === 'tool_search_call');
    const added = events
      .slice(from, from + 4)
      .map((event) => [event.type, 'item' in event && event.item.type]);
    expect(added).toEqual([
      ['response.output_item.added', 'tool_search_call'],
      ['response.output_item.done', 'tool_search_call'],
      ['response.output_item.added', 'tool_search_output'],
      ['response.output_item.done', 'tool_search_output'],
    ]);
  });

  it('should be found for an answer that is not streamed too', async () => {
    upstream.reply(
      completion({ toolCalls: [{ id: 'c', name: 'tool_search', arguments: '{"query":"customer orders"}' }] }),
    );
    upstream.reply(completion({ toolCalls: [{ id: 'd', name: 'crm__list_orders', arguments: '{}' }] }));
    const response = await create(body({ tools: [search, crm] }));
    expect(kindsOf(response)).toEqual(['tool_search_call', 'tool_search_output', 'function_call']);
    expect(found(response)).toEqual([{ ...crm, tools: [{ ...order, strict: null }] }]);
    expect(response.output[2]).toMatchObject({ name: 'list_orders', namespace: 'crm' });
  });

  it('should stay found in what continues the answer, and in what a client sends back', async () => {
    reply(['tool_search', { query: 'warm weather' }]);
    reply(['get_weather', {}]);
    const { response } = await stream(body());
    const call = response.output.at(-1) as OutputItem & { call_id: string };
    expect(call).toMatchObject({ type: 'function_call', name: 'get_weather' });
    const output = { type: 'function_call_output', call_id: call.call_id, output: 'hot' };
    replyText();
    await create(body({ previous_response_id: response.id, input: [output] }));
    replyText();
    const said = [{ role: 'user', content: 'Do it' }, ...response.output, output];
    await create(body({ store: false, input: said }));
    for (const turn of [2, 3]) {
      expect(offered(turn)).toEqual(['crm__ping', 'get_weather', 'tool_search']);
      expect(chat(turn).messages.slice(1)).toMatchObject([
        { tool_calls: [{ function: { name: 'tool_search', arguments: '{"query":"get_weather"}' } }] },
        { role: 'tool', content: 'Found, and can be called now: get_weather' },
        { tool_calls: [{ function: { name: 'get_weather' } }] },
        { role: 'tool', content: 'hot' },
      ]);
    }
  });

  it('should be found beside calls of the client, which end the answer', async () => {
    reply(['tool_search', { query: 'weather' }], ['crm__ping', {}], ['tool_search', { query: 'orders' }]);
    const { response } = await stream(body());
    expect(kindsOf(response).slice(1).sort()).toEqual([
      'function_call',
      'tool_search_call',
      'tool_search_call',
      'tool_search_output',
      'tool_search_output',
    ]);
    expect(found(response)).toMatchObject([{ name: 'get_weather' }, { name: 'crm' }]);
    expect(upstream.chats.length).toBe(1);
  });

  it('should be nothing where nothing fits, and the model be told', async () => {
    reply(['tool_search', { query: 'zeppelin' }]);
    replyText();
    const { response } = await stream(body());
    expect(response.output[1]).toMatchObject({ arguments: { paths: [] } });
    expect(found(response)).toEqual([]);
    expect(lastText(1)).toBe('No tools were found.');
    expect(chat(1).messages.at(-2)).toMatchObject({
      tool_calls: [{ function: { arguments: '{"query":"zeppelin"}' } }],
    });
  });

  it('should not be searched for with arguments that are no object', async () => {
    upstream.reply(chatStream([toolCallStart(0, 'c', 'tool_search'), toolArguments(0, '["a"]')]));
    replyText();
    const { response } = await stream(body());
    expect(kindsOf(response)).toEqual(['mcp_list_tools', 'message']);
    expect(lastText(1)).toBe('The arguments are not a JSON object.');
  });

  it('should not count as calls, and be searched for 16 times at most', async () => {
    reply(...Array.from({ length: 20 }, () => ['tool_search', { query: 'write' }] as [string, object]));
    reply(['desk__write', { text: 'a' }]);
    replyText();
    const { response } = await stream(body({ max_tool_calls: 1 }));
    expect(kindsOf(response).filter((kind) => kind === 'tool_search_call').length).toBe(16);
    expect(lastText(1)).toContain('The limit of searches is reached');
    expect(gateway.app.get(DeskTools, { strict: false }).calls.length).toBe(1);
  });

  it('should be shown at once where the request demands them', async () => {
    reply(['get_weather', {}]);
    const { response } = await stream(body({ tool_choice: { type: 'function', name: 'get_weather' } }));
    expect(kindsOf(response)).toEqual(['mcp_list_tools', 'function_call']);
    expect(offered(0)).toEqual(['get_weather']);
  });

  it('should be found only among those that are allowed', async () => {
    reply(['tool_search', { query: 'weather orders write' }]);
    replyText();
    const choice = {
      type: 'allowed_tools',
      mode: 'auto',
      tools: [{ type: 'function', name: 'get_weather' }],
    };
    const { response } = await stream(body({ tool_choice: choice }));
    expect(offered(0)).toEqual(['tool_search']);
    expect(found(response)).toMatchObject([{ name: 'get_weather' }]);
    expect(offered(1)).toEqual(['get_weather']);
  });

  it('should be shown as others are without a search', async () => {
    replyText();
    const { response } = await stream(body({ tools: [desk, weather] }));
    expect(kindsOf(response)).toEqual(['mcp_list_tools', 'message']);
    expect(offered(0)).toContain('get_weather');
    expect(offered(0)).toContain('desk__write');
  });

  it('should leave a search that has nothing to find out, and say so', async () => {
    replyText();
    const answer = await postJson(url(), body({ tools: [search, fn('ping', 'Answers.')] }));
    expect(answer.headers['x-gateway-ignored']).toContain('tools:tool_search');
    expect((answer.body as ResponseObject).tools).toHaveLength(1);
    expect(offered(0)).toEqual(['ping']);
  });

  it('should leave a function of the name of the search alone', async () => {
    reply(['tool_search_2', {}]);
    const { response } = await stream(body({ tools: [search, weather, fn('tool_search', 'My own.')] }));
    expect(response.output[0]).toMatchObject({ type: 'function_call', name: 'tool_search' });
  });
});
