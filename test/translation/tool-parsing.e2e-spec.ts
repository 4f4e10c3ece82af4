import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Module } from '@nestjs/common';
import type { SimulatorOptions } from '../../src/simulator/simulator-options.js';
import type { WriteText } from '../../src/simulator/script/write-text.js';
import { type Simulator, startSimulator } from '../../src/simulator/simulator.js';
import { ArrowParser } from '../support/arrow.parser.js';
import { createTestApp, type TestApp } from '../support/create-test-app.js';
import {
  chatStream,
  startFakeUpstream,
  textDelta,
  toolArguments,
  toolCallStart,
} from '../support/fake-upstream.js';
import { postJson, postStream } from '../support/http-client.js';
import { arrayOf, type Json, recordOf } from '../support/json.js';
import { checkLifecycle, checkResponse, normaliseIds } from '../support/lifecycle-oracle.js';
import { echoModel, familyModel } from '../support/raw-model.js';
import { loadRecording } from '../support/recordings.js';

const TOOLS = [
  {
    type: 'function',
    name: 'search',
    parameters: {
      type: 'object',
      properties: { query: { type: 'string' }, limit: { type: 'integer' } },
      required: ['query'],
    },
  },
  {
    type: 'function',
    name: 'get_weather',
    parameters: { type: 'object', properties: { city: { type: 'string' } } },
  },
];
const QUESTION = 'Call the search tool with query 北京 "docs" and limit 3, and the get_weather tool.';
const CALLS = [
  ['search', { query: '北京 "docs"', limit: 3 }],
  ['get_weather', {}],
];

const FAMILIES: [family: string, parser: string][] = [
  ['hermes', 'hermes'],
  ['hermes', 'qwen3'],
  ['qwen3coder', 'qwen3coder'],
  ['qwen3coder', 'interns2-preview'],
  ['glm45', 'glm47'],
  ['llama3', 'llama3'],
  ['internlm', 'intern-s1'],
  ['deepseek-v3', 'deepseek-v3'],
  ['deepseek-v31', 'deepseek-v31'],
  ['deepseek-v32', 'deepseek-v32'],
  ['deepseek-v4', 'deepseek-v4'],
  ['kimi-k2', 'kimi-k2'],
  ['mistral', 'mistral'],
  ['mistral-args', 'mistral'],
  ['minimax-m2', 'minimax-m2'],
  ['pythonic', 'llama4_pythonic'],
  ['harmony', 'gpt-oss'],
];

/** A model server without parsers, and the gateway in front of it. */
async function startStack(
  write: WriteText,
  environment: Record<string, string>,
  options: Partial<SimulatorOptions> = {},
): Promise<{ simulator: Simulator; gateway: TestApp; url: string }> {
  const simulator = await startSimulator(
    { toolCallParser: 'none', reasoningParser: 'none', ...options },
    write,
  );
  const gateway = await createTestApp({ environment: { UPSTREAM_BASE_URL: simulator.url, ...environment } });
  return { simulator, gateway, url: `${gateway.url}/v1/responses` };
}

const finalOf = (events: readonly unknown[]): Json => recordOf(recordOf(events.at(-1)).response);
const outputOf = (response: unknown): Json[] => arrayOf(recordOf(response).output).map(recordOf);
const callsOf = (response: unknown) =>
  outputOf(response)
    .filter(({ type }) => type === 'function_call')
    .map(({ name, arguments: text }) => [name, JSON.parse(String(text)) as unknown]);

/** The same request streamed and not: both checked, and the same but for ids and usage. */
async function askBoth(url: string, body: Json): Promise<Json> {
  const request = { model: 'default', tools: TOOLS, ...body };
  const streamed = await postStream(url, { ...request, stream: true });
  expect(streamed).toMatchObject({ status: 200, done: true });
  checkLifecycle(streamed.events);
  const { status, body: whole } = await postJson(url, request);
  expect(status).toBe(200);
  checkResponse(whole);
  const comparable = (value: Json) => normaliseIds({ output: value.output, status: value.status });
  expect(comparable(recordOf(whole))).toEqual(comparable(finalOf(streamed.events)));
  return recordOf(whole);
}

