import {
  chatStream,
  completion,
  type FakeUpstream,
  type UpstreamRequest,
  textDelta,
  toolArguments,
  toolCallStart,
} from '../support/fake-upstream.js';
import { getJson, postJson, postStream } from '../support/http-client.js';
import { type Json, recordOf } from '../support/json.js';
import { checkLifecycle, checkResponse, foldStream, normaliseIds } from '../support/lifecycle-oracle.js';
import { useGateway } from '../support/use-gateway.js';
import { useState } from '../support/use-state.js';

interface Answer extends Json {
  id: string;
  status: string;
  output: Json[];
}

const TOOLS = [
  { type: 'shell', environment: { type: 'local' } },
  { type: 'local_shell' },
  { type: 'apply_patch' },
  { type: 'computer' },
];
const PATCH = { type: 'create_file', path: 'a.md', diff: '+# "A"\n+\n' };
const PIXEL = 'data:image/png;base64,AAAA';

/** Function, its arguments, the item, what the client answers, and what the model is shown of that. */
const CALLS: [name: string, given: object, item: Json, output: Json, shown: string][] = [
  [
    'shell',
    { commands: ['ls', 'cat b'], timeout_ms: 1000 },
    { type: 'shell_call', action: { commands: ['ls', 'cat b'], timeout_ms: 1000, max_output_length: null } },
    {
      type: 'shell_call_output',
      output: [
        { stdout: 'a', stderr: '', outcome: { type: 'exit', exit_code: 0 } },
        { stdout: '', stderr: 'no b', outcome: { type: 'timeout' } },
      ],
    },
    'a\nno b\n{"type":"timeout"}',
  ],
  [
    'local_shell',
    { command: ['ls', '-a'], working_directory: '/tmp' },
    {
      type: 'local_shell_call',
      action: { type: 'exec', command: ['ls', '-a'], env: {}, working_directory: '/tmp' },
    },
    { type: 'local_shell_call_output', output: '{"stdout":"a"}' },
    '{"stdout":"a"}',
  ],
  [
    'apply_patch',
    PATCH,
    { type: 'apply_patch_call', operation: PATCH },
    { type: 'apply_patch_call_output', status: 'completed', output: 'Created a.md.' },
    'Created a.md.',
  ],
  [
    'computer',
    { actions: [{ type: 'move', x: 1, y: 2 }, { type: 'screenshot' }] },
    { type: 'computer_call', actions: [{ type: 'move', x: 1, y: 2 }, { type: 'screenshot' }] },
    { type: 'computer_call_output', output: { type: 'computer_screenshot', image_url: PIXEL } },
    '',
  ],
];

const messagesOf = (request: UpstreamRequest | undefined): Json[] =>
  (request?.body as { messages: Json[] }).messages;
const lastMessages = (upstream: FakeUpstream): Json[] => messagesOf(upstream.chats.at(-1));

/** One call, in pieces of three characters. */
function calling(name: string, text: string): string {
  const pieces = text.match(/[^]{1,3}/g) ?? [];
  return chatStream([toolCallStart(0, 'x', name), ...pieces.map((piece) => toolArguments(0, piece))], {
    finish: 'tool_calls',
  });
}

const calledOnce = (name: string, given: object): string =>
  completion({ toolCalls: [{ id: 'x', name, arguments: JSON.stringify(given) }] });

