import fc from 'fast-check';
import { createTestApp, type TestApp } from '../support/create-test-app.js';
import {
  chatStream,
  type ChatPiece,
  completion,
  type FakeUpstream,
  reasoningDelta,
  startFakeUpstream,
  textDelta,
  toolArguments,
  toolCallStart,
  usageOf,
} from '../support/fake-upstream.js';
import { postJson, postStream } from '../support/http-client.js';
import { recordOf, type Json } from '../support/json.js';
import { checkLifecycle, checkResponse, foldStream, normaliseIds } from '../support/lifecycle-oracle.js';

/** Far more than it takes: the machine may be busy. */
const TIMEOUT_MS = 300_000;

interface Answer {
  reasoning: string[];
  text: string[];
  refusal: string[];
  calls: { name: string; arguments: string[] }[];
  finish: string;
  usage: ReturnType<typeof usageOf> | null;
}

const word = fc.oneof(
  fc.string({ unit: 'grapheme', minLength: 1, maxLength: 6 }),
  fc.constantFrom(
    '\n',
    ' ',
    '\n\n',
    '<tool_call>',
    '</tool_call>',
    '{"name":"search"}',
    'EN',
    'D',
    '"',
    '\\',
  ),
);
const words = fc.array(word, { maxLength: 5 });
const call = fc.record({
  name: fc.constantFrom('search', 'read', 'patch', 'nobody'),
  arguments: fc.constantFrom<string[]>(
    [],
    ['{}'],
    ['{"q"', ':1}'],
    ['{"input":"a', 'b\\n', 'c"}'],
    ['{"cut":'],
  ),
});
const answer: fc.Arbitrary<Answer> = fc.record({
  reasoning: words,
  text: words,
  refusal: fc.oneof({ weight: 5, arbitrary: fc.constant<string[]>([]) }, { weight: 1, arbitrary: words }),
  calls: fc.array(call, { maxLength: 3 }),
  finish: fc.constantFrom('stop', 'stop', 'tool_calls', 'length', 'content_filter'),
  usage: fc.constantFrom(null, usageOf(0, 0), usageOf(12, 7, { cached: 3, reasoning: 2 })),
});
const functionTool = (name: string) => ({
  type: 'function',
  name,
  parameters: { type: 'object', properties: {} },
});
const request = fc.record<Json>({
  tools: fc.constantFrom(
    [],
    [functionTool('search'), functionTool('read'), { type: 'custom', name: 'patch' }],
  ),
  tool_choice: fc.constantFrom('auto', 'none'),
  parallel_tool_calls: fc.boolean(),
  stop: fc.constantFrom(null, null, ['END'], ['N', '\n']),
});
const form = fc.constantFrom('summary', 'text', 'open-responses', 'off');

function streamed({ reasoning, text, refusal, calls, finish, usage }: Answer): string {
  const pieces: ChatPiece[] = [
    ...reasoning.map(reasoningDelta),
    ...text.map((piece) => textDelta(piece)),
    ...refusal.map((piece) => ({ delta: { refusal: piece } })),
    ...calls.flatMap((one, index) => [
      toolCallStart(index, `id-${index}`, one.name),
      ...one.arguments.map((piece) => toolArguments(index, piece)),
    ]),
  ];
  return chatStream(pieces, { finish, usage });
}

function whole({ reasoning, text, refusal, calls, finish, usage }: Answer): string {
  return completion({
    content: text.join('') || null,
    reasoning: reasoning.join('') || null,
    refusal: refusal.join(''),
    toolCalls: calls.map((one, index) => ({
      id: `id-${index}`,
      name: one.name,
      arguments: one.arguments.join(''),
    })),
    finish,
    usage,
  });
}

describe('an answer streamed and the same answer whole', () => {
  let upstream: FakeUpstream;
  let gateways: TestApp[];

  beforeAll(async () => {
    upstream = await startFakeUpstream();
    const environment = { UPSTREAM_BASE_URL: upstream.url };
    gateways = [
      await createTestApp({ environment }),
      await createTestApp({ environment: { ...environment, TOOL_CALL_PARSER: 'hermes' } }),
    ];
  });

  afterAll(async () => {
    for (const gateway of gateways) await gateway.close();
    await upstream.close();
  });

  const compare = async (gateway: TestApp, said: Answer, body: Json, reasoningForm: string) => {
    const url = `${gateway.url}/v1/responses`;
    const headers = { 'x-reasoning-output': reasoningForm };
    const base = { model: 'test-model', input: 'hi', ...body };
    upstream.reply(streamed(said));
    const { events } = await postStream(url, { ...base, stream: true }, headers);
    checkLifecycle(events, { allowInvalidArguments: true });
    upstream.reply(whole(said));
    const { body: response } = await postJson(url, base, headers);
    checkResponse(response, { allowInvalidArguments: true });
    const last = recordOf(recordOf(events.at(-1)).response);
    expect(foldStream(events)).toEqual(last.output);
    // A stream that the gateway cuts at a stop text never gets to its usage.
    const comparable = (value: Json) => normaliseIds(body.stop === null ? value : { ...value, usage: null });
    expect(comparable(recordOf(response))).toEqual(comparable(last));
  };

  it(
    'should end as the same response',
    async () => {
      await fc.assert(
        fc.asyncProperty(answer, request, form, (said, body, reasoningForm) =>
          compare(gateways[0]!, said, body, reasoningForm),
        ),
        { numRuns: 150 },
      );
    },
    TIMEOUT_MS,
  );

  it(
    'should end as the same response where the gateway reads the calls',
    async () => {
      const block = fc.constantFrom(
        '<tool_call>\n{"name": "search", "arguments": {"q": "</tool_call>"}}\n</tool_call>',
        '<tool_call>{"name": "nobody"}</tool_call>',
        '<tool_call>{"name": "read", "arg',
      );
      const raw = fc.record({
        reasoning: words,
        text: fc
          .array(fc.oneof(word, block.chain(cutAnywhere)), { maxLength: 6 })
          .map((pieces) => pieces.flat()),
        refusal: fc.constant<string[]>([]),
        calls: fc.constant<Answer['calls']>([]),
        finish: fc.constantFrom('stop', 'length'),
        usage: fc.constant<Answer['usage']>(null),
      });
      await fc.assert(
        fc.asyncProperty(raw, request, form, (said, body, reasoningForm) =>
          compare(gateways[1]!, said, body, reasoningForm),
        ),
        { numRuns: 100 },
      );
    },
    TIMEOUT_MS,
  );
});

function cutAnywhere(text: string): fc.Arbitrary<string[]> {
  return fc
    .uniqueArray(fc.integer({ min: 1, max: text.length - 1 }), { maxLength: 3 })
    .map((cuts) => [...cuts.sort((a, b) => a - b), text.length])
    .map((ends) => ends.map((end, index) => text.slice(ends[index - 1] ?? 0, end)));
}