describe.each(FAMILIES)('a server that returns the raw text of %s, read by %s', (family, parser) => {
  let stack: Awaited<ReturnType<typeof startStack>>;

  beforeAll(async () => {
    stack = await startStack(familyModel(family), { TOOL_CALL_PARSER: parser });
  });
  afterAll(async () => {
    await stack.gateway.close();
    await stack.simulator.close();
  });

  it('should serve a whole tool loop, streamed and not', async () => {
    const first = await askBoth(stack.url, { input: QUESTION });
    expect(first).toMatchObject({ status: 'completed', output_text: '' });
    expect(callsOf(first)).toEqual(CALLS);
    const results = outputOf(first).map(({ call_id: callId, name }) => ({
      type: 'function_call_output',
      call_id: callId,
      output: `result of ${String(name)}`,
    }));
    const input = [{ role: 'user', content: QUESTION }, ...outputOf(first), ...results];
    const second = await askBoth(stack.url, { input });
    expect(second.output_text).toBe(
      'The search tool returned: result of search\nThe get_weather tool returned: result of get_weather',
    );
  });

  it('should leave an answer without calls as it is', async () => {
    const answer = await askBoth(stack.url, { input: 'Reply exactly: 1 < 2 and [x] {y}' });
    expect(answer).toMatchObject({ status: 'completed', output_text: '1 < 2 and [x] {y}' });
  });

  it('should report a call as incomplete wherever the token limit cuts it', async () => {
    for (let limit = 1; ; limit++) {
      const answer = await askBoth(stack.url, { input: QUESTION, max_output_tokens: limit });
      if (answer.status === 'completed') break;
      const calls = outputOf(answer).filter(({ type }) => type === 'function_call');
      for (const call of calls.slice(0, -1)) expect(call.status).toBe('completed');
      expect(callsOf({ output: calls.filter(({ status }) => status === 'completed') })).toEqual(
        CALLS.slice(0, calls.filter(({ status }) => status === 'completed').length),
      );
      expect(limit).toBeLessThan(500);
    }
  });
});

describe('a server that was launched without a tool parser', () => {
  it.each([
    ['Qwen/Qwen3-8B', 'hermes'],
    ['Qwen/Qwen3-Coder-30B-A3B-Instruct', 'qwen3coder'],
    ['zai-org/GLM-4.7', 'glm45'],
    ['deepseek-ai/DeepSeek-V3.1', 'deepseek-v31'],
    ['internlm/Intern-S1-mini', 'internlm'],
  ] as const)('should be seen through on the first refusal, and remembered: %s', async (model, family) => {
    const { simulator, gateway, url } = await startStack(familyModel(family), {}, { model });
    try {
      for (const count of [2, 3]) {
        const { events } = await postStream(url, { model, input: QUESTION, tools: TOOLS, stream: true });
        checkLifecycle(events);
        expect(callsOf(finalOf(events))).toEqual(CALLS);
        expect(simulator.stats.chats).toBe(count);
      }
    } finally {
      await gateway.close();
      await simulator.close();
    }
  });

  it('should answer with its refusal when nobody knows how the model writes calls', async () => {
    const { simulator, gateway, url } = await startStack(
      familyModel('hermes'),
      {},
      { model: 'somebody/unheard-of' },
    );
    try {
      const answer = await postJson(url, { model: 'somebody/unheard-of', input: QUESTION, tools: TOOLS });
      expect(answer).toMatchObject({
        status: 400,
        body: { error: { message: expect.stringContaining('--tool-call-parser') as string } },
      });
    } finally {
      await gateway.close();
      await simulator.close();
    }
  });
});