describe('built-in tools that the client runs', () => {
  const { upstream, gateway } = useGateway();
  const url = (): string => `${gateway.url}/v1/responses`;
  const request = (more: Json = {}): Json => ({ model: 'm', input: 'hi', tools: TOOLS, ...more });
  const streamed = async (body: string, more: Json = {}) => {
    upstream.reply(body);
    const { events } = await postStream(url(), request({ stream: true, ...more }));
    checkLifecycle(events);
    return (events as unknown[]).map(recordOf);
  };

  it.each(CALLS)('should be called in the same way, streamed and not: %s', async (name, given, item) => {
    const events = await streamed(calling(name, JSON.stringify(given)));
    const { response } = events.at(-1) as { response: Answer };
    expect(response.status).toBe('completed');
    expect(response.tools).toEqual(TOOLS);
    expect(response.output).toMatchObject([{ ...item, status: 'completed' }]);
    expect(foldStream(events)).toEqual(response.output);

    upstream.reply(calledOnce(name, given));
    const { body } = await postJson(url(), request());
    checkResponse(body);
    expect(normaliseIds((body as Answer).output)).toEqual(normaliseIds(response.output));
  });

  it.each(CALLS)('should be told of in the next request: %s', async (name, given, _item, output, shown) => {
    upstream.reply(calledOnce(name, given));
    const { output: items } = (await postJson(url(), request())).body as Answer;
    upstream.reply(completion({ content: 'Done.' }));
    const input = [{ role: 'user', content: 'hi' }, ...items, { ...output, call_id: items[0]!.call_id }];
    const { status, headers } = await postJson(url(), request({ input }));
    expect(status).toBe(200);
    expect(headers['x-gateway-ignored']).toBeUndefined();
    expect(lastMessages(upstream)).toEqual([
      { role: 'user', content: 'hi' },
      {
        role: 'assistant',
        content: null,
        tool_calls: [
          { id: items[0]!.call_id, type: 'function', function: { name, arguments: JSON.stringify(given) } },
        ],
      },
      { role: 'tool', tool_call_id: items[0]!.call_id, content: shown },
      ...(name === 'computer'
        ? [{ role: 'user', content: [{ type: 'image_url', image_url: { url: PIXEL } }] }]
        : []),
    ]);
  });

  it('should stream a diff as it is written', async () => {
    const events = await streamed(calling('apply_patch', JSON.stringify(PATCH)));
    const added = events.find(({ type }) => type === 'response.output_item.added');
    expect(added).toMatchObject({ item: { operation: { ...PATCH, diff: '' }, status: 'in_progress' } });
    const deltas = events.filter(({ type }) => type === 'response.apply_patch_call_operation_diff.delta');
    expect(deltas.length).toBeGreaterThan(2);
    expect(deltas.map(({ delta }) => delta).join('')).toBe(PATCH.diff);
  });

  it('should pad deltas where a client asks for it', async () => {
    for (const [name, given] of [CALLS[0]!, CALLS[2]!]) {
      const more = { stream_options: { include_obfuscation: true } };
      const events = await streamed(calling(name, JSON.stringify(given)), more);
      const deltas = events.filter(({ type }) => String(type).endsWith('.delta'));
      expect(deltas.length).toBeGreaterThan(0);
      for (const { obfuscation } of deltas) expect(obfuscation).toEqual(expect.any(String));
    }
  });

  it.each([
    ['shell', '{"commands":"'],
    ['local_shell', '{"command":7}'],
    ['apply_patch', '{"type":"update_file","path":"a","diff":"@@'],
    ['computer', '{"actions":[{"type":"click"}]}'],
  ])('should not be completed by a call that cannot be run: %s %s', async (name, text) => {
    const events = await streamed(calling(name, text));
    expect(events.at(-1)).toMatchObject({
      type: 'response.incomplete',
      response: { incomplete_details: { reason: 'malformed_tool_call' } },
    });
  });

  it('should stand beside functions of the same name, texts and calls of other kinds', async () => {
    const named = { type: 'function', name: 'shell', parameters: { type: 'object', properties: {} } };
    const events = await streamed(
      chatStream(
        [
          textDelta('Let me look.'),
          toolCallStart(0, 'x', 'shell'),
          toolArguments(0, '{"a":1}'),
          toolCallStart(1, 'y', 'shell_2'),
          toolArguments(1, '{"commands":["ls"]}'),
          toolCallStart(2, 'z', 'apply_patch'),
          toolArguments(2, JSON.stringify(PATCH)),
        ],
        { finish: 'tool_calls' },
      ),
      { tools: [named, ...TOOLS] },
    );
    expect(events.at(-1)).toMatchObject({
      response: {
        output: [
          { type: 'message' },
          { type: 'function_call', name: 'shell', arguments: '{"a":1}' },
          { type: 'shell_call', action: { commands: ['ls'] } },
          { type: 'apply_patch_call', operation: PATCH },
        ],
      },
    });
  });

  it('should be one that must be called', async () => {
    upstream.reply(chatStream([textDelta('No.')]));
    const events = await streamed(calling('shell', '{"commands":["ls"]}'), {
      tool_choice: { type: 'shell' },
    });
    const { response } = events.at(-1) as { response: Answer };
    expect(response.output).toMatchObject([{ type: 'shell_call' }]);
    expect(response.tool_choice).toEqual({ type: 'shell' });
    expect(JSON.stringify(lastMessages(upstream).at(-1))).toContain('the tool shell');
  });

  it.each([
    [{ tools: [{ type: 'shell', environment: 7 }] }, 'tools[0].environment'],
    [{ tools: [{ type: 'computer_use_preview', display_height: {} }] }, 'tools[0].display_height'],
    [{ tools: [], tool_choice: { type: 'apply_patch' } }, 'tool_choice'],
  ])('should be refused where they are wrong: %j', async (more, param) => {
    const { status, body } = await postJson(url(), request(more));
    expect(status).toBe(400);
    expect(body).toMatchObject({ error: { type: 'invalid_request_error', param } });
  });

  it('should leave a hosted shell out and name it', async () => {
    upstream.reply(completion({ content: 'Hi.' }));
    const { body, headers } = await postJson(
      url(),
      request({ tools: [{ type: 'shell', environment: { type: 'container_auto' } }] }),
    );
    expect(headers['x-gateway-ignored']).toBe('tools:shell');
    expect(body).toMatchObject({ tools: [] });
    expect(upstream.chats.at(-1)!.body).not.toHaveProperty('tools');
  });
});

