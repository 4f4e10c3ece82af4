import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ChatRequest } from '../../src/contracts/chat-completions.js';
import type { ResponseEvent } from '../../src/contracts/response-events.js';
import type { MessageItem } from '../../src/contracts/responses-api.js';
import { createTestApp } from '../support/create-test-app.js';
import { chatStream, completion, textDelta, toolArguments, toolCallStart } from '../support/fake-upstream.js';
import { FILES, HOSTED_TOOLS, LabTools, labModule, PAGES } from '../support/hosted-desk.js';
import { postJson } from '../support/http-client.js';
import { useGateway } from '../support/use-gateway.js';
import { createAnswer, streamAnswer } from '../support/whole-answers.js';

const folder = mkdtempSync(join(tmpdir(), 'hosted-'));
const CONFIG_FILE = join(folder, 'gateway.yaml');
writeFileSync(CONFIG_FILE, HOSTED_TOOLS);
afterAll(() => {
  rmSync(folder, { recursive: true });
});

const { upstream, gateway } = useGateway({
  extensions: [labModule()],
  environment: { CONFIG_FILE, DATABASE_URL: `file:${join(folder, 'state.db')}` },
  each: true,
});

const url = () => `${gateway.url}/v1/responses`;
const tools = () => gateway.app.get(LabTools, { strict: false });
const chat = (turn: number) => upstream.chats[turn]?.body as ChatRequest;
const replyCall = (...calls: [name: string, args: string][]) => {
  upstream.reply(
    chatStream(
      calls.flatMap(([name, args], index) => [
        toolCallStart(index, `call_${index}`, name),
        toolArguments(index, args.slice(0, 5)),
        toolArguments(index, args.slice(5)),
      ]),
    ),
  );
};
const replyText = (...pieces: string[]) => {
  upstream.reply(chatStream(pieces.map((piece) => textDelta(piece))));
};
const ask = (type: string, more: object = {}) => ({ model: 'm', input: 'Do it', tools: [{ type }], ...more });

const stream = (body: object) => streamAnswer(url(), body);
const create = (body: object) => createAnswer(url(), body);

const named = (events: ResponseEvent[], part: string) =>
  events.map(({ type }) => type).filter((type) => type.includes(part));