describe('raw engine output', () => {
  const echo = (environment: Record<string, string>) => startStack(echoModel, environment);
  let stack: Awaited<ReturnType<typeof startStack>>;

  beforeAll(async () => {
    stack = await echo({ TOOL_CALL_PARSER: 'qwen3', REASONING_PARSER: 'default' });
  });
  afterAll(async () => {
    await stack.gateway.close();
    await stack.simulator.close();
  });

  const scriptOf = (name: string): string => {
    const { messages } = recordOf(loadRecording(name).request.body);
    return String(recordOf(arrayOf(messages).at(-1)).content);
  };
  const OFF = { reasoning: { effort: 'none' } };

  it('should be read as LMDeploy reads it: reasoning', async () => {
    const script = scriptOf('reasoning.json');
    expect(scriptOf('reasoning.stream')).toBe(script);
    const answer = await askBoth(stack.url, { input: script });
    expect(outputOf(answer)).toMatchObject([
      { type: 'reasoning', summary: [{ text: 'I should say pong.' }] },
      { type: 'message', content: [{ text: '\n\npong' }] },
    ]);
  });

  it('should be read as LMDeploy reads it: thinking switched off', async () => {
    const answer = await askBoth(stack.url, {
      input: scriptOf('reasoning.enable_thinking_false.json'),
      ...OFF,
    });
    expect(outputOf(answer)).toMatchObject([{ type: 'message', content: [{ text: 'pong' }] }]);
  });

  it('should be read as LMDeploy would read it: a call', async () => {
    const answer = await askBoth(stack.url, { input: scriptOf('tool.noparser.choice_none.json'), ...OFF });
    expect(outputOf(answer)).toMatchObject([
      { type: 'function_call', name: 'search', arguments: '{"query": "lmdeploy", "limit": 3}' },
    ]);
  });

  it('should give reasoning, text and calls out of one text', async () => {
    const call = '<tool_call>\n{"name": "search", "arguments": {"query": "</think>"}}\n</tool_call>';
    const answer = await askBoth(stack.url, {
      input: `<think>\nI know <tool_call>\n</think>\n\nLet me see.\n${call}\nDone.`,
    });
    expect(outputOf(answer)).toMatchObject([
      { type: 'reasoning', summary: [{ text: 'I know <tool_call>' }] },
      { type: 'message', content: [{ text: '\n\nLet me see.\n' }] },
      { type: 'function_call', arguments: '{"query": "</think>"}' },
      { type: 'message', content: [{ text: '\nDone.' }] },
    ]);
  });

  it('should end incomplete when the model breaks off within a call', async () => {
    const { events } = await postStream(stack.url, {
      model: 'default',
      tools: TOOLS,
      stream: true,
      input: '<tool_call>{"name": "search", "arguments": {"query": "x", limit',
      ...OFF,
    });
    checkLifecycle(events);
    expect(finalOf(events)).toMatchObject({
      status: 'incomplete',
      incomplete_details: { reason: 'malformed_tool_call' },
      output: [
        { type: 'function_call', status: 'incomplete', arguments: '{"query": "x", ' },
        { type: 'message', content: [{ text: expect.stringContaining('limit') as string }] },
      ],
    });
  });

  it('should say in a header that a call could not be read', async () => {
    const text = '<tool_call>\n{"name": "search", "arguments": 5}\n</tool_call>';
    const answer = await postJson(stack.url, { model: 'default', tools: TOOLS, input: text, ...OFF });
    expect(answer.body).toMatchObject({ status: 'completed', output_text: text });
    expect(answer.headers['x-gateway-warning']).toContain('malformed_tool_call');
  });

  it.each([
    ['think', 'qwen3'],
    ['think', 'default'],
    ['headless', 'default'],
    ['mistral', 'mistral'],
  ] as const)('should be told apart where reasoning is %s, by %s', async (form, parser) => {
    const { simulator, gateway, url } = await startStack(familyModel('hermes', form), {
      REASONING_PARSER: parser,
    });
    try {
      const input = 'Think first. Reply exactly: pong';
      const answer = await askBoth(url, { input, tools: [] });
      expect(outputOf(answer).map(({ type }) => type)).toEqual(['reasoning', 'message']);
      expect(String(answer.output_text).trim()).toBe('pong');
    } finally {
      await gateway.close();
      await simulator.close();
    }
  });

  it('should take an answer without a close tag for text where the profile says so', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'gateway-parsing-'));
    const file = join(folder, 'gateway.yaml');
    writeFileSync(
      file,
      `models:
  - { id: cautious, reasoningParser: default, unclosedReasoning: text, upstreamModel: lmdeploy-simulator }
  - { id: plain, reasoningParser: default, upstreamModel: lmdeploy-simulator }
`,
    );
    const { simulator, gateway, url } = await startStack(echoModel, { CONFIG_FILE: file });
    try {
      const types = async (model: string, input: string) =>
        outputOf(await askBoth(url, { model, input, tools: [] })).map(({ type }) => type);
      expect(await types('plain', 'all of it')).toEqual(['reasoning']);
      expect(await types('cautious', 'all of it')).toEqual(['message']);
      expect(await types('cautious', 'hm</think>ok')).toEqual(['reasoning', 'message']);
    } finally {
      await gateway.close();
      await simulator.close();
      rmSync(folder, { recursive: true });
    }
  });
});