describe('built-in tools of a model whose calls the gateway parses', () => {
  const { upstream, gateway } = useGateway({ environment: { TOOL_CALL_PARSER: 'hermes' } });
  const called = async (...calls: string[]): Promise<Answer> => {
    const text = calls.map((call) => `<tool_call>\n${call}\n</tool_call>`).join('\n');
    const pieces = text.match(/[^]{1,5}/g) ?? [];
    upstream.reply(chatStream(pieces.map((piece) => textDelta(piece))));
    const { events } = await postStream(`${gateway.url}/v1/responses`, {
      model: 'm',
      input: 'hi',
      stream: true,
      tools: TOOLS,
    });
    checkLifecycle(events);
    return recordOf(events.at(-1)).response as Answer;
  };

  it('should be read out of its text', async () => {
    const { status, output } = await called(
      ...CALLS.map(([name, given]) => JSON.stringify({ name, arguments: given })),
    );
    expect(status).toBe('completed');
    expect(output).toMatchObject(CALLS.map(([, , item]) => ({ ...item, status: 'completed' })));
  });

  it('should be repaired as the arguments of functions are', async () => {
    const { status, output } = await called(
      `{"name": "shell", "arguments": {"commands": ["ls",], "timeout_ms": "100"}}`,
      `{"name": "apply_patch", "arguments": {'type': 'update_file', 'path': 'a', 'diff': '-a\n+b'}}`,
    );
    expect(status).toBe('completed');
    expect(output).toMatchObject([
      { action: { commands: ['ls'], timeout_ms: 100 } },
      { operation: { type: 'update_file', path: 'a', diff: '-a\n+b' } },
    ]);
  });

  it('should not be completed by what is no action', async () => {
    const response = await called(`{"name": "shell", "arguments": {"commands": []}}`);
    expect(response).toMatchObject({
      status: 'incomplete',
      incomplete_details: { reason: 'malformed_tool_call' },
      output: [{ type: 'shell_call', status: 'incomplete' }],
    });
  });
});