describe('hosted tools that are mapped', () => {
  it('should be counted, and may be demanded, where tokens are counted', async () => {
    upstream.reply('{"input_tokens":42}', '/v1/messages/count_tokens');
    const { status, headers, body } = await postJson(`${url()}/input_tokens`, {
      ...ask('web_search'),
      tool_choice: { type: 'web_search' },
    });
    expect([status, body]).toMatchObject([200, { input_tokens: 42 }]);
    expect(headers).not.toHaveProperty('x-gateway-ignored');
    expect(JSON.stringify(upstream.requests.at(-1)?.body)).toContain('web_search');
  });

  it('should be shown to the model as the tool that is called', async () => {
    replyText('Hello.');
    await create(
      ask('web_search_preview_2025_03_11', { tools: [{ type: 'web_search_preview_2025_03_11' }] }),
    );
    expect(chat(0).tools).toEqual([
      {
        type: 'function',
        function: {
          name: 'web_search',
          description: 'Searches the web.',
          parameters: { type: 'object', properties: { q: { type: 'string' } } },
        },
      },
    ]);
  });

  it('should search the web, and cite what was found', async () => {
    replyCall(['web_search', '{"q":"rain"}']);
    const text = `😀 See [the page](https://example.com/rain).\nAlso https://example.org, not https://example.net.`;
    replyText(text.slice(0, 1), text.slice(1, 30), text.slice(30, 60), text.slice(60));
    const { events, response } = await stream(
      ask('web_search', { include: ['web_search_call.action.sources'] }),
    );
    expect(response.output[0]).toEqual({
      type: 'web_search_call',
      id: expect.stringMatching(/^ws_/) as string,
      status: 'completed',
      action: {
        type: 'search',
        query: 'rain',
        queries: ['rain'],
        sources: PAGES.map((page) => ({ type: 'url', url: page.url })),
      },
    });
    expect(named(events, 'web_search_call')).toEqual([
      'response.web_search_call.in_progress',
      'response.web_search_call.searching',
      'response.web_search_call.completed',
    ]);
    const part = (response.output[1] as MessageItem).content[0];
    const annotations = part?.type === 'output_text' ? part.annotations : [];
    expect(annotations.map(({ start_index: start, end_index: end }) => text.slice(start, end))).toEqual([
      '[the page](https://example.com/rain)',
      'https://example.org',
    ]);
    expect(annotations).toMatchObject([
      { type: 'url_citation', url: 'https://example.com/rain', title: 'Rain in Paris' },
      { type: 'url_citation', url: 'https://example.org/', title: 'Weather' },
    ]);
    expect(events.filter(({ type }) => type === 'response.output_text.annotation.added')).toMatchObject([
      { annotation_index: 0, content_index: 0, output_index: 1 },
      { annotation_index: 1 },
    ]);
    expect(tools().calls).toEqual([{ name: 'search', args: { q: 'rain' } }]);
    expect(chat(1).messages.slice(-2)).toMatchObject([
      { role: 'assistant', tool_calls: [{ function: { name: 'web_search', arguments: '{"q":"rain"}' } }] },
      { role: 'tool', content: JSON.stringify(PAGES) },
    ]);
  });

  it('should run code, and show it as it is', async () => {
    replyCall(['code_interpreter', '{"code":"print(\\"42\\")"}']);
    replyText('42.');
    const { events, response } = await stream(
      ask('code_interpreter', { include: ['code_interpreter_call.outputs'] }),
    );
    expect(response.output[0]).toMatchObject({
      type: 'code_interpreter_call',
      status: 'completed',
      code: 'print("42")',
      container_id: response.id.replace('resp_', 'cntr_'),
      outputs: [{ type: 'logs', logs: '42\n' }],
    });
    expect(named(events, 'code_interpreter')).toEqual([
      'response.code_interpreter_call.in_progress',
      'response.code_interpreter_call_code.delta',
      'response.code_interpreter_call_code.done',
      'response.code_interpreter_call.interpreting',
      'response.code_interpreter_call.completed',
    ]);
  });

  it('should search files', async () => {
    replyCall(['file_search', '{"queries":["answer","question"]}']);
    replyText('42.');
    const { events, response } = await stream(ask('file_search', { include: ['file_search_call.results'] }));
    expect(response.output[0]).toMatchObject({
      type: 'file_search_call',
      status: 'completed',
      queries: ['answer', 'question'],
      results: FILES.results,
    });
    expect(named(events, 'file_search')).toEqual([
      'response.file_search_call.in_progress',
      'response.file_search_call.searching',
      'response.file_search_call.completed',
    ]);
  });

  it('should not show results that nobody asks for, and answer the same without a stream', async () => {
    const calls: [string, string][] = [
      ['web_search', '{"q":"rain"}'],
      ['code_interpreter', '{"code":"1"}'],
      ['file_search', '{"queries":["a"]}'],
    ];
    upstream.reply(
      completion({
        toolCalls: calls.map(([name, args], index) => ({ id: `c${index}`, name, arguments: args })),
      }),
    );
    upstream.reply(completion({ content: 'Done: https://example.com/rain' }));
    const response = await create(ask('x', { tools: calls.map(([type]) => ({ type })) }));
    expect(response.output).toMatchObject([
      { type: 'web_search_call', action: { type: 'search', query: 'rain' } },
      { type: 'code_interpreter_call', code: '1', outputs: null },
      { type: 'file_search_call', queries: ['a'], results: null },
      { type: 'message', content: [{ annotations: [{ start_index: 6 }] }] },
    ]);
    expect(JSON.stringify(response.output[0])).not.toContain('sources');
  });

  it.each([
    ['web_search', '{"q":"a"}'],
    ['code_interpreter', '{"code":"1"}'],
    ['file_search', '{"queries":["a"]}'],
  ])('should have the model told of a %s that fails, and the answer go on', async (type, args) => {
    tools().isBroken = true;
    replyCall([type, args]);
    replyText('Sorry.');
    const { events, response } = await stream(ask(type));
    expect(response).toMatchObject({
      status: 'completed',
      output: [{ status: 'failed' }, { type: 'message' }],
    });
    expect(named(events, `${type}_call.completed`)).toEqual([]);
    expect(chat(1).messages.at(-1)?.content).toBe('Error: Out of order.');
  });

  it('should be told of arguments that are no JSON', async () => {
    replyCall(['code_interpreter', '{"code":']);
    replyText('Sorry.');
    const { response } = await stream(ask('code_interpreter'));
    expect(response.output[0]).toMatchObject({ status: 'failed', code: '' });
    expect(tools().calls).toEqual([]);
  });

  it.each(['web_search', 'code_interpreter', 'file_search'])(
    'should end a call of %s with an answer that is cut off, and not run it',
    async (type) => {
      upstream.reply(
        chatStream([toolCallStart(0, 'c', type), toolArguments(0, '{"a":"')], { finish: 'length' }),
      );
      const { response } = await stream(ask(type));
      expect(response.output[0]).toMatchObject({ status: type === 'web_search' ? 'failed' : 'incomplete' });
      expect(tools().calls).toEqual([]);
    },
  );

  it('should be forced by a choice, and be among the allowed ones', async () => {
    replyText('Hello.');
    const forced = await create(
      ask('web_search', {
        tools: [{ type: 'web_search' }, { type: 'file_search' }],
        tool_choice: { type: 'web_search' },
      }),
    );
    expect(forced.tool_choice).toEqual({ type: 'web_search' });
    expect(chat(0)).toMatchObject({
      tools: [{ function: { name: 'web_search' } }],
      tool_choice: { type: 'function', function: { name: 'web_search' } },
    });
    const allowed = { type: 'allowed_tools', mode: 'auto', tools: [{ type: 'file_search' }] };
    replyText('Hello.');
    const chosen = await create(
      ask('web_search', { tools: [{ type: 'web_search' }, { type: 'file_search' }], tool_choice: allowed }),
    );
    expect(chosen.tool_choice).toEqual(allowed);
    expect(chat(upstream.chats.length - 1).tools).toMatchObject([{ function: { name: 'file_search' } }]);
  });

  it('should count for max_tool_calls', async () => {
    replyCall(['web_search', '{"q":"a"}'], ['web_search', '{"q":"b"}']);
    replyText('Done.');
    const { response } = await stream(ask('web_search', { max_tool_calls: 1 }));
    expect(response.output.map(({ type }) => type)).toEqual(['web_search_call', 'message']);
    expect(tools().calls).toHaveLength(1);
  });

  it('should be shown to the model with their real results in what continues a stored answer', async () => {
    replyCall(['web_search', '{"q":"rain"}']);
    replyText('It rains.');
    const { id } = await create(ask('web_search', { store: true }));
    replyText('Yes.');
    await create({ model: 'm', input: 'Sure?', previous_response_id: id, tools: [{ type: 'web_search' }] });
    expect(chat(2).messages).toMatchObject([
      { role: 'user' },
      { role: 'assistant', tool_calls: [{ function: { name: 'web_search', arguments: '{"q":"rain"}' } }] },
      { role: 'tool', content: JSON.stringify(PAGES) },
      { role: 'assistant', content: 'It rains.' },
      { role: 'user', content: 'Sure?' },
    ]);
    const listed = await fetch(`${url()}/${id}/input_items`);
    expect(await listed.text()).not.toContain('mcp_call');
  });

  it('should be shown under the name and in the arguments of the tool where a client sends its items back', async () => {
    replyCall(['web_search', '{"q":"rain"}']);
    replyText('It rains.');
    const first = await create(ask('web_search', { include: ['web_search_call.action.sources'] }));
    replyText('Yes.');
    await create(
      ask('web_search', {
        input: [{ role: 'user', content: 'a' }, ...first.output, { role: 'user', content: 'b' }],
      }),
    );
    expect(chat(2).messages[1]).toMatchObject({
      tool_calls: [{ function: { name: 'web_search', arguments: '{"q":"rain"}' } }],
    });
    expect(chat(2).messages[2]).toMatchObject({ content: PAGES.map((page) => page.url).join('\n') });
  });

  it('should be told from a function of the client with the same name', async () => {
    replyCall(['web_search_2', '{"q":"rain"}']);
    replyText('It rains.');
    const own = { type: 'function', name: 'web_search', parameters: { type: 'object', properties: {} } };
    const { response } = await stream(ask('web_search', { tools: [own, { type: 'web_search' }] }));
    expect(response.output[0]).toMatchObject({ type: 'web_search_call', action: { query: 'rain' } });
    expect(chat(1).messages.at(-2)).toMatchObject({ tool_calls: [{ function: { name: 'web_search_2' } }] });
  });
});