describe('the parser that docs/tool-calling.md shows', () => {
  @Module({ providers: [ArrowParser] })
  class ArrowModule {}

  it('should be the one that is tested here', () => {
    const source = readFileSync(new URL('../support/arrow.parser.ts', import.meta.url), 'utf8');
    const documentation = readFileSync(new URL('../../docs/tool-calling.md', import.meta.url), 'utf8');
    expect(documentation).toContain(source.slice(source.indexOf('/** `=>')).trim());
  });

  it.each<Record<string, string>>([
    { TOOL_CALL_PARSER: 'arrow' },
    { TOOL_CALL_PARSER: 'auto' },
    { TOOL_CALL_PARSER: 'arrow', TOOL_CALLS: 'prompt' },
  ])('should read calls with %j', async (environment) => {
    const upstream = await startFakeUpstream();
    const gateway = await createTestApp({
      extensions: [ArrowModule],
      environment: { UPSTREAM_BASE_URL: upstream.url, ...environment },
    });
    try {
      upstream.reply(chatStream(['Look:\n=', '> sea', 'rch {"query": "=> x"', '}\n=> nothing']));
      const request = { model: 'arrow-7B', input: 'hi', tools: TOOLS, stream: true };
      const { events } = await postStream(`${gateway.url}/v1/responses`, request);
      checkLifecycle(events);
      expect(outputOf(finalOf(events))).toMatchObject([
        { type: 'message', content: [{ text: 'Look:\n' }] },
        { type: 'function_call', name: 'search', arguments: '{"query": "=> x"}' },
        { type: 'message', content: [{ text: '\n=> nothing' }] },
      ]);
      const sent = JSON.stringify(upstream.chats.at(-1)?.body);
      expect(sent.includes('=> function_name')).toBe(environment.TOOL_CALLS === 'prompt');
    } finally {
      await gateway.close();
      await upstream.close();
    }
  });
});