describe('stored calls of built-in tools', () => {
  const state = useState('one process on a file');
  const create = async (body: Json) =>
    postJson(state.url('/responses'), { model: 'm', tools: TOOLS, ...body });

  it.each(CALLS)('should be continued by their output: %s', async (name, given, item, output, shown) => {
    state.upstream.reply(calledOnce(name, given));
    const first = (await create({ input: 'hi' })).body as Answer;
    expect(first.output).toMatchObject([item]);
    state.upstream.reply(completion({ content: 'Done.' }));
    const answer = { ...output, call_id: first.output[0]!.call_id };
    const second = await create({ previous_response_id: first.id, input: [answer] });
    expect(second.status).toBe(200);
    const messages = lastMessages(state.upstream);
    expect(messages[1]).toMatchObject({
      tool_calls: [{ function: { name, arguments: JSON.stringify(given) } }],
    });
    expect(messages[2]).toMatchObject({ role: 'tool', content: shown });

    const { body } = await getJson(state.url(`/responses/${(second.body as Answer).id}/input_items`));
    const prefix = { shell: 'sho_', local_shell: 'lsho_', apply_patch: 'apco_', computer: 'cuo_' }[name];
    const [stored] = (body as { data: Json[] }).data;
    expect(stored).toMatchObject(answer);
    expect(stored!.id).toMatch(new RegExp(`^${prefix}`));
  });

  it.each(CALLS)(
    'should be referred to by their id, and repeated: %s',
    async (name, given, _item, output) => {
      state.upstream.reply(calledOnce(name, given));
      const first = (await create({ input: 'hi' })).body as Answer;
      const [call] = first.output;
      const answer = { ...output, call_id: call!.call_id };
      state.upstream.reply(completion({ content: 'Done.' }));
      const referring = await create({ input: [{ type: 'item_reference', id: call!.id }, answer] });
      expect(referring.status).toBe(200);
      expect(JSON.stringify(lastMessages(state.upstream))).toContain(name);
      state.upstream.reply(completion({ content: 'Done.' }));
      // As some clients send them back: without what they do not know.
      const { environment: _e, pending_safety_checks: _p, status: _s, ...repeated } = call!;
      const repeating = await create({ previous_response_id: first.id, input: [repeated, answer] });
      expect(repeating.status).toBe(200);
      expect(lastMessages(state.upstream).filter(({ role }) => role === 'assistant')).toHaveLength(1);
    },
  );

  it('should be continued by the output of a local shell that has the id of its call as its own', async () => {
    const [name, given, , output] = CALLS[1]!;
    state.upstream.reply(calledOnce(name, given));
    const first = (await create({ input: 'hi' })).body as Answer;
    state.upstream.reply(completion({ content: 'Done.' }));
    const input = [{ ...output, id: first.output[0]!.call_id }];
    const second = (await create({ previous_response_id: first.id, input })).body as Answer;
    state.upstream.reply(completion({ content: 'Done.' }));
    await create({ previous_response_id: second.id, input: 'on' });
    expect(lastMessages(state.upstream)[2]).toMatchObject({ role: 'tool', content: output.output });
  });

  it.each(['shell_call_output', 'apply_patch_call_output', 'computer_call_output'])(
    'should be refused an output of no call: %s',
    async (type) => {
      state.upstream.reply(completion({ content: 'Hi.' }));
      const first = (await create({ input: 'hi' })).body as Answer;
      const input = [{ type, call_id: 'call_none', output: 'x' }];
      const { status, body } = await create({ previous_response_id: first.id, input });
      expect(status).toBe(400);
      expect(body).toMatchObject({ error: { param: 'input[0].call_id' } });
    },
  );
});