describe('hosted tools in the gateway file', () => {
  const start = (text: string) => {
    const file = join(folder, 'wrong.yaml');
    writeFileSync(file, text);
    return createTestApp({
      extensions: [labModule()],
      environment: { CONFIG_FILE: file, UPSTREAM_BASE_URL: upstream.url },
    });
  };

  it('should not be run by a server that nobody knows', async () => {
    await expect(start('hostedTools: { web_search: { server: nobody, tool: search } }')).rejects.toThrow(
      'hostedTools.web_search.server: there is no MCP server or @ToolExecutor nobody',
    );
  });

  it('should be as good as not mapped where the server lacks the tool: clients send them along unasked', async () => {
    const app = await start('hostedTools: { web_search: { server: lab, tool: missing } }');
    upstream.reply(completion({ content: 'Hello.' }));
    const { status, headers } = await postJson(`${app.url}/v1/responses`, ask('web_search'));
    await app.close();
    expect(status).toBe(200);
    expect(headers['x-gateway-ignored']).toContain('tools:web_search');
  });

  it('should leave those that are not mapped ignored and named', async () => {
    const app = await start('hostedTools: { web_search: { server: lab, tool: search } }');
    upstream.reply(completion({ content: 'Hello.' }));
    const { headers } = await postJson(`${app.url}/v1/responses`, ask('file_search'));
    await app.close();
    expect(headers['x-gateway-ignored']).toContain('tools:file_search');
  });
});