describe('a server that knows no tools', () => {
  const TAGGED = '<tool_response>\nfound it\n</tool_response>';
  it.each([
    ['hermes', TAGGED],
    ['qwen3coder', TAGGED],
    ['glm45', TAGGED],
    [
      'deepseek-v3',
      '<｜tool▁outputs▁begin｜><｜tool▁output▁begin｜>found it<｜tool▁output▁end｜><｜tool▁outputs▁end｜>',
    ],
    ['deepseek-v31', '<｜tool▁output▁begin｜>found it<｜tool▁output▁end｜>'],
    ['deepseek-v32', '<function_results>\n<result>found it</result>\n</function_results>'],
    ['kimi-k2', '## Return of a\nfound it'],
    ['mistral', '[TOOL_RESULTS]{"content":"found it","call_id":"a"}[/TOOL_RESULTS]'],
    ['minimax-m2', '<response>found it</response>'],
    ['llama3', TAGGED],
    ['pythonic', TAGGED],
  ])('should be told of tools, calls and results in the text of %s', async (parser, shownResult) => {
    const upstream = await startFakeUpstream();
    const gateway = await createTestApp({
      environment: { UPSTREAM_BASE_URL: upstream.url, TOOL_CALLS: 'prompt', TOOL_CALL_PARSER: parser },
    });
    const url = `${gateway.url}/v1/responses`;
    const sent = () => recordOf(upstream.chats.at(-1)?.body);
    try {
      upstream.reply(chatStream([textDelta('Hello.')]));
      const history = [
        { role: 'user', content: 'hi' },
        { type: 'function_call', call_id: 'a', name: 'search', arguments: '{"query":"北京"}' },
        { type: 'function_call_output', call_id: 'a', output: 'found it' },
      ];
      const request = { model: 'm', instructions: 'Be brief.', input: history, tools: TOOLS, stream: true };
      expect(finalOf((await postStream(url, request)).events)).toMatchObject({ output_text: 'Hello.' });
      for (const field of ['tools', 'tool_choice', 'parallel_tool_calls'])
        expect(sent()).not.toHaveProperty(field);
      const [system, , written, results] = arrayOf(sent().messages).map(recordOf);
      expect(system).toMatchObject({
        role: 'system',
        content: expect.stringMatching(/^Be brief\.\n\n[^]*"name":"search"/) as string,
      });
      expect(results).toEqual({ role: 'user', content: shownResult });
      expect(written).not.toHaveProperty('tool_calls');

      // What stands in the history is what the parser reads: the model is shown the form it is to write.
      upstream.reply(chatStream([textDelta(String(written?.content))]));
      const { events } = await postStream(url, { ...request, input: 'hi' });
      checkLifecycle(events);
      expect(callsOf(finalOf(events))).toEqual([['search', { query: '北京' }]]);
    } finally {
      await gateway.close();
      await upstream.close();
    }
  });
});

describe('a server that parses, but not everything', () => {
  it('should have its left-over reasoning and calls read', async () => {
    const upstream = await startFakeUpstream();
    const gateway = await createTestApp({
      environment: { UPSTREAM_BASE_URL: upstream.url, TOOL_CALLS: 'upstream', TOOL_CALL_PARSER: 'hermes' },
    });
    try {
      upstream.reply(
        chatStream([
          textDelta('<thi'),
          textDelta('nk>\nhm\n</think>ok'),
          toolCallStart(0, 'a', 'search'),
          toolArguments(0, '{"query":"a"}'),
          textDelta('<tool_call>{"name": "get_weather"}'),
          textDelta('</tool_call>'),
        ]),
      );
      const request = { model: 'm', input: 'hi', tools: TOOLS, stream: true };
      const { events } = await postStream(`${gateway.url}/v1/responses`, request);
      checkLifecycle(events);
      expect(outputOf(finalOf(events))).toMatchObject([
        { type: 'reasoning', summary: [{ text: 'hm' }] },
        { type: 'message', content: [{ text: 'ok' }] },
        { type: 'function_call', name: 'search', arguments: '{"query":"a"}' },
        { type: 'function_call', name: 'get_weather', arguments: '{}' },
      ]);
      expect(upstream.chats.at(-1)?.body).not.toHaveProperty('tool_choice');
    } finally {
      await gateway.close();
      await upstream.close();
    }
  });
});
