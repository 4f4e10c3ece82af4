import { completion } from '../support/fake-upstream.js';
import { postJson } from '../support/http-client.js';
import { useGateway } from '../support/use-gateway.js';

/** What grows in proportion to a body of 32 MB takes a second or two, also on a busy machine far less than this; the rest takes minutes. */
const TIMEOUT_MS = 60_000;
const CALL = '<tool_call>\n<function=f>\n<parameter=a>\n12\n</parameter>\n</function>\n</tool_call>';

const list = <T>(length: number, make: (index: number) => T): T[] =>
  Array.from({ length }, (_, index) => make(index));
const tool = (parameters: unknown): object => ({ type: 'function', name: 'f', parameters });
const call = (id: string, text = '{}'): object => ({
  type: 'function_call',
  call_id: id,
  name: 'f',
  arguments: text,
});
const objects = (count: number): string => `{"a":[${'{},'.repeat(count)}1]}`;
const circle = { $ref: '#/$defs/circle' };

describe('requests that are costly to translate', () => {
  const { gateway } = useGateway({
    answer: ({ path }) =>
      path.endsWith('/chat/completions') ? { body: completion({ content: CALL }) } : undefined,
    environment: {
      TOOL_CALLS: 'raw',
      TOOL_CALL_PARSER: 'qwen3coder',
      LOG_LEVEL: 'silent',
    },
  });

  it.each<[string, number, () => object]>([
    ['arguments of millions of values', 413, () => ({ input: [call('1', objects(5_000_000))] })],
    [
      'many arguments that are large together',
      413,
      () => ({ input: list(60, (id) => call(String(id), objects(100_000))) }),
    ],
    [
      'a schema of millions of values, as text',
      413,
      () => ({
        tools: [tool(`{"type":"object","properties":{${list(800_000, (id) => `"p${id}":{}`).join()}}}`)],
      }),
    ],
    [
      'alternatives that lead back to all of them',
      200,
      () => ({
        tools: [
          tool({
            type: 'object',
            properties: { a: circle },
            $defs: { circle: { anyOf: list(2_000, () => circle) } },
          }),
        ],
      }),
    ],
    [
      'calls in a row whose ids differ at their ends',
      200,
      () => ({ input: list(40_000, (id) => call(String(id).padStart(500, '0'))) }),
    ],
    [
      'a reference of millions of steps',
      200,
      () => ({ tools: [tool({ $ref: `#${'/'.repeat(20_000_000)}` })] }),
    ],
    [
      'a URL of millions of labels',
      400,
      () => ({
        input: [
          {
            role: 'user',
            content: [{ type: 'input_image', image_url: `http://${'a.'.repeat(10_000_000)}` }],
          },
        ],
      }),
    ],
  ])(
    'should answer %s with %i before long',
    async (_what, status, build) => {
      const body = { model: 'test-model', input: 'hi', ...build() };
      const answer = await postJson(`${gateway.url}/v1/responses`, body);
      expect(answer.status).toBe(status);
    },
    TIMEOUT_MS,
  );
});
