import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, before, describe, it } from 'node:test';
import { expect } from 'expect';
import type { Reply } from './support/chat-wire.ts';
import { OpenAITypes } from './support/openai-types.ts';
import { type Answer, MODEL } from './support/scripted-upstream.ts';
import { useStack } from './support/use-stack.ts';

const DEMO_SERVER = path.join(import.meta.dirname, 'support/demo-mcp-server.mjs');
const tool = (name: string, more: object = {}) => ({
  type: 'function',
  name,
  parameters: { type: 'object', properties: { q: { type: 'string' } } },
  strict: false,
  ...more,
});
const CALL = { name: 'search', arguments: { q: 'x' } };
const SCHEMA = { type: 'object', properties: { a: { type: 'number' } }, required: ['a'] };
const JSON_TEXT = { type: 'json_schema', name: 'answer', schema: SCHEMA, strict: true };
const REASONED: Reply = { reasoning: 'Let me think.', text: 'Done.' };

/** Where the gateway says more than OpenAI's types know, or JSON less than the SDK adds. */
const ALLOWED = [
  // The SDK adds it; a text before the end would make its stream helper give up.
  /^\w+\.response\.output_text is missing$/,
  // OpenAI's own API says null until it is known.
  /\.usage is null,/,
  // Open Responses wants it, null where there is none; pydantic takes either.
  /\.text\.format\.description is null,/,
  // As OpenAI's own API echoes them.
  /\.tools\[0\]\.server_(?:description|url) is null,/,
  // Reasons and codes of the gateway's own, which Codex and others know: src/contracts/responses-api.ts.
  /\.incomplete_details\.reason is "(?:required_tool_call_missing|malformed_tool_call)"/,
  /\.error\.code is "(?:context_length_exceeded|insufficient_quota|server_is_overloaded)"/,
  // Events of OpenAI's streams that its types leave out.
  /^ResponseStreamEvent is \{"type":"response\.(?:apply_patch_call_operation_diff|shell_call_command)\./,
];

interface Scenario {
  body?: object;
  /** Several where the model is asked again. */
  reply: Answer | Answer[];
  headers?: Record<string, string>;
  /** Of the final response. */
  status?: 'completed' | 'incomplete';
  /** Type of an output item or part that there has to be. */
  holds: string;
}

const SCENARIOS: Record<string, Scenario> = {
  text: { reply: { text: 'Hello there.' }, holds: 'output_text' },
  'all echoes': {
    reply: { text: 'Hello there.', usage: { cached: 4 } },
    body: {
      instructions: 'Be brief.',
      temperature: 0.5,
      top_p: 0.9,
      max_output_tokens: 99,
      max_tool_calls: 3,
      metadata: { a: 'b' },
      service_tier: 'flex',
      safety_identifier: 's',
      prompt_cache_key: 'k',
      prompt_cache_retention: '24h',
      truncation: 'auto',
      store: true,
      user: 'u',
      reasoning: { effort: 'high', summary: 'auto' },
      text: { verbosity: 'low' },
    },
    holds: 'output_text',
  },
  logprobs: {
    reply: { text: 'Hello there.', logprobs: true },
    body: { top_logprobs: 1, include: ['message.output_text.logprobs'] },
    holds: 'output_text',
  },
  refusal: { reply: { refusal: 'I cannot do that.' }, holds: 'refusal' },
  structured: { reply: { text: '{"a":1}' }, body: { text: { format: JSON_TEXT } }, holds: 'output_text' },
  'any JSON': {
    reply: { text: '{}' },
    body: { text: { format: { type: 'json_object' } } },
    holds: 'output_text',
  },
  'function calls': {
    reply: { text: 'I look.', calls: [CALL, { name: 'search', arguments: {} }] },
    body: { tools: [tool('search')], tool_choice: 'required' },
    holds: 'function_call',
  },
  'a function call of a namespace': {
    reply: { calls: [{ name: 'docs__search', arguments: {} }] },
    body: { tools: [{ type: 'namespace', name: 'docs', description: 'd', tools: [tool('search')] }] },
    holds: 'function_call',
  },
  'a bare tool in the form of chat completions': {
    reply: { calls: [CALL] },
    body: {
      tools: [{ type: 'function', function: { name: 'search' } }],
      tool_choice: { type: 'function', function: { name: 'search' } },
    },
    holds: 'function_call',
  },
  'allowed tools': {
    reply: { text: 'No need.' },
    body: {
      tools: [tool('search'), tool('read')],
      tool_choice: { type: 'allowed_tools', mode: 'auto', tools: [{ type: 'function', name: 'read' }] },
    },
    holds: 'output_text',
  },
  'a custom tool call': {
    reply: { calls: [{ name: 'patch', arguments: { input: '*** Begin' } }] },
    body: {
      tools: [
        { type: 'custom', name: 'patch', format: { type: 'grammar', syntax: 'lark', definition: 's: "x"' } },
      ],
      tool_choice: { type: 'custom', name: 'patch' },
    },
    holds: 'custom_tool_call',
  },
  'a search for tools': {
    reply: { calls: [{ name: 'tool_search', arguments: { query: 'x' } }] },
    body: { tools: [{ type: 'tool_search', execution: 'client', parameters: SCHEMA, description: 'd' }] },
    holds: 'tool_search_call',
  },
  'commands of a shell': {
    reply: { calls: [{ name: 'shell', arguments: { commands: ['ls', 'pwd'] } }] },
    body: { tools: [{ type: 'shell', environment: { type: 'local' } }], tool_choice: { type: 'shell' } },
    holds: 'shell_call',
  },
  'a program to run': {
    reply: { calls: [{ name: 'local_shell', arguments: { command: ['ls'] } }] },
    body: { tools: [{ type: 'local_shell' }] },
    holds: 'local_shell_call',
  },
  'a patch': {
    reply: { calls: [{ name: 'apply_patch', arguments: { type: 'create_file', path: 'a', diff: '+a' } }] },
    body: { tools: [{ type: 'apply_patch' }], tool_choice: { type: 'apply_patch' } },
    holds: 'apply_patch_call',
  },
  'a patch that broke off': {
    reply: { calls: [{ name: 'apply_patch', arguments: { type: 'update_file', path: 'a' } }] },
    body: { tools: [{ type: 'apply_patch' }] },
    status: 'incomplete',
    holds: 'apply_patch_call',
  },
  'actions at a computer': {
    reply: { calls: [{ name: 'computer', arguments: { actions: [{ type: 'double_click', x: 1, y: 2 }] } }] },
    body: { tools: [{ type: 'computer' }], tool_choice: { type: 'computer' } },
    holds: 'computer_call',
  },
  'an action at a computer': {
    reply: { calls: [{ name: 'computer', arguments: { type: 'click', x: 1, y: 2 } }] },
    body: {
      tools: [{ type: 'computer_use_preview', display_width: 8, display_height: 6, environment: 'mac' }],
    },
    holds: 'computer_call',
  },
  'tools of an MCP server': {
    reply: [{ calls: [{ name: 'demo__echo', arguments: { text: 'a' } }] }, { text: 'Done.' }],
    body: { tools: [{ type: 'mcp', server_label: 'demo', require_approval: 'never' }] },
    holds: 'mcp_call',
  },
  'a tool of an MCP server that fails': {
    reply: [{ calls: [{ name: 'demo__echo', arguments: '[' }] }, { text: 'Done.' }],
    body: { tools: [{ type: 'mcp', server_label: 'demo', require_approval: 'never' }] },
    holds: 'mcp_protocol_error',
  },
  'a tool of an MCP server to be allowed': {
    reply: { calls: [{ name: 'demo__echo', arguments: { text: 'a' } }] },
    body: { tools: [{ type: 'mcp', server_label: 'demo' }] },
    holds: 'mcp_approval_request',
  },
  'reasoning as a summary': { reply: REASONED, holds: 'summary_text' },
  'reasoning as text': {
    reply: REASONED,
    headers: { 'x-reasoning-output': 'text' },
    holds: 'reasoning_text',
  },
  'sealed reasoning': {
    reply: REASONED,
    body: { include: ['reasoning.encrypted_content'] },
    holds: 'encrypted_content',
  },
  'an answer cut short': {
    reply: { text: 'Hello', finish: 'length' },
    status: 'incomplete',
    holds: 'output_text',
  },
  'an answer held back': {
    reply: { text: 'Hello', finish: 'content_filter' },
    status: 'incomplete',
    holds: 'output_text',
  },
  'a call that did not come': {
    reply: { text: 'No.' },
    body: { tools: [tool('search')], tool_choice: 'required' },
    status: 'incomplete',
    holds: 'output_text',
  },
  'a compaction': {
    reply: { text: 'All that was said.' },
    body: { input: [{ role: 'user', content: 'q' }, { type: 'compaction_trigger' }] },
    holds: 'compaction',
  },
};

describe("answers held against the installed openai's types", () => {
  const folder = mkdtempSync(path.join(tmpdir(), 'openai-types-'));
  const stack = useStack(() => {
    const file = path.join(folder, 'gateway.json');
    const mcpServers = [{ label: 'demo', command: process.execPath, args: [DEMO_SERVER] }];
    writeFileSync(file, JSON.stringify({ mcpServers }));
    return { TOOL_CHOICE_RETRIES: '0', MODEL_ALIASES: `fast=${MODEL}`, CONFIG_FILE: file };
  });
  let types: OpenAITypes;

  after(() => rmSync(folder, { recursive: true }));
  before(() => {
    types = new OpenAITypes();
  });

  function expectType(value: unknown, name: string, module?: string): void {
    const found = types.mismatches(value, name, module);
    expect(found.filter((text) => !ALLOWED.some((allowed) => allowed.test(text)))).toEqual([]);
  }

  async function call(path: string, body?: object, headers: Record<string, string> = {}) {
    const answer = await fetch(`${stack.gateway.baseUrl}${path}`, {
      ...(body && { method: 'POST', body: JSON.stringify(body) }),
      headers: { 'content-type': 'application/json', ...headers },
    });
    return { status: answer.status, text: await answer.text() };
  }

  async function events(body: object, headers?: Record<string, string>): Promise<any[]> {
    const { text } = await call('/responses', { model: MODEL, input: 'hi', stream: true, ...body }, headers);
    const frames = text.split('\n').filter((line) => line.startsWith('data: {'));
    return frames.map((line) => JSON.parse(line.slice('data: '.length)));
  }

  for (const [name, { body, reply, headers, status = 'completed', holds }] of Object.entries(SCENARIOS)) {
    it(`should fit whole: ${name}`, async () => {
      stack.upstream.script(...[reply].flat());
      const { text } = await call('/responses', { model: MODEL, input: 'hi', ...body }, headers);
      const response = JSON.parse(text);
      expect(response.status).toBe(status);
      expect(JSON.stringify(response.output)).toContain(`"${holds}"`);
      expectType(response, 'Response');
    });

    it(`should fit event by event: ${name}`, async () => {
      stack.upstream.script(...[reply].flat());
      const streamed = await events({ ...body }, headers);
      expect(streamed.at(-1)).toMatchObject({ type: `response.${status}` });
      expect(JSON.stringify(streamed)).toContain(`"${holds}"`);
      for (const event of streamed) expectType(event, 'ResponseStreamEvent');
    });
  }

  it('should fit where a streamed answer fails', async () => {
    stack.upstream.script({ text: 'Hello there.', then: 'error' });
    const streamed = await events({});
    expect(streamed.slice(-2)).toMatchObject([{ type: 'error' }, { type: 'response.failed' }]);
    for (const event of streamed) expectType(event, 'ResponseStreamEvent');
  });

  it('should fit where nothing is generated', async () => {
    const body = { prompt_cache_options: { prewarm: true } };
    for (const event of await events(body)) expectType(event, 'ResponseStreamEvent');
    expectType(
      JSON.parse((await call('/responses', { model: MODEL, input: 'hi', ...body })).text),
      'Response',
    );
  });

  it('should fit for counts, models and errors', async () => {
    const counted = await call('/responses/input_tokens', { model: MODEL, input: 'hi' });
    expectType(JSON.parse(counted.text), 'InputTokenCountResponse', 'responses/input-tokens');
    const { data } = JSON.parse((await call('/models')).text);
    expect(data).toHaveLength(2);
    for (const model of data) expectType(model, 'Model', 'models');
    for (const body of [{ model: MODEL }, { model: MODEL, input: 'hi', tool_choice: 'required' }]) {
      const { status, text } = await call('/responses', body);
      expect(status).toBe(400);
      expectType(JSON.parse(text).error, 'ErrorObject', 'shared');
    }
  });

  it('should fit for a compacted conversation, but for the messages of the user that it holds', async () => {
    stack.upstream.script({ text: 'All that was said.' });
    const { text } = await call('/responses/compact', { model: MODEL, input: 'hi' });
    const { output, ...rest } = JSON.parse(text);
    expect(output).toMatchObject([{ role: 'user' }, { type: 'compaction' }]);
    expectType({ ...rest, output: output.slice(1) }, 'CompactedResponse');
  });

  it('should fit for what is stored', async () => {
    stack.upstream.script({ ...REASONED, calls: [CALL] }, { text: 'Hello.' });
    const created = await call('/conversations', { items: [{ role: 'user', content: 'hi' }] });
    const conversation = JSON.parse(created.text);
    expectType(conversation, 'Conversation', 'conversations/conversations');
    const body = { model: MODEL, input: 'hi', conversation: conversation.id, tools: [tool('search')] };
    const response = JSON.parse((await call('/responses', body)).text);
    expectType(response, 'Response');
    expectType(JSON.parse((await call(`/responses/${response.id}`)).text), 'Response');
    const input = JSON.parse((await call(`/responses/${response.id}/input_items`)).text);
    expect(input.data).toHaveLength(2);
    expectType(input, 'ResponseItemList', 'responses/input-items');
    const items = JSON.parse((await call(`/conversations/${conversation.id}/items`)).text);
    expect(items.data.map(({ type }: any) => type)).toEqual([
      'function_call',
      'message',
      'reasoning',
      'message',
      'message',
    ]);
    expectType(items, 'ConversationItemList', 'conversations/items');
    let { text } = await call('/responses', { model: MODEL, input: 'hi', background: true });
    expect(JSON.parse(text).status).toBe('queued');
    while (/"status":"(?:queued|in_progress)"/.test(text)) {
      // Before the end there is no text; the SDK adds it.
      expectType({ output_text: '', ...JSON.parse(text) }, 'Response');
      ({ text } = await call(`/responses/${JSON.parse(text).id}`));
    }
    expectType(JSON.parse(text), 'Response');
  });

  it('should fit event by event in the background, also the second time', async () => {
    stack.upstream.script(REASONED);
    const streamed = await events({ background: true });
    expect(streamed.map(({ type }) => type)).toContain('response.queued');
    for (const event of streamed) expectType(event, 'ResponseStreamEvent');
  });

  it('should notice a field that is missing or wrong', async () => {
    stack.upstream.script({ ...REASONED, calls: [CALL] }, { text: 'Hello.' });
    const { text } = await call('/responses', { model: MODEL, input: 'hi', tools: [tool('search')] });
    const without = (change: (response: any) => void, name = 'Response') => {
      const response = JSON.parse(text);
      change(response);
      return types.mismatches(response, name);
    };
    expect(without(() => undefined)).toEqual([]);
    expect(without((response) => delete response.access_programs)).toEqual([
      'Response.access_programs is missing',
    ]);
    expect(without((response) => delete response.usage.input_tokens_details.cache_write_tokens)).toEqual([
      'Response.usage.input_tokens_details.cache_write_tokens is missing',
    ]);
    expect(without((response) => delete response.output[0].summary)).toEqual([
      'Response.output[0].summary is missing',
    ]);
    expect(without((response) => (response.output[1].content[0].annotations = null))).toHaveLength(1);
    expect(without((response) => (response.output[1].content[0].type = 'text'))).toHaveLength(1);
    expect(without((response) => (response.output[2].arguments = {}))).toEqual([
      'Response.output[2].arguments is {}, not string',
    ]);
    expect(without((response) => (response.output[2].type = 'call'))).toHaveLength(1);
    expect(without((response) => (response.status = 'done'))).toHaveLength(1);
    expect(without((response) => (response.service_tier = 'gold'))).toHaveLength(1);
    expect(without((response) => (response.tool_choice = { type: 'function' }))).toHaveLength(1);

    const streamed = await events({});
    for (const event of streamed) {
      const { sequence_number: _, ...rest } = event;
      expect(types.mismatches(rest, 'ResponseStreamEvent')).toContain(
        'ResponseStreamEvent.sequence_number is missing',
      );
    }
    const delta = streamed.find(({ type }) => type === 'response.output_text.delta');
    expect(types.mismatches({ ...delta, logprobs: undefined }, 'ResponseStreamEvent')).toHaveLength(1);
    expect(types.mismatches({ ...delta, type: 'response.text.delta' }, 'ResponseStreamEvent')).toHaveLength(
      1,
    );
  });
});
