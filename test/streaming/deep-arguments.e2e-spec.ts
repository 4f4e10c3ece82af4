import { createTestApp, type TestApp } from '../support/create-test-app.js';
import {
  chatStream,
  type FakeUpstream,
  startFakeUpstream,
  textDelta,
  toolArguments,
  toolCallStart,
} from '../support/fake-upstream.js';
import { postStream } from '../support/http-client.js';
import { checkLifecycle } from '../support/lifecycle-oracle.js';

const LEVELS = 5_000;
const deepList = '['.repeat(LEVELS) + ']'.repeat(LEVELS);
const deepObject = '{"a":'.repeat(LEVELS) + '1' + '}'.repeat(LEVELS);
const REQUEST = {
  model: 'm',
  input: 'hi',
  stream: true,
  tools: [
    {
      type: 'function',
      name: 'f',
      parameters: { type: 'object', properties: { a: { $ref: '#' }, b: { type: 'array', items: {} } } },
    },
  ],
};

/** What each family's text of a call looks like around its arguments. */
const RAW: [string, (value: string) => string][] = [
  ['qwen3', (value) => `<tool_call>\n{"name":"f","arguments":{"a":${value}}}\n</tool_call>`],
  ['llama3', (value) => `{"name":"f","parameters":{"a":${value}}}`],
  ['mistral', (value) => `[TOOL_CALLS][{"name":"f","arguments":{"a":${value}}}]`],
  [
    'internlm',
    (value) => `<|action_start|><|plugin|>\n{"name":"f","parameters":{"a":${value}}}<|action_end|>`,
  ],
  ['pythonic', (value) => `[f(a=${value})]`],
  [
    'qwen3coder',
    (value) => `<tool_call>\n<function=f>\n<parameter=a>\n${value}\n</parameter>\n</function>\n</tool_call>`,
  ],
  ['glm47', (value) => `<tool_call>f<arg_key>a</arg_key><arg_value>${value}</arg_value></tool_call>`],
  [
    'deepseek-v3',
    (value) =>
      `<｜tool▁calls▁begin｜><｜tool▁call▁begin｜>function<｜tool▁sep｜>f\n\`\`\`json\n{"a":${value}}\n\`\`\`<｜tool▁call▁end｜><｜tool▁calls▁end｜>`,
  ],
];

describe('arguments that nest very deep', () => {
  let upstream: FakeUpstream;
  let gateway: TestApp | undefined;

  beforeEach(async () => {
    upstream = await startFakeUpstream();
  });
  afterEach(async () => {
    await gateway?.close();
    gateway = undefined;
    await upstream.close();
  });

  async function ask(environment: Record<string, string>) {
    gateway ??= await createTestApp({ environment: { UPSTREAM_BASE_URL: upstream.url, ...environment } });
    const answer = await postStream(`${gateway.url}/v1/responses`, REQUEST);
    checkLifecycle(answer.events);
    return answer;
  }

  it.each([
    ['lists', deepList],
    ['objects', deepObject],
  ])('should be passed on as the server has read them: %s', async (_name, value) => {
    upstream.reply(
      chatStream([toolCallStart(0, 'c', 'f'), toolArguments(0, `{"a":${value}}`)], { finish: 'tool_calls' }),
    );
    const { events } = await ask({});
    expect(events.at(-1)).toMatchObject({
      response: { output: [{ type: 'function_call', arguments: `{"a":${value}}` }] },
    });
  });

  it.each(RAW)('should not end the process when they are read from text: %s', async (parser, write) => {
    for (const value of [deepList, deepObject]) {
      upstream.reply(chatStream([textDelta(write(value))]));
      const { events } = await ask({ TOOL_CALL_PARSER: parser, TOOL_CALLS: 'raw' });
      const { type, response } = events.at(-1) as unknown as {
        type: string;
        response: { status: string; output: { type: string }[] };
      };
      // Whole, or as text, or incomplete: anything but a failure of the gateway.
      expect([parser, type]).not.toEqual([parser, 'response.failed']);
      expect(response.output.length).toBeGreaterThan(0);
    }
  });

  it('should go upstream again as history', async () => {
    gateway = await createTestApp({
      environment: { UPSTREAM_BASE_URL: upstream.url, TOOL_CALL_PARSER: 'qwen3', TOOL_CALLS: 'prompt' },
    });
    for (const value of [deepList, deepObject]) {
      upstream.reply(chatStream(['ok']));
      const { status } = await postStream(`${gateway.url}/v1/responses`, {
        ...REQUEST,
        input: [
          { role: 'user', content: 'hi' },
          { type: 'function_call', call_id: 'c', name: 'f', arguments: `{"a":${value}}` },
          { type: 'function_call_output', call_id: 'c', output: value },
        ],
      });
      expect(status).toBe(200);
    }
  });
});
